"""`POST /wallets` and `GET /wallets/{address}`."""

import json
from typing import Any

import pytest

from kinpay_server.domain.errors import Unavailable
from kinpay_server.domain.watch import SeenPayment
from kinpay_server.services.show_wallet import WalletBalances
from kinpay_server.services.show_wallet_payments import WalletPayments

RECIPIENT = "GDQP2KPQGKIHYJGXNUIYOMHARUARCA7DJT5FO2FFOOKY3B2WSQHG4W37"
WALLET = {"wallet_address": RECIPIENT, "app_id": "app"}


async def post(api: Any, wallet: dict[str, object]) -> Any:
    """POST a wallet."""
    return await api.call("POST", "/wallets", body=json.dumps(wallet), headers={"Content-Type": "application/json"})


@pytest.mark.gen_test
async def test_a_wallet_is_accepted_with_202(api: Any, store: Any) -> None:
    answer = await post(api, WALLET | {"id": "w-1", "callback": "http://app.example/"})
    assert answer.status == 202
    assert answer.value == {"id": "w-1", "wallet_address": RECIPIENT}
    (posted,) = store.wallets
    assert (posted.address, posted.app_id, posted.id, posted.callback) == (
        RECIPIENT,
        "app",
        "w-1",
        "http://app.example/",
    )


@pytest.mark.gen_test
async def test_id_and_callback_of_a_wallet_may_be_left_out(api: Any, store: Any) -> None:
    answer = await post(api, WALLET)
    assert answer.value == {"id": None, "wallet_address": RECIPIENT}
    assert store.wallets[0].callback is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"wallet_address": "S" + RECIPIENT[1:]}, "wallet_address"),
        ({"wallet_address": RECIPIENT[:-1] + "A"}, "wallet_address"),
        ({"wallet_address": 5}, "wallet_address"),
        ({"app_id": "a-b"}, "app_id"),
        ({"app_id": "ä" * 14}, "app_id"),
        ({"callback": "ftp://app.example/"}, "callback"),
        ({"id": 7}, "id"),
    ],
)
@pytest.mark.gen_test
async def test_a_malformed_wallet_is_refused_by_name_and_not_stored(
    api: Any, store: Any, change: dict[str, object], field: str
) -> None:
    answer = await post(api, WALLET | change)
    assert answer.refuses(4000, field)
    assert store.wallets == []


@pytest.mark.gen_test
async def test_an_app_id_may_fill_the_memo_of_a_wallet(api: Any) -> None:
    assert (await post(api, WALLET | {"app_id": "a" * 26})).status == 202
    assert (await post(api, WALLET | {"app_id": "a" * 27})).refuses(4000, "app_id")


@pytest.mark.gen_test
async def test_a_wallet_is_shown_with_exact_balances(api: Any, store: Any) -> None:
    store.balances[RECIPIENT] = WalletBalances(RECIPIENT, 15_000_000, 20_000_000)
    answer = await api.get(f"/wallets/{RECIPIENT}")
    assert answer.status == 200
    assert answer.text == (
        f'{{"wallet_address":"{RECIPIENT}","kin_balance":1.5,"native_balance":2,"id":"{RECIPIENT}"}}'
    )


@pytest.mark.parametrize("address", [RECIPIENT, "nobody"])
@pytest.mark.gen_test
async def test_a_wallet_that_does_not_exist_is_4042(api: Any, address: str) -> None:
    assert (await api.get(f"/wallets/{address}")).refuses(4042)


@pytest.mark.gen_test
async def test_a_silent_ledger_is_503_with_retry_after_and_never_a_false_404(api: Any, store: Any) -> None:
    store.fails_with = Unavailable("the ledger cannot be asked now")
    answer = await api.get(f"/wallets/{RECIPIENT}")
    assert answer.refuses(5030)
    assert answer.headers["Retry-After"]


def seen(position: int, memo: str | None) -> SeenPayment:
    """A payment of 1.5 KIN to the wallet."""
    return SeenPayment(position, "GSENDER", RECIPIENT, 15_000_000, "ab" * 32, "2026-11-25T00:00:00Z", 0, memo)


@pytest.mark.gen_test
async def test_a_wallets_payments_are_paged_and_one_that_is_not_ours_has_null_ids(api: Any, store: Any) -> None:
    store.pages = [WalletPayments((seen(7, "1-app-a-b"), seen(8, "hello")), 8)]
    answer = await api.get(f"/wallets/{RECIPIENT}/payments?limit=2&cursor=5&order=desc")
    assert answer.status == 200
    assert answer.value["next"] == "8"
    ours, other = answer.value["payments"]
    assert (ours["id"], ours["app_id"], ours["amount"]) == ("a-b", "app", 1.5)
    assert (other["id"], other["app_id"]) == (None, None)
    assert store.asked == [(RECIPIENT, 5, 2, True)]


@pytest.mark.gen_test
async def test_a_wallets_payments_come_oldest_first_and_50_at_once_unless_asked_otherwise(api: Any, store: Any) -> None:
    answer = await api.get(f"/wallets/{RECIPIENT}/payments")
    assert answer.value == {"payments": [], "next": None}
    assert store.asked == [(RECIPIENT, None, 50, False)]


@pytest.mark.parametrize(
    ("query", "field"),
    [("cursor=x", "cursor"), ("cursor=9223372036854775808", "cursor"), ("limit=0", "limit"), ("order=up", "order")],
)
@pytest.mark.gen_test
async def test_a_malformed_query_of_a_wallets_payments_is_refused_by_name(api: Any, query: str, field: str) -> None:
    assert (await api.get(f"/wallets/{RECIPIENT}/payments?{query}")).refuses(4000, field)
