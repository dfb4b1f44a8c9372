"""The HTTP API: what a client of Horizon sees."""

import requests
from stellar_sdk import (
    Account,
    Asset,
    BeginSponsoringFutureReserves,
    ChangeTrust,
    CreateAccount,
    EndSponsoringFutureReserves,
    Keypair,
    Payment,
    TransactionBuilder,
)

from kinpay_server.sandbox.in_thread import SandboxServer


def envelope(server, source, sequence, *ops, memo=None, signers=None, fee=100):
    builder = TransactionBuilder(Account(source.public_key, sequence), server.network_passphrase, fee)
    for op in ops:
        builder.append_operation(op)
    if memo is not None:
        builder.add_text_memo(memo)
    built = builder.set_timeout(300).build()
    for signer in signers or [source]:
        built.sign(signer)
    return built


def friend(server):
    keypair = Keypair.random()
    reply = requests.get(server.friendbot_url, params={"addr": keypair.public_key}, timeout=30)
    assert reply.status_code == 200, reply.text
    return keypair, int(get(server, f"/accounts/{keypair.public_key}").json()["sequence"])


def get(server, path, **headers):
    return requests.get(server.horizon_url + path, headers=headers, timeout=30)


def post(server, built, path="/transactions"):
    return requests.post(server.horizon_url + path, data={"tx": built.to_xdr()}, timeout=40)


def kin(server):
    return Asset(server.asset_code, server.asset_issuer)


def test_friendbot_faucet_and_a_payment_to_an_app_user(live):
    alice, sequence = friend(live)
    assert post(live, envelope(live, alice, sequence, ChangeTrust(kin(live)))).status_code == 200
    reply = requests.get(live.faucet_url, params={"address": alice.public_key, "amount": "12.5"}, timeout=30)
    assert reply.status_code == 200
    balances = get(live, f"/accounts/{alice.public_key}").json()["balances"]
    assert balances[0]["balance"] == "12.5000000"


def test_the_faucet_says_why_it_cannot(live):
    alice, _ = friend(live)
    reply = requests.get(live.faucet_url, params={"address": alice.public_key, "amount": "1"}, timeout=30)
    assert reply.json()["extras"]["result_codes"]["operations"] == ["op_no_trust"]
    for amount in ("0", "-1", "1e400", "nan", "0.00000001", "x"):
        reply = requests.get(live.faucet_url, params={"address": alice.public_key, "amount": amount}, timeout=30)
        assert (reply.status_code, reply.json()["extras"]["invalid_field"]) == (400, "amount")


def test_async_answers_with_the_queues_words_and_history_follows(still):
    alice = Keypair.random()
    gift = still.node.gift(alice.public_key)
    reply = requests.post(still.horizon_url + "/transactions_async", data={"tx": gift}, timeout=30)
    assert (reply.status_code, reply.json()["tx_status"]) == (201, "PENDING")
    path = "/transactions/" + reply.json()["hash"]
    assert get(still, path).status_code == 404
    again = requests.post(still.horizon_url + "/transactions_async", data={"tx": gift}, timeout=30)
    assert (again.status_code, again.json()["tx_status"]) == (409, "DUPLICATE")
    requests.post(still.horizon_url + "/_sandbox/close", timeout=30)
    assert get(still, path).json()["successful"] is True
    banned = requests.post(still.horizon_url + "/transactions_async", data={"tx": gift}, timeout=30)
    assert (banned.status_code, banned.json()["tx_status"]) == (503, "TRY_AGAIN_LATER")
    account = get(still, f"/accounts/{alice.public_key}")
    assert account.headers["Latest-Ledger"] == str(still.node.history.latest.header.sequence)
    bad = envelope(still, alice, int(account.json()["sequence"]) + 5, Payment(alice.public_key, Asset.native(), "1"))
    reply = post(still, bad, "/transactions_async")
    assert (reply.status_code, reply.json()["tx_status"]) == (400, "ERROR")
    assert reply.json()["error_result_xdr"] == reply.json()["errorResultXdr"]


def test_a_bump_is_found_by_both_hashes_and_its_inner_one_is_done(live):
    root, root_sequence = friend(live)
    channel, sequence = friend(live)
    inner = envelope(
        live,
        channel,
        sequence,
        Payment(channel.public_key, Asset.native(), "1", root.public_key),
        memo="1-test-1",
        signers=[channel, root],
    )
    bump = TransactionBuilder.build_fee_bump_transaction(root, 500, inner, live.network_passphrase)
    bump.sign(root)
    assert post(live, bump).json()["fee_charged"] == "200"
    assert post(live, inner).json()["hash"] == inner.hash_hex()
    for asked in (bump, inner):
        found = get(live, f"/transactions/{asked.hash_hex()}").json()
        assert found["hash"] == asked.hash_hex()
        assert found["inner_transaction"]["hash"] == inner.hash_hex()
    listed = get(live, f"/accounts/{root.public_key}/payments?join=transactions&order=desc&limit=1").json()
    record = listed["_embedded"]["records"][0]
    assert record["transaction"]["memo"] == "1-test-1"
    assert record["transaction_hash"] == bump.hash_hex()
    assert root_sequence


def test_failed_ones_are_listed_only_if_asked_for(live):
    alice, sequence = friend(live)
    bad = envelope(live, alice, sequence, Payment(Keypair.random().public_key, Asset.native(), "1"))
    reply = post(live, bad)
    assert (reply.status_code, reply.json()["extras"]["result_codes"]["operations"]) == (400, ["op_no_destination"])
    path = f"/accounts/{alice.public_key}/transactions?order=desc"
    hashes = [t["hash"] for t in get(live, path).json()["_embedded"]["records"]]
    assert bad.hash_hex() not in hashes
    hashes = [t["hash"] for t in get(live, path + "&include_failed=true").json()["_embedded"]["records"]]
    assert bad.hash_hex() in hashes


def test_a_walk_along_next_and_back_along_prev_sees_the_same_records(live):
    alice, sequence = friend(live)
    for number in range(7):
        assert post(live, envelope(live, alice, sequence + number, Payment(alice.public_key, Asset.native(), "1")))
    forwards, backwards = [], []
    path = f"{live.horizon_url}/accounts/{alice.public_key}/payments?limit=3"
    while page := requests.get(path, timeout=30).json():
        records = page["_embedded"]["records"]
        if not records:
            break
        forwards += [r["id"] for r in records]
        path = page["_links"]["next"]["href"]
    path = page["_links"]["prev"]["href"]
    while records := (page := requests.get(path, timeout=30).json())["_embedded"]["records"]:
        backwards += [r["id"] for r in records]
        path = page["_links"]["next"]["href"]
    assert len(forwards) == 8
    assert backwards == forwards[-2::-1], "a cursor itself is not part of its page"


def test_accounts_are_listed_by_sponsor_in_pages(world):
    root = world.person(xlm="50")
    channels = [Keypair.random() for _ in range(4)]
    ops = []
    for channel in channels:
        ops += [
            BeginSponsoringFutureReserves(channel.public_key),
            CreateAccount(channel.public_key, "0"),
            EndSponsoringFutureReserves(channel.public_key),
        ]
    world.must(world.tx(root, *ops, signers=[root, *channels]))
    found = world.node.history.snapshot.sponsored_by(root.raw_public_key())
    addresses = [Keypair.from_raw_ed25519_public_key(raw).public_key for raw in found]
    assert addresses == sorted(channel.public_key for channel in channels)


def test_a_missing_account_tells_the_ledger_of_its_snapshot(live):
    reply = get(live, f"/accounts/{Keypair.random().public_key}")
    assert reply.status_code == 404
    assert int(reply.headers["Latest-Ledger"]) > 1


def test_cross_origin_clients_are_let_in(live):
    reply = get(live, "/fee_stats", Origin="https://app.example")
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    assert requests.options(live.horizon_url + "/transactions", headers=asked, timeout=30).status_code == 204


def test_the_audit_lists_each_payment_that_was_applied_once(live):
    alice, sequence = friend(live)
    built = envelope(live, alice, sequence, Payment(alice.public_key, Asset.native(), "2"), memo="1-test-9")
    for _ in range(3):
        assert post(live, built).status_code == 200
    payments = requests.get(live.horizon_url + "/_sandbox/audit", timeout=30).json()["payments"]
    mine = [p for p in payments if p["memo"] == "1-test-9"]
    assert [(p["hash"], p["amount"], p["asset"]) for p in mine] == [(built.hash_hex(), "2.0000000", "native")]


def test_two_networks_live_side_by_side(live):
    other = SandboxServer(passphrase="another network")
    try:
        assert get(other, "/").json()["network_passphrase"] == "another network"
        assert get(live, "/").json()["network_passphrase"] != "another network"
    finally:
        other.stop()


def test_documents_are_laid_out_in_lines(still):
    for path in ("/", "/fee_stats", f"/accounts/{still.root.public_key}", "/ledgers/1"):
        assert get(still, path).text.startswith("{\n  ")
