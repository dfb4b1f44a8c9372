"""`kinpay payments`, on the database of a service that does not run."""

import re

import pytest

from tests.commands.operator import Operator
from tests.storage.conftest import NOW, RECIPIENT, Stores, a_failure, a_post, a_success


async def fill(stores: Stores) -> str:
    """Three payments, of which one is paid: its transaction."""
    [attempt] = await stores.submit("order-1")
    await stores.settlements.settle([a_success(attempt)], cursor=None, now=1)
    await stores.accept("order-2", "rent")
    return attempt.hash


def ids(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return sorted(one["id"] for one in answer["payments"])


@pytest.mark.gen_test
async def test_they_are_found_by_what_a_terminal_shows_of_them(alone: Operator, stores: Stores) -> None:
    transaction = await fill(stores)
    found = {
        text: ids(alone.json("payments", "find", text))
        for text in ("order", "rent", transaction, f"{transaction[:9]}…", RECIPIENT, f"{RECIPIENT[:9]}…", "kik", "none")
    }
    everything = ["order-1", "order-2", "rent"]
    assert found == {
        "order": ["order-1", "order-2"],
        "rent": ["rent"],
        transaction: ["order-1"],
        f"{transaction[:9]}…": ["order-1"],
        RECIPIENT: everything,
        f"{RECIPIENT[:9]}…": everything,
        "kik": everything,
        "none": [],
    }


@pytest.mark.gen_test
async def test_on_a_terminal_each_has_one_line_of_80_columns_and_in_a_pipe_all_is_whole(
    alone: Operator, stores: Stores
) -> None:
    transaction = await fill(stores)
    seen = alone.sees("payments", "list", NO_COLOR="1")
    lines = re.sub(r"\x1b\[[0-9;]*m", "", seen).splitlines()
    assert len([line for line in lines if line.strip()]) <= 5
    assert all(len(line) <= 80 for line in lines)
    said = alone.says("payments", "list")
    assert len(said.splitlines()) == 4
    assert transaction in said
    assert RECIPIENT in said
    assert not any(line.endswith(" ") for line in said.splitlines())


@pytest.mark.gen_test
async def test_of_one_status_or_app_only_these_are_listed(alone: Operator, stores: Stores) -> None:
    await fill(stores)
    assert ids(alone.json("payments", "list", "--status", "accepted")) == ["order-2", "rent"]
    assert ids(alone.json("payments", "list", "--app", "nobody")) == []
    assert "no payments" in alone.says("payments", "list", "--app", "nobody")
    assert "paid" in alone.refuses("payments", "list", "--status", "paid", status=2)


@pytest.mark.gen_test
async def test_a_payment_that_failed_and_was_posted_again_says_so_and_when(alone: Operator, stores: Stores) -> None:
    [attempt] = await stores.submit("order-1")
    await stores.settlements.settle([a_failure(attempt)], cursor=None, now=NOW + 1000)
    assert "Posted again" not in alone.says("payments", "show", "order-1")
    await stores.payments.accept(a_post("order-1", request_id="again", created_at=NOW + 2000))
    assert alone.json("payments", "show", "order-1")["posted_again_at"] == NOW + 2000
    told = alone.says("payments", "show", "order-1")
    assert told.index("failed on the ledger") < told.index("Posted again after it had failed")
