import json
from typing import Any

import pytest

from kinpay_server.ledger.accounts import KinAsset, parse_account, stroops_of
from kinpay_server.services.ports import AccountState

ISSUER = "GAHOT5OHSSRAGPXWVWU5F5KAUQ7KQW6NH6HMXNSAUKC5WFIMHHMWZUTG"
KIN = KinAsset("KIN", ISSUER)


def read(recorded, scenario: str, name: str, asset: KinAsset = KIN) -> AccountState:
    return parse_account(json.loads(recorded(scenario, name).body), 7, asset)


def issuer_of_unauthorized(recorded) -> KinAsset:
    return KinAsset("KIN", json.loads(recorded("accounts/unauthorized", "the issuer").body)["account_id"])


def test_an_account_with_a_trustline_is_read_to_the_last_stroop(recorded):
    assert read(recorded, "accounts/trustline", "get account alice") == AccountState(
        address="GBMXBWJ5NQIQBWORXY3KPMIE3HQNHTM5UUTPUF273JGP3OBVYZUB55R7",
        ledger=7,
        sequence=7864085118976,
        xlm_balance=100_000_000,
        xlm_spendable=85_000_000,
        kin_balance=123_456_789,
        kin_authorized=True,
        signs_payments=True,
        kin_held=123_456_789,
        kin_changed=1831,
    )


@pytest.mark.parametrize("asset", [KinAsset("KIM", ISSUER), KinAsset("KIN", ISSUER[::-1])])
def test_another_code_or_issuer_is_not_kin(recorded, asset: KinAsset):
    account = read(recorded, "accounts/trustline", "get account alice", asset)
    assert (account.kin_balance, account.kin_authorized) == (None, False)


@pytest.mark.parametrize(
    ("name", "authorized"), [("not authorized", False), ("authorized", True), ("maintain only", False)]
)
def test_a_frozen_trustline_is_not_authorized(recorded, name: str, authorized: bool):
    account = read(recorded, "accounts/unauthorized", name, issuer_of_unauthorized(recorded))
    assert (account.kin_balance is not None, account.kin_authorized) == (True, authorized)


def test_the_issuer_has_as_much_kin_as_it_likes(recorded):
    account = read(recorded, "accounts/unauthorized", "the issuer", issuer_of_unauthorized(recorded))
    assert (account.kin_balance, account.kin_authorized) == (2**63 - 1, True)


@pytest.mark.parametrize(
    ("scenario", "name", "spendable"),
    [
        # 2 + 0 entries and 5 sponsored ones: 3.5 XLM.
        ("accounts/sponsored", "the sponsor", 499_999_400 - 35_000_000),
        # Its own reserve and all its entries are paid by the sponsor.
        ("accounts/sponsored", "get account alice", 0),
        ("success/sponsored_channels", "get account channel 1", 0),
        ("success/sponsored_channels", "get account root", 499_998_500 - 60_000_000),
        ("accounts/signers", "get account alice", 199_999_700 - 20_000_000),
    ],
)
def test_what_may_be_spent_lies_above_the_reserve(recorded, scenario: str, name: str, spendable: int):
    assert read(recorded, scenario, name).xlm_spendable == spendable


def test_a_sponsored_channel_may_spend_all_that_it_holds(recorded):
    body = json.loads(recorded("success/sponsored_channels", "get account channel 1").body)
    body["balances"][0]["balance"] = "0.5000000"
    assert parse_account(body, 7, KIN).xlm_spendable == 5_000_000


def test_what_is_promised_to_offers_may_not_be_spent(recorded):
    body = json.loads(recorded("accounts/trustline", "get account alice").body)
    for balance in body["balances"]:
        balance["selling_liabilities"] = "1.0000001"
    account = parse_account(body, 7, KIN)
    assert (account.kin_balance, account.xlm_spendable) == (113_456_788, 85_000_000 - 10_000_001)
    assert account.xlm_balance == 100_000_000


def test_below_the_reserve_nothing_may_be_spent(recorded):
    body = json.loads(recorded("accounts/trustline", "get account alice").body)
    body["balances"][1]["balance"] = "0.0000001"
    assert parse_account(body, 7, KIN).xlm_spendable == 0


@pytest.mark.parametrize("name", ["get account alice", "without master"])
def test_an_account_whose_own_key_does_not_suffice_does_not_sign_payments(recorded, name: str):
    assert not read(recorded, "accounts/signers", name).signs_payments


@pytest.mark.parametrize(("weight", "medium", "signs"), [(1, 0, True), (0, 0, False), (5, 5, True), (4, 5, False)])
def test_the_master_key_needs_the_medium_threshold_and_a_weight(recorded, weight: int, medium: int, signs: bool):
    body = json.loads(recorded("accounts/trustline", "get account alice").body)
    body["signers"][0]["weight"] = weight
    body["thresholds"]["med_threshold"] = medium
    assert parse_account(body, 7, KIN).signs_payments is signs


@pytest.mark.parametrize(
    ("text", "stroops"),
    [("0.0000000", 0), ("0.0000001", 1), ("922337203685.4775807", 2**63 - 1), ("5.0000000", 50_000_000)],
)
def test_amounts_are_exact(text: str, stroops: int):
    assert stroops_of(text) == stroops


@pytest.mark.parametrize("text", ["5", "5.0", "1e3", "-1.0000000", "", ".0000001", "1_0.0000000", "1.00000000"])
def test_what_horizon_never_writes_is_no_amount(text: str):
    with pytest.raises(ValueError, match="not an amount"):
        stroops_of(text)


def test_an_account_without_native_balance_is_not_read(recorded):
    body: dict[str, Any] = json.loads(recorded("accounts/trustline", "get account alice").body)
    body["balances"] = body["balances"][:1]
    with pytest.raises(StopIteration):
        parse_account(body, 7, KIN)
