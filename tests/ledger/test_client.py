import json
from dataclasses import replace
from typing import Any

import pytest

from kinpay_server.domain.attempt import AccountEvidence
from kinpay_server.ledger.client import HorizonLedger
from kinpay_server.ledger.signer import StellarSigner
from kinpay_server.services.ports import LedgerUnavailable, NetworkFees

ALICE = "GBMXBWJ5NQIQBWORXY3KPMIE3HQNHTM5UUTPUF273JGP3OBVYZUB55R7"
NOBODY = "GBRWOEEH4R5WAXW7D243IYLPUXQDGC7Y6QZAKYBUVRXCUHB534R2CGES"
HTML = "<html>502 Bad Gateway</html>"


@pytest.fixture
def alice(recorded):
    return recorded("accounts/trustline", "get account alice")


@pytest.fixture
def nobody(recorded):
    return recorded("accounts/missing", "get account nobody")


READS: dict[str, Any] = {
    "network": lambda ledger: ledger.network(),
    "fees": lambda ledger: ledger.fees(),
    "find": lambda ledger: ledger.find("ab" * 32),
    "evidence": lambda ledger: ledger.evidence(ALICE),
    "account": lambda ledger: ledger.account(ALICE),
    "sponsored_accounts": lambda ledger: ledger.sponsored_accounts(ALICE),
    "transactions_of": lambda ledger: ledger.transactions_of(ALICE, "0", 200),
}
every_read = pytest.mark.parametrize("read", READS.values(), ids=READS.keys())


def test_the_network_and_its_fees_are_read(talk, recorded):
    assert talk(recorded("root/root", "GET"), lambda ledger: ledger.network()).latest_ledger == 1827
    assert talk(recorded("root/fee_stats", "GET"), lambda ledger: ledger.fees()) == NetworkFees(100, 100)
    assert talk.asked[0].path == "/fee_stats"


def test_a_transaction_is_found_by_its_hash(talk, recorded):
    reply = recorded("success/kin_payment", "get pay")
    wanted = json.loads(reply.body)["hash"]
    found = talk(reply, lambda ledger: ledger.find(wanted))
    assert found.hashes == (wanted,)
    assert talk.asked[0].path == f"/transactions/{wanted}"


@pytest.mark.parametrize("part", ["inner_transaction", "fee_bump_transaction"])
def test_a_bumped_transaction_is_found_by_either_hash(talk, recorded, part: str):
    reply = recorded("bumps/inner_fails", "get bump")
    wanted = json.loads(reply.body)[part]["hash"]
    assert wanted in talk(reply, lambda ledger: ledger.find(wanted)).hashes


def test_what_came_before_horizons_history_is_an_empty_list(talk, recorded):
    """It says so only to who reads backwards; else what it means is not known."""
    gone = replace(recorded("lists/missing", "transactions"), status=410)
    assert talk(gone, lambda ledger: ledger.transactions_of(ALICE, "4294967296", 1, newest_first=True)) == []
    with pytest.raises(LedgerUnavailable):
        talk(gone, READS["transactions_of"])


def test_a_transaction_that_history_does_not_have_is_none(talk, recorded):
    assert talk(recorded("queue/timeout", "get rival"), lambda ledger: ledger.find("ab" * 32)) is None


def test_the_answer_about_another_transaction_is_no_answer(talk, recorded):
    with pytest.raises(LedgerUnavailable, match="another transaction"):
        talk(recorded("success/kin_payment", "get pay"), lambda ledger: ledger.find("ab" * 32))


def test_evidence_is_the_sequence_and_the_ledger_of_one_answer(talk, alice):
    assert talk(alice, lambda ledger: ledger.evidence(ALICE)) == AccountEvidence(1831, 7864085118976)


def test_evidence_of_an_account_that_is_gone_names_its_ledger_too(talk, nobody):
    assert talk(nobody, lambda ledger: ledger.evidence(NOBODY)) == AccountEvidence(1843, None)


@pytest.mark.parametrize("header", ["", "soon"])
def test_without_its_ledger_an_answer_is_no_evidence(talk, alice, nobody, header: str):
    for reply, address in ((alice, ALICE), (nobody, NOBODY)):
        changed = replace(reply, headers={**reply.headers, "Latest-Ledger": header})
        for silent in (reply.without("Latest-Ledger"), changed):
            with pytest.raises(LedgerUnavailable, match="Latest-Ledger"):
                talk(silent, lambda ledger, address=address: ledger.evidence(address))


def test_a_404_that_is_not_horizons_own_is_no_evidence(talk, nobody):
    with pytest.raises(LedgerUnavailable, match="404"):
        talk(replace(nobody, body=HTML), lambda ledger: ledger.evidence(NOBODY))


def test_the_answer_about_another_account_is_no_answer(talk, alice):
    with pytest.raises(LedgerUnavailable, match="another account"):
        talk(alice, lambda ledger: ledger.evidence(NOBODY))


def test_an_account_is_read_with_its_ledger(talk, alice, nobody):
    account = talk(alice, lambda ledger: ledger.account(ALICE))
    assert (account.address, account.ledger, account.sequence) == (ALICE, 1831, 7864085118976)
    assert talk(nobody, lambda ledger: ledger.account(NOBODY)) is None


def test_a_page_of_transactions_is_asked_for_oldest_first_with_failed_ones(talk, recorded):
    reply = recorded("channels/of_root", "transactions?order=desc&limit=4&include_failed=true")
    found = talk(reply, lambda ledger: ledger.transactions_of(ALICE, "90194317312", 50))
    assert len(found) == 4
    query = "order=asc&include_failed=true&limit=50&cursor=90194317312"
    assert talk.asked[0].path == f"/accounts/{ALICE}/transactions?{query}"


def test_the_newest_transactions_before_a_cursor_can_be_asked_for(talk, recorded):
    reply = recorded("channels/of_root", "transactions?order=desc&limit=4&include_failed=true")
    found = talk(reply, lambda ledger: ledger.transactions_of(ALICE, "90194317312", 4, newest_first=True))
    assert [one.ledger for one in found] == sorted((one.ledger for one in found), reverse=True)
    assert talk.asked[0].path.endswith("?order=desc&include_failed=true&limit=4&cursor=90194317312")


@pytest.mark.parametrize(
    ("cursor", "limit", "end"), [("now", 7, "limit=7&cursor=now"), ("0", 900, "limit=200&cursor=0")]
)
def test_horizon_gives_200_at_most_and_knows_the_cursor_now(talk, recorded, cursor: str, limit: int, end: str):
    empty = replace(recorded("root/root", "GET"), body='{"_embedded": {"records": []}}')
    assert talk(empty, lambda ledger: ledger.transactions_of(ALICE, cursor, limit)) == []
    assert talk.asked[0].path.endswith(end)


def test_an_account_that_does_not_exist_has_no_transactions(talk, recorded):
    assert talk(recorded("lists/missing", "transactions"), READS["transactions_of"]) == []


def test_sponsored_accounts_are_read_page_by_page(talk, alice):
    def page(numbers: range) -> str:
        records = [json.loads(alice.body) | {"account_id": f"G{number:055}"} for number in numbers]
        return json.dumps({"_embedded": {"records": records}})

    def answer(asked: Any) -> Any:
        first = "cursor" not in asked.path
        headers = {"Latest-Ledger": "10" if first else "11"}
        return replace(alice, body=page(range(200) if first else range(200, 203)), headers=headers)

    accounts = talk(answer, lambda ledger: ledger.sponsored_accounts(ALICE))
    assert [int(account.address[1:]) for account in accounts] == list(range(203))
    assert {account.ledger for account in accounts} == {10, 11}
    assert [asked.path for asked in talk.asked] == [
        f"/accounts?sponsor={ALICE}&limit=200",
        f"/accounts?sponsor={ALICE}&limit=200&cursor=G{199:055}",
    ]


def test_when_nothing_is_sponsored_there_is_one_empty_page(talk, alice):
    empty = replace(alice, body='{"_embedded": {"records": []}}')
    assert talk(empty, lambda ledger: ledger.sponsored_accounts(ALICE)) == []
    assert len(talk.asked) == 1


def test_a_page_without_its_ledger_is_no_answer(talk, alice):
    silent = replace(alice, body='{"_embedded": {"records": []}}', headers={})
    with pytest.raises(LedgerUnavailable, match="Latest-Ledger"):
        talk(silent, lambda ledger: ledger.sponsored_accounts(ALICE))


@every_read
def test_no_read_answers_when_the_rate_limit_is_used_up(talk, recorded, read: Any):
    with pytest.raises(LedgerUnavailable, match="429") as caught:
        talk(recorded("limits/rate", "turned away"), read)
    assert caught.value.retry_after == 1.0


@every_read
@pytest.mark.parametrize("status", [301, 400, 403, 500, 502, 503, 504])
def test_no_read_answers_on_an_error(talk, recorded, read: Any, status: int):
    with pytest.raises(LedgerUnavailable, match=str(status)) as caught:
        talk(replace(recorded("root/root", "GET"), status=status, body=HTML), read)
    assert caught.value.retry_after is None


@every_read
@pytest.mark.parametrize(
    "body", ["", HTML, "[]", "null", "{}", '{"_embedded": {}}', '{"_embedded": {"records": [{}]}}']
)
def test_no_read_answers_on_what_cannot_be_read(talk, alice, read: Any, body: str):
    with pytest.raises(LedgerUnavailable, match="cannot be read"):
        talk(replace(alice, body=body), read)


@every_read
@pytest.mark.parametrize("fate", ["cut", "reset"])
def test_no_read_answers_when_the_connection_breaks(talk, alice, read: Any, fate: str):
    with pytest.raises(LedgerUnavailable, match="connection lost"):
        talk(replace(alice, fate=fate), read)


@every_read
def test_no_read_waits_for_ever(talk, alice, read: Any):
    with pytest.raises(LedgerUnavailable, match="timed out"):
        talk(replace(alice, fate="never sent"), read, timeout=0.02)


@pytest.mark.parametrize("header", ["Wed, 21 Oct 2026 07:28:00 GMT", "-1", ""])
def test_a_retry_after_that_is_no_number_of_seconds_does_no_harm(talk, alice, header: str):
    with pytest.raises(LedgerUnavailable) as caught:
        talk(replace(alice, status=503, headers={"Retry-After": header}), READS["account"])
    assert caught.value.retry_after in (None, 0.0)


def test_a_ledger_and_a_signer_of_different_networks_do_not_go_together(signer: StellarSigner):
    with pytest.raises(ValueError, match="another network"):
        HorizonLedger("http://127.0.0.1:1", passphrase="P", asset_code="KIN", asset_issuer=ALICE, signer=signer)
