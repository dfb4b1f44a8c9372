"""Trades, paths, claimable balances and what else is listed of markets, as Horizon 22 shows them."""

import pytest
import requests
from stellar_sdk import Asset, Claimant, ClaimClaimableBalance, CreateClaimableBalance, Keypair, ManageSellOffer, Server

from kinpay_server.sandbox.horizon.paths import ways_to_receive, ways_to_send
from kinpay_server.sandbox.in_thread import SandboxServer
from tests.sandbox.conftest import PHRASE
from tests.sandbox.fair import Fair


@pytest.fixture(scope="module")
def fair():
    server = SandboxServer(passphrase=PHRASE, close_seconds=0)
    yield Fair(server)
    server.stop()


def test_a_trade_shows_both_sides_and_its_price(fair):
    (first, second) = fair.records(f"/accounts/{fair.maker.public_key}/trades")
    kin = {"base_asset_type": "credit_alphanum4", "base_asset_code": "KIN", "base_asset_issuer": fair.kin.issuer}
    assert first.items() >= {**kin, "counter_asset_type": "native", "trade_type": "orderbook"}.items()
    assert (first["base_amount"], first["counter_amount"]) == ("30.0000000", "3.0000000")
    assert (first["base_account"], first["counter_account"]) == (fair.maker.public_key, fair.alice.public_key)
    assert (first["base_is_seller"], first["price"]) == (True, {"n": "1", "d": "10"})
    operation, _, order = first["paging_token"].partition("-")
    assert (order, int(first["counter_offer_id"])) == ("0", int(operation) | 1 << 62)
    assert first["_links"]["self"] == {"href": ""}
    assert (second["base_amount"], second["counter_amount"]) == ("10.0000000", "1.0000000")


def test_trades_by_pair_in_either_order_by_offer_and_by_kind(fair):
    kin = f"asset_type=credit_alphanum4&{{0}}_asset_code=KIN&{{0}}_asset_issuer={fair.kin.issuer}"
    straight = "base_" + kin.format("base") + "&counter_asset_type=native"
    turned = "counter_" + kin.format("counter") + "&base_asset_type=native"
    (one, _), (other, _) = fair.records("/trades?" + straight), fair.records("/trades?" + turned)
    assert (other["base_amount"], other["counter_amount"]) == (one["counter_amount"], one["base_amount"])
    assert (other["base_is_seller"], other["price"]) == (False, {"n": "10", "d": "1"})
    offer_id = one["base_offer_id"]
    assert len(fair.records(f"/offers/{offer_id}/trades")) == len(fair.records(f"/trades?offer_id={offer_id}")) == 2
    assert fair.records("/trades?trade_type=liquidity_pool") == []
    assert fair.records("/trades?order=desc&limit=1")[0]["paging_token"] > one["paging_token"]
    assert fair.records(f"/trades?cursor={one['paging_token']}")[0] != one


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("base_asset_type=native", "base_asset_type,counter_asset_type"),
        ("base_asset_type=gold&counter_asset_type=native", "base_asset_type"),
        ("trade_type=none", "trade_type"),
        ("offer_id=x", "offer_id"),
        ("account_id=x", "account_id"),
        ("liquidity_pool_id=x", "liquidity_pool_id"),
        ("cursor=x", "cursor"),
        ("offer_id=1&trade_type=liquidity_pool", "trade_type"),
    ],
)
def test_what_trades_does_not_take(fair, query, field):
    reply = fair.get("/trades?" + query)
    assert (reply.status_code, reply.json()["extras"]["invalid_field"]) == (400, field)


def test_trades_and_balances_have_effects_for_all_they_concern(fair):
    kinds = [effect["type"] for effect in fair.records(f"/accounts/{fair.maker.public_key}/effects?limit=200")]
    assert kinds.count("trade") == 2
    assert kinds[-3:] == ["claimable_balance_created", "account_debited", "claimable_balance_sponsorship_created"]
    trade = next(e for e in fair.records(f"/accounts/{fair.alice.public_key}/effects") if e["type"] == "trade")
    assert (trade["seller"], trade["bought_amount"], trade["sold_amount"]) == (
        fair.maker.public_key,
        "30.0000000",
        "3.0000000",
    )
    claimant = fair.records(f"/accounts/{fair.bob.public_key}/effects?order=desc&limit=1")[0]
    assert (claimant["type"], claimant["predicate"]) == ("claimable_balance_claimant_created", {"unconditional": True})


def test_whose_offers_are_taken_has_no_part_in_the_transaction(fair):
    hashes = [tx["hash"] for tx in fair.records(f"/accounts/{fair.maker.public_key}/transactions?limit=200")]
    _, *taking = fair.records(f"/accounts/{fair.alice.public_key}/transactions?order=desc&limit=3")
    assert not {tx["hash"] for tx in taking} & set(hashes)


def test_an_effects_cursor_without_a_second_number_is_behind_the_whole_operation(fair):
    first = fair.records("/effects?limit=1")[0]
    token = first["paging_token"].partition("-")[0]
    assert fair.records(f"/effects?cursor={token}&limit=1")[0]["paging_token"].partition("-")[0] != token
    assert fair.records(f"/effects?cursor={token}&order=desc&limit=1")[0]["paging_token"].partition("-")[0] == token


def test_balances_are_listed_by_claimant_asset_and_sponsor(fair):
    name = f"KIN:{fair.kin.issuer}"
    found = fair.records(f"/claimable_balances?claimant={fair.bob.public_key}")
    assert found == fair.records(f"/claimable_balances?asset={name}&sponsor={fair.maker.public_key}")
    balance = found[0]
    assert balance == fair.get("/claimable_balances/" + balance["id"]).json()
    assert (balance["asset"], balance["amount"], balance["flags"]) == (name, "7.0000000", {"clawback_enabled": False})
    assert [c["predicate"].get("unconditional") for c in balance["claimants"]] == [True, None]
    assert balance["paging_token"] == f"{balance['last_modified_ledger']}-{balance['id']}"
    assert fair.records(f"/claimable_balances?cursor={balance['paging_token']}") == []
    assert fair.records("/claimable_balances?asset=native") == []
    for what in ("operations", "transactions"):
        assert len(fair.records(f"/claimable_balances/{balance['id']}/{what}")) == 1
    nothing = "00000000" + "ab" * 32
    for path in (f"/claimable_balances/{nothing}", f"/claimable_balances/{nothing}/operations"):
        assert fair.get(path).status_code == 404
    bad = fair.get("/claimable_balances/abc").json()["extras"]
    assert bad == {"invalid_field": "id", "reason": "abc does not validate as claimableBalanceID"}


def test_a_claimed_balance_is_gone_but_its_history_stays(world):
    alice = world.person(kin="10")
    world.must(world.tx(alice, CreateClaimableBalance(world.xlm, "2", [Claimant(alice.public_key)])))
    balance_id = next(iter(world.node.history.snapshot.claimable))
    world.must(world.tx(alice, ClaimClaimableBalance("00000000" + balance_id.hex())))
    assert not world.node.history.snapshot.claimable
    concerned = world.node.history.concerned(b"balance " + balance_id)
    assert [op.operation.type for op in concerned.operations.page(None, 10, descending=False)] == [14, 15]


def test_the_sdk_finds_ways_to_pay(fair):
    server = Server(fair.server.horizon_url)
    found = server.strict_receive_paths([fair.xlm], fair.kin, "20").call()["_embedded"]["records"]
    assert [(way["source_amount"], way["path"]) for way in found] == [("2.0000000", [])]
    found = server.strict_send_paths(fair.xlm, "2", fair.bob.public_key).call()["_embedded"]["records"]
    assert {way["destination_asset_type"]: way["destination_amount"] for way in found} == {
        "credit_alphanum4": "20.0000000",
        "native": "2.0000000",
    }
    poor = Keypair.random().public_key
    assert server.strict_receive_paths(poor, fair.kin, "20").call()["_embedded"]["records"] == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "non zero value required"),
        ("destination_asset_type=native", "non zero value required"),
        ("destination_asset_type=gold&destination_amount=1", "Asset type must be native"),
        ("destination_asset_type=native&destination_amount=0", "Amount must be positive"),
        ("destination_asset_type=native&destination_amount=1", "Both fields cannot be present"),
        ("destination_asset_type=native&destination_amount=1&source_assets=x", "x is not a valid asset"),
    ],
)
def test_what_path_search_does_not_take(fair, query, said):
    reply = fair.get("/paths/strict-receive?" + query)
    assert reply.status_code == 400
    assert said in reply.text


def test_without_any_offer_path_search_waits_for_one(still):
    query = "/paths/strict-send?source_asset_type=native&source_amount=1&destination_assets=native"
    reply = requests.get(still.horizon_url + query, timeout=30)
    assert (reply.status_code, reply.json()["title"]) == (503, "Still Ingesting")


def test_paths_lead_through_other_assets_and_the_cheapest_comes_first(world):
    maker = world.person("1000", kin="1000")
    gold = Asset("GOLD", maker.public_key)
    for sell, buy, price in ((world.kin, gold, "2"), (gold, world.xlm, "3"), (world.kin, world.xlm, "7")):
        world.must(world.tx(maker, ManageSellOffer(sell, buy, "50", price)))
    offers = world.node.history.snapshot.offers.values()
    kin, xlm = world.node.asset, next(o.buying for o in offers if o.buying.is_native)
    ways = ways_to_receive(offers, kin, 10, {xlm: None}, None)
    assert [(way.source_amount, [asset.code for asset in way.between]) for way in ways] == [(60, ["GOLD"]), (70, [])]
    assert ways_to_receive(offers, kin, 10, {xlm: 59}, None) == []
    assert ways_to_receive(offers, kin, 10, {xlm: None}, maker.raw_public_key()) == []
    ways = ways_to_send(offers, xlm, 420, [kin])
    assert [(way.destination_amount, len(way.between)) for way in ways] == [(70, 1), (60, 0)]


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/liquidity_pools", 200, '"records": []'),
        ("/liquidity_pools?reserves=x", 400, "Invalid reserves"),
        ("/liquidity_pools/" + "ab" * 32, 404, "Resource Missing"),
        ("/liquidity_pools/abc", 400, "abc does not validate as sha256"),
        ("/liquidity_pools/" + "ab" * 32 + "/effects", 200, '"records": []'),
        ("/order_book", 400, "Invalid Order Book Parameters"),
        ("/order_book?selling_asset_type=native&buying_asset_type=native&limit=0", 400, "Invalid Order Book"),
        ("/offers?selling=x", 400, "missing colon"),
        ("/offers/abc", 400, "Offer ID must be an integer higher than 0"),
        ("/assets?asset_code=a-b", 400, "a-b is not a valid asset code"),
        ("/assets?cursor=abc", 400, "the cursor is not a valid paging_token"),
        ("/accounts?asset=native", 400, "you can't filter by asset: native"),
        ("/operations/1", 410, "Data Requested Is Before Recorded History"),
        ("/operations/x", 400, "schema: error converting value"),
        ("/payments?order=desc&cursor=0", 410, "Data Requested Is Before Recorded History"),
        ("/ledgers/0/payments?limit=1", 200, "records"),
        ("/ledgers/4294967295", 410, "Data Requested Is Before Recorded History"),
        ("/payments?account_id=x", 400, "Account ID must start with"),
        ("/payments?ledger_id=2&tx_id=" + "ab" * 32, 400, "Use a single filter for operations"),
        ("/payments?limit=0&cursor=abc", 400, "non-positive"),
    ],
)
def test_answers_about_parameters(fair, path, status, said):
    reply = fair.get(path)
    assert reply.status_code == status, reply.text
    assert said in reply.text


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("text/event-stream;q=0.5,application/hal+json", 200),
        ("text/plain", 406),
        ("text/event-stream", 406),
        ("text/*, application/json;q=0.1", 406),
        ("*", 200),
    ],
)
def test_what_a_client_takes_is_weighed(fair, accept, status):
    assert fair.get("/assets", Accept=accept).status_code == status
