"""What a search takes for what."""

import asyncio
from dataclasses import replace

import pytest

from kinpay_server.domain.payment import NewPayment, Payment
from kinpay_server.services.find_payments import MOST, find_payments

ADDRESS = "GDQP2KPQGKIHYJGXNUIYOMHARUARCA7DJT5FO2FFOOKY3B2WSQHG4W37"
ONE = Payment.posted(NewPayment("p", "kik", 5, ADDRESS, "http://a", "r", 1000))


class Asked:
    """A `PaymentFinder` that notes which ways were taken."""

    def __init__(self, **found: list[Payment]) -> None:
        self.ways: dict[str, str] = {}
        self._found = found

    async def _take(self, way: str, text: str) -> list[Payment]:
        await asyncio.sleep(0)
        self.ways[way] = text
        return self._found.get(way, [])

    async def with_id(self, beginning: str, limit: int) -> list[Payment]:
        return await self._take("id", beginning)

    async def of_app(self, app_id: str, limit: int) -> list[Payment]:
        return await self._take("app", app_id)

    async def to_address(self, beginning: str, limit: int) -> list[Payment]:
        return await self._take("address", beginning)

    async def by_hash(self, beginning: str, limit: int) -> list[Payment]:
        return await self._take("hash", beginning)


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        (" p-17 ", {"id": "p-17", "app": "p-17"}),
        (ADDRESS, {"id": ADDRESS, "app": ADDRESS, "address": ADDRESS}),
        ("GDQP2K", {"id": "GDQP2K", "app": "GDQP2K", "address": "GDQP2K"}),
        ("GDQP2", {"id": "GDQP2", "app": "GDQP2"}),
        ("AB" * 32, {"id": "AB" * 32, "app": "AB" * 32, "hash": "ab" * 32}),
        ("abc12", {"id": "abc12", "app": "abc12"}),
        ("ab" * 33, {"id": "ab" * 33, "app": "ab" * 33}),
        ("  ", {}),
    ],
)
@pytest.mark.gen_test
async def test_a_text_is_taken_for_all_that_it_may_be(text: str, ways: dict[str, str]) -> None:
    asked = Asked()
    await find_payments(asked, text)
    assert asked.ways == ways


@pytest.mark.gen_test
async def test_each_payment_is_found_once_the_one_with_that_very_id_first_then_the_newest() -> None:
    older, newer = replace(ONE, id="p-older", created_at=2000), replace(ONE, id="p-newer", created_at=3000)
    found = await find_payments(Asked(id=[older, ONE], app=[newer, older]), "p")
    assert [one.id for one in found] == ["p", "p-newer", "p-older"]


@pytest.mark.gen_test
async def test_no_more_are_found_than_can_be_looked_at() -> None:
    many = [replace(ONE, id=f"p-{number}") for number in range(MOST)]
    found = await find_payments(Asked(id=many, app=[replace(ONE, id=f"q-{number}") for number in range(MOST)]), "p")
    assert len(found) == MOST
