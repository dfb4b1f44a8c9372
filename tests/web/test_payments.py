"""The rules of contract section 1 that speak of payments, over HTTP."""

import asyncio
import json
from decimal import Decimal
from typing import Any

import pytest

from kinpay_server.domain.payment import PaymentStatus

FINISHED = {
    "status": PaymentStatus.SUCCEEDED,
    "sender_address": "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ",
    "transaction_id": "ab" * 32,
    "timestamp": "2024-01-01T00:00:00Z",
}


@pytest.mark.gen_test
async def test_a_post_is_answered_with_202_and_the_payment_with_its_status(api: Any, store: Any) -> None:
    answer = await api.post()
    assert answer.status == 202
    assert answer.value == {
        "id": "p-17",
        "app_id": "kik",
        "amount": 5,
        "recipient_address": api.good["recipient_address"],
        "status": "accepted",
    }
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    kept = store.kept["p-17"]
    assert (kept.callback, kept.request_id) == (api.good["callback"], answer.headers["X-Request-Id"])
    assert kept.created_at == 1_700_000_000_000


@pytest.mark.gen_test
async def test_a_payment_can_be_read_by_its_id(api: Any) -> None:
    posted = await api.post()
    shown = await api.get("/payments/p-17")
    assert (shown.status, shown.value) == (200, posted.value)
    assert shown.headers["Cache-Control"] == "no-store"
    assert "Etag" not in shown.headers


@pytest.mark.gen_test
async def test_an_id_in_a_path_may_be_percent_encoded(api: Any) -> None:
    for payment_id, path in (("a/b c", "a%2Fb%20c"), ("a+b", "a+b"), ("é-1", "%C3%A9-1"), ("..", "%2E%2E")):
        await api.post(id=payment_id)
        answer = await api.get(f"/payments/{path}")
        assert (answer.status, answer.value["id"]) == (200, payment_id)


@pytest.mark.gen_test
async def test_an_id_that_was_never_posted_is_404_with_code_4041(api: Any) -> None:
    assert (await api.get("/payments/p-17")).refuses(4041)


@pytest.mark.gen_test
async def test_an_id_that_no_payment_can_have_is_not_looked_up(api: Any, store: Any) -> None:
    store.fails_with = AssertionError("asked the database")
    for path in ("a%00b", "%7F", "%0A", "%E2%80%A8"):
        assert (await api.get(f"/payments/{path}")).refuses(4041)


@pytest.mark.gen_test
async def test_fields_that_only_a_finished_payment_has_are_absent_until_then(api: Any, store: Any) -> None:
    await api.post()
    store.change("p-17", status=PaymentStatus.SUBMITTED)
    on_its_way = (await api.get("/payments/p-17")).value
    assert set(on_its_way) == {"id", "app_id", "amount", "recipient_address", "status"}
    store.change("p-17", **FINISHED)
    finished = (await api.get("/payments/p-17")).value
    assert finished == on_its_way | FINISHED | {"status": "succeeded"}


@pytest.mark.gen_test
async def test_a_failed_payment_has_a_reason(api: Any, store: Any) -> None:
    await api.post()
    store.change("p-17", status=PaymentStatus.FAILED, reason="no trustline")
    value = (await api.get("/payments/p-17")).value
    assert (value["status"], value["reason"]) == ("failed", "no trustline")


@pytest.mark.gen_test
async def test_a_repeat_with_the_same_content_is_202_while_the_payment_is_on_its_way(api: Any, store: Any) -> None:
    await api.post()
    for status in (PaymentStatus.ACCEPTED, PaymentStatus.SUBMITTED):
        store.change("p-17", status=status)
        answer = await api.post()
        assert (answer.status, answer.value["status"]) == (202, status)


@pytest.mark.gen_test
async def test_many_posts_at_once_make_one_payment(api: Any, store: Any) -> None:
    answers = await asyncio.gather(*(api.post() for _ in range(8)))
    assert [one.status for one in answers] == [202] * 8
    assert len(store.kept) == 1


@pytest.mark.gen_test
async def test_a_repeat_is_the_same_however_its_amount_is_written(api: Any) -> None:
    for literal in ("5", "5.0", '"5"', "50e-1", "5.0000000"):
        assert (await api.post_amount(literal)).status == 202


@pytest.mark.gen_test
async def test_a_repeat_of_a_payment_that_succeeded_is_409_with_code_4091(api: Any, store: Any) -> None:
    await api.post()
    store.change("p-17", **FINISHED)
    assert (await api.post()).refuses(4091)


@pytest.mark.gen_test
async def test_a_repeat_with_the_request_id_of_the_first_post_is_answered_even_after_success(
    api: Any, store: Any
) -> None:
    await api.post(request_id="first")
    store.change("p-17", **FINISHED)
    assert (await api.post(request_id="second")).refuses(4091)
    assert (await api.post(request_id="first")).status == 202


@pytest.mark.gen_test
@pytest.mark.parametrize("status", list(PaymentStatus))
async def test_the_same_id_with_other_content_is_always_409(api: Any, store: Any, status: PaymentStatus) -> None:
    await api.post(request_id="first")
    store.change("p-17", status=status)
    before = dict(store.kept)
    others = (
        {"app_id": "kin"},
        {"amount": 6},
        {"recipient_address": FINISHED["sender_address"]},
        {"callback": "https://other.example"},
    )
    for other in others:
        assert (await api.post(request_id="first", **other)).refuses(4091)
    assert store.kept == before


@pytest.mark.gen_test
async def test_an_id_whose_payment_failed_for_good_may_be_posted_again(api: Any, store: Any) -> None:
    await api.post()
    store.change("p-17", status=PaymentStatus.FAILED, reason="no trustline")
    answer = await api.post()
    assert (answer.status, answer.value["status"]) == (202, "accepted")
    assert "reason" not in answer.value


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("literal", "shown"),
    [
        ("5", "5"),
        ("5.0", "5"),
        ("1.50", "1.5"),
        ('"5"', "5"),
        ('"1.5"', "1.5"),
        ("5e2", "500"),
        ("100", "100"),
        ("1e-7", "0.0000001"),
        ("0.1", "0.1"),
        ("0.3000001", "0.3000001"),
        ("922337203685.4775807", "922337203685.4775807"),
    ],
)
async def test_an_amount_is_exact_and_whole_ones_have_no_decimal_point(
    api: Any, store: Any, literal: str, shown: str
) -> None:
    answer = await api.post_amount(literal)
    assert answer.status == 202
    assert f'"amount":{shown},' in answer.text
    assert f'"amount":{shown},' in (await api.get("/payments/p-17")).text
    assert store.kept["p-17"].amount == int(Decimal(shown) * 10_000_000)


@pytest.mark.gen_test
async def test_an_id_may_contain_hyphens_and_the_memo_28_bytes(api: Any, store: Any) -> None:
    assert (await api.post(id="-" * 22)).status == 202
    assert (await api.post(id="é" * 11)).status == 202
    assert [len(kept.memo.encode()) for kept in store.kept.values()] == [28, 28]


@pytest.mark.gen_test
async def test_unknown_fields_are_ignored(api: Any) -> None:
    answer = await api.post(status="succeeded", reason=1, created_at=0, request_id="x", memo={"a": [None]}, z="\ud800")
    assert (answer.status, answer.value["status"]) == (202, "accepted")


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "callback",
    [
        "http://127.0.0.1:9000/x",
        "https://[::1]:65535",
        "HTTPS://Host.Example:1/a?b=c#d",
        "http://service_1/x",
        "http://bücher.example/ü",
        "https://a.example?x",
        "https://a.example./" + "x" * 2028,
    ],
)
async def test_a_callback_may_be_any_http_url(api: Any, store: Any, callback: str) -> None:
    assert (await api.post(callback=callback)).status == 202
    assert store.kept["p-17"].callback == callback


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "content_type", ["application/json", 'application/json; charset="UTF-8"', "application/JSON;charset=utf8"]
)
async def test_a_body_is_json_in_utf8_as_declared_or_not_declared(api: Any, content_type: str) -> None:
    assert (await api.post_body(json.dumps(api.good), content_type=content_type)).status == 202


@pytest.mark.gen_test
@pytest.mark.parametrize("header", [b"", b"Content-Type:\r\n"])
async def test_a_body_that_is_not_declared_is_taken_for_json(api: Any, wire: Any, header: bytes) -> None:
    body = json.dumps(api.good).encode()
    head = b"POST /payments HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n" % (header, len(body))
    assert [one.status for one in await wire.send(head + body)] == [202]
