"""`/services`, `/services/{id}`, the watches below it, and `/watchers`."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from stellar_sdk import Keypair, StrKey
from tornado.web import Application

from kinpay_server.domain.watch import MAX_ADDRESSES, PaymentWatch

from .conftest import RECIPIENT, FakeStore
from .fake_services import FakeServices

CALLBACK = "https://app.example/seen"
OTHER = Keypair.from_raw_ed25519_seed(b"o" * 32).public_key
WATCH = f"/services/shop/watchers/{RECIPIENT}/payments/"


@pytest.fixture
def watching(store: FakeStore) -> FakeServices:
    return store.watching


async def put(api: Any, path: str = "/services/shop", **service: Any) -> Any:
    """PUT a service that watches RECIPIENT, with changes."""
    sent = {"callback": CALLBACK, "wallet_addresses": [RECIPIENT]} | service
    return await api.call("PUT", path, body=json.dumps(sent), headers={"Content-Type": "application/json"})


def addresses(count: int) -> list[str]:
    return [StrKey.encode_ed25519_public_key(number.to_bytes(32, "big")) for number in range(count)]


@pytest.mark.gen_test
async def test_put_answers_200_and_the_service(api: Any) -> None:
    answer = await put(api, wallet_addresses=[RECIPIENT, OTHER])
    assert answer.status == 200
    assert answer.value == {
        "id": "shop",
        "service_id": "shop",
        "callback": CALLBACK,
        "wallet_addresses": [RECIPIENT, OTHER],
    }
    assert (await api.get("/services/shop")).value == answer.value


@pytest.mark.gen_test
async def test_a_put_replaces(api: Any) -> None:
    await put(api)
    await put(api, callback="http://other.example/", wallet_addresses=[OTHER])
    known = (await api.get("/services/shop")).value
    assert (known["callback"], known["wallet_addresses"]) == ("http://other.example/", [OTHER])


@pytest.mark.gen_test
async def test_get_services_answers_all_of_them(api: Any) -> None:
    assert (await api.get("/services")).value == {"services": []}
    await put(api)
    await put(api, "/services/bank", wallet_addresses=[])
    assert [one["id"] for one in (await api.get("/services")).value["services"]] == ["shop", "bank"]


@pytest.mark.gen_test
async def test_delete_answers_the_service_that_was_deleted_and_then_404_4043(api: Any) -> None:
    known = (await put(api)).value
    deleted = await api.call("DELETE", "/services/shop")
    assert (deleted.status, deleted.value) == (200, known)
    assert (await api.call("DELETE", "/services/shop")).refuses(4043)
    assert (await api.get("/services/shop")).refuses(4043)


@pytest.mark.gen_test
async def test_an_address_that_comes_twice_counts_once(api: Any) -> None:
    answer = await put(api, wallet_addresses=[OTHER, RECIPIENT, OTHER, OTHER])
    assert answer.value["wallet_addresses"] == [OTHER, RECIPIENT]


@pytest.mark.gen_test
async def test_a_service_may_have_no_addresses(api: Any) -> None:
    assert (await put(api, wallet_addresses=[])).status == 200


@pytest.mark.gen_test
async def test_10_000_addresses_are_taken_in_a_body_of_700_kib(api: Any, watching: FakeServices) -> None:
    many = addresses(MAX_ADDRESSES)
    assert (await put(api, wallet_addresses=many)).status == 200
    assert watching.kept["shop"].wallet_addresses == tuple(many)


@pytest.mark.gen_test
async def test_one_address_more_is_refused_with_the_limit(api: Any, watching: FakeServices) -> None:
    answer = await put(api, wallet_addresses=addresses(MAX_ADDRESSES + 1))
    assert answer.refuses(4000, "wallet_addresses")
    assert "10000" in answer.text
    assert watching.kept == {}


@pytest.mark.gen_test
async def test_100_000_addresses_are_413(api: Any) -> None:
    assert (await put(api, wallet_addresses=[RECIPIENT] * 100_000)).refuses(4130)


@pytest.mark.gen_test
async def test_the_larger_body_is_for_that_route_alone(api: Any) -> None:
    large = {"padding": "x" * 65_536}
    assert (await put(api, "/services", **large)).refuses(4130)
    assert (await put(api, "/services/shop/more", **large)).refuses(4130)
    assert (await api.call("POST", "/services/shop", body=b"x" * 65_537)).refuses(4130)
    assert (await put(api, "/services/shop?x=1", **large)).status == 200


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"callback": None}, "callback"),
        ({"callback": "ftp://app.example"}, "callback"),
        ({"callback": ["http://app.example"]}, "callback"),
        ({"wallet_addresses": None}, "wallet_addresses"),
        ({"wallet_addresses": RECIPIENT}, "wallet_addresses"),
        ({"wallet_addresses": {RECIPIENT: 1}}, "wallet_addresses"),
        ({"wallet_addresses": [RECIPIENT, 5]}, "wallet_addresses"),
        ({"wallet_addresses": [RECIPIENT, None]}, "wallet_addresses"),
        ({"wallet_addresses": [[RECIPIENT]]}, "wallet_addresses"),
        ({"wallet_addresses": [RECIPIENT[:-1] + "A"]}, "wallet_addresses"),
        ({"wallet_addresses": [StrKey.encode_ed25519_secret_seed(b"s" * 32)]}, "wallet_addresses"),
    ],
)
@pytest.mark.gen_test
async def test_a_wrong_field_of_a_service_is_refused_and_named(
    api: Any, watching: FakeServices, wrong: dict[str, Any], field: str
) -> None:
    answer = await put(api, **wrong)
    assert answer.refuses(4000, field)
    assert StrKey.encode_ed25519_secret_seed(b"s" * 32) not in answer.text
    assert watching.kept == {}


@pytest.mark.parametrize("field", ["callback", "wallet_addresses"])
@pytest.mark.gen_test
async def test_a_missing_field_of_a_service_is_refused_and_named(api: Any, field: str) -> None:
    sent = {"callback": CALLBACK, "wallet_addresses": [RECIPIENT]}
    del sent[field]
    assert (await api.call("PUT", "/services/shop", body=json.dumps(sent))).refuses(4000, field)


@pytest.mark.gen_test
async def test_unknown_fields_are_ignored_and_the_id_is_that_of_the_path(api: Any) -> None:
    answer = await put(api, id="x", service_id="y", more={"a": 1})
    assert answer.value["id"] == "shop"


@pytest.mark.parametrize("service_id", ["a/b", "café 東京", "%2F", "..", "a b", "payments", "'; --", "🚀" * 255])
@pytest.mark.gen_test
async def test_an_id_of_a_service_may_hold_slashes_and_any_letters(api: Any, service_id: str) -> None:
    path = f"/services/{quote(service_id, safe='')}"
    assert (await put(api, path)).value["id"] == service_id
    assert (await api.get(path)).value["id"] == service_id
    watch = f"{path}/watchers/{RECIPIENT}/payments/{quote('ö/1', safe='')}"
    assert (await api.call("PUT", watch, body=b"")).value == {}
    assert (await api.call("DELETE", path)).value["id"] == service_id


@pytest.mark.parametrize("service_id", ["%00", "a%0Ab", "%C2%85", "x" * 256])
@pytest.mark.gen_test
async def test_an_id_that_no_service_can_have_is_refused_or_not_found(api: Any, service_id: str) -> None:
    assert (await put(api, f"/services/{service_id}")).refuses(4000, "service_id")
    assert (await api.get(f"/services/{service_id}")).refuses(4043)
    assert (await api.call("DELETE", f"/services/{service_id}")).refuses(4043)


@pytest.mark.gen_test
async def test_a_path_that_is_not_utf_8_is_refused(api: Any) -> None:
    assert (await put(api, "/services/%FF")).refuses(4000)
    assert (await api.get("/services/%FF")).refuses(4000)


@pytest.mark.gen_test
async def test_a_watch_is_put_and_deleted_with_200_and_an_empty_object(api: Any, watching: FakeServices) -> None:
    await put(api)
    made = await api.call("PUT", WATCH + "p-17", body=b"")
    assert (made.status, made.value) == (200, {})
    assert watching.watches == {PaymentWatch("shop", RECIPIENT, "p-17")}
    gone = await api.call("DELETE", WATCH + "p-17")
    assert (gone.status, gone.value) == (200, {})
    assert watching.watches == set()


@pytest.mark.gen_test
async def test_a_body_of_a_watch_is_not_looked_at(api: Any) -> None:
    await put(api)
    assert (await api.call("PUT", WATCH + "p-17", body=b"{not json")).value == {}


@pytest.mark.gen_test
async def test_a_watch_that_is_not_there_is_deleted_with_200(api: Any) -> None:
    await put(api)
    assert (await api.call("DELETE", WATCH + "p-17")).value == {}
    assert (await api.call("DELETE", "/services/shop/watchers/nobody/payments/%00")).value == {}


@pytest.mark.parametrize("watch", [WATCH + "p-17", "/services/shop/watchers/nobody/payments/%00"])
@pytest.mark.gen_test
async def test_a_watch_of_an_unknown_service_is_404_4043(api: Any, watch: str) -> None:
    assert (await api.call("PUT", watch, body=b"")).refuses(4043)
    assert (await api.call("DELETE", watch)).refuses(4043)


@pytest.mark.parametrize(
    ("rest", "field"),
    [
        (f"{RECIPIENT[:-1]}A/payments/p", "address"),
        ("M" + "A" * 68 + "/payments/p", "address"),
        (f"{RECIPIENT}/payments/{'x' * 25}", "payment_id"),
        (f"{RECIPIENT}/payments/a%09b", "payment_id"),
    ],
)
@pytest.mark.gen_test
async def test_what_can_never_be_seen_is_refused_when_it_is_to_be_watched(
    api: Any, watching: FakeServices, rest: str, field: str
) -> None:
    await put(api)
    assert (await api.call("PUT", f"/services/shop/watchers/{rest}", body=b"")).refuses(4000, field)
    assert watching.watches == set()


@pytest.mark.gen_test
async def test_watchers_answers_by_address_who_watches_there(api: Any) -> None:
    assert (await api.get("/watchers")).value == {"watchers": {}}
    await put(api)
    await put(api, "/services/bank", callback="http://bank.example/")
    assert (await api.get("/watchers")).value == {
        "watchers": {RECIPIENT: [["shop", CALLBACK], ["bank", "http://bank.example/"]]}
    }


@pytest.mark.gen_test
async def test_the_methods_of_each_route_are_told(api: Any, app: Application) -> None:
    for path, methods in (("/services", "GET, HEAD, OPTIONS"), ("/services/x", "GET, PUT, DELETE, HEAD, OPTIONS")):
        refused = await api.call("POST", path, body=b"")
        assert refused.refuses(4050)
        assert refused.headers["Allow"] == methods
