"""GET /payments: pages, newest first."""

import base64
from typing import Any
from urllib.parse import quote

import pytest

from kinpay_server.domain.payment import PaymentStatus


async def post_many(api: Any, count: int, **changes: Any) -> list[str]:
    """Posts and returns the ids, newest first."""
    ids = [f"p-{number}" for number in range(count)]
    for one in ids:
        assert (await api.post(id=one, **changes)).status == 202
    return ids[::-1]


def ids_of(answer: Any) -> list[str]:
    assert answer.status == 200
    return [payment["id"] for payment in answer.value["payments"]]


@pytest.mark.gen_test
async def test_without_payments_there_is_one_empty_page(api: Any) -> None:
    assert (await api.get("/payments")).value == {"payments": [], "next": None}


@pytest.mark.gen_test
async def test_a_page_holds_payments_as_they_are_shown_one_by_one(api: Any) -> None:
    await api.post()
    assert (await api.get("/payments")).value["payments"] == [(await api.get("/payments/p-17")).value]


@pytest.mark.gen_test
async def test_following_next_shows_each_payment_once_newest_first(api: Any) -> None:
    posted = await post_many(api, 7)
    seen, query, pages = [], "?limit=3", 0
    while query:
        page = await api.get(f"/payments{query}")
        seen += ids_of(page)
        pages += 1
        query = page.value["next"] and f"?limit=3&cursor={page.value['next']}"
    assert (seen, pages) == (posted, 3)


@pytest.mark.gen_test
async def test_a_full_last_page_has_no_next(api: Any) -> None:
    await post_many(api, 3)
    assert (await api.get("/payments?limit=3")).value["next"] is None
    assert (await api.get("/payments?limit=2")).value["next"] is not None


@pytest.mark.gen_test
async def test_payments_of_the_same_millisecond_are_each_shown_once(api: Any, store: Any) -> None:
    posted = await post_many(api, 5)
    for one in posted:
        store.change(one, created_at=1)
    first = await api.get("/payments?limit=2")
    second = await api.get(f"/payments?limit=3&cursor={first.value['next']}")
    assert ids_of(first) + ids_of(second) == posted


@pytest.mark.gen_test
async def test_a_cursor_is_safe_in_a_url_whatever_the_id(api: Any, store: Any) -> None:
    for payment_id in ("a/b?&=#", "😀😀😀😀😀", "ÿÿÿÿÿ", "-", "1-2"):
        store.kept.clear()
        await api.post(id="older")
        await api.post(id=payment_id)
        cursor = (await api.get("/payments?limit=1")).value["next"]
        assert quote(cursor, safe="") == cursor
        assert ids_of(await api.get(f"/payments?cursor={cursor}")) == ["older"]


@pytest.mark.gen_test
async def test_a_page_is_50_long_unless_asked_otherwise(api: Any, store: Any) -> None:
    await post_many(api, 201)
    assert len(ids_of(await api.get("/payments"))) == 50
    assert len(ids_of(await api.get("/payments?limit=200"))) == 200
    assert len(ids_of(await api.get("/payments?limit=1"))) == 1


@pytest.mark.gen_test
@pytest.mark.parametrize("limit", ["0", "201", "-1", "1.0", "x", "1e2", "٥", "1_0", " 1", "0x1", "9" * 5000, "%00"])
async def test_a_limit_outside_1_to_200_is_400(api: Any, limit: str) -> None:
    answer = await api.get(f"/payments?limit={quote(limit, safe='%')}")
    assert answer.refuses(4000, "limit")
    assert answer.value["fields"]["limit"] == ["must be a whole number from 1 to 200"]


@pytest.mark.gen_test
async def test_payments_can_be_chosen_by_status_and_app(api: Any, store: Any) -> None:
    await api.post(id="1", app_id="a")
    await api.post(id="2", app_id="b")
    await api.post(id="3", app_id="b")
    store.change("3", status=PaymentStatus.FAILED)
    assert ids_of(await api.get("/payments?app_id=b")) == ["3", "2"]
    assert ids_of(await api.get("/payments?status=failed")) == ["3"]
    assert ids_of(await api.get("/payments?app_id=b&status=accepted")) == ["2"]
    assert ids_of(await api.get("/payments?app_id=a&status=failed")) == []
    assert ids_of(await api.get("/payments?app_id=no-such")) == []


@pytest.mark.gen_test
@pytest.mark.parametrize("status", ["done", "ACCEPTED", "accepted,failed", "%ED%A0%80x"])
async def test_a_status_that_does_not_exist_is_400_naming_those_that_do(api: Any, status: str) -> None:
    answer = await api.get(f"/payments?status={status}")
    assert answer.refuses(4000, "status")
    if "%" not in status:
        assert all(known.value in answer.value["fields"]["status"][0] for known in PaymentStatus)


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "cursor",
    [
        *("x", "!", "====", "a b", "é", "A" * 5000, "1700000000000-p-1", "-1", "%00"),
        *(encoded("p-1"), encoded("-p"), encoded("x-p"), encoded("1-"), encoded("01-p"), encoded("٣-p")),
        *(encoded("9" * 19 + "-p"), encoded("9" * 5000 + "-p"), encoded("1-a\x00"), encoded("1-a\n"), encoded("1.5-p")),
        *(
            encoded("1-p") + "=",
            base64.urlsafe_b64encode(b"1-\xff").decode(),
            base64.urlsafe_b64encode(b"1-\xed\xa0\x80").decode(),
        ),
    ],
)
async def test_a_cursor_that_no_page_gave_is_400(api: Any, cursor: str) -> None:
    assert (await api.get(f"/payments?cursor={quote(cursor, safe='%')}")).refuses(4000, "cursor")


@pytest.mark.gen_test
async def test_a_parameter_that_is_not_utf8_or_holds_control_characters_is_400(api: Any) -> None:
    for name in ("app_id", "cursor", "status", "limit"):
        assert (await api.get(f"/payments?{name}=%FF")).refuses(4000, name)
    assert (await api.get("/payments?app_id=a%00")).refuses(4000, "app_id")


@pytest.mark.gen_test
async def test_all_wrong_parameters_are_named_together(api: Any) -> None:
    assert (await api.get("/payments?limit=0&status=x&cursor=x&app_id=%01")).refuses(
        4000, "limit", "status", "cursor", "app_id"
    )


@pytest.mark.gen_test
async def test_empty_parameters_are_as_none_unknown_ones_ignored_and_the_last_of_a_repeated_one_counts(
    api: Any,
) -> None:
    await post_many(api, 2)
    assert ids_of(await api.get("/payments?status=&app_id=&limit=&cursor=")) == ["p-1", "p-0"]
    assert ids_of(await api.get("/payments?x=%FF&order=asc")) == ["p-1", "p-0"]
    assert ids_of(await api.get("/payments?limit=0&limit=1")) == ["p-1"]
