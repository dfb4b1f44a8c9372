"""Sending again what was given up."""

import asyncio

import pytest

from kinpay_server.services.replay_callbacks import BATCH, BATCHES, ReplayCallbacks


class Dead:
    """`DeadCallbacks` that only counts."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.batches: list[int] = []

    async def replay_one_dead(self, _callback_id: str, _now: int) -> bool:
        await asyncio.sleep(0)
        self.left -= 1
        return self.left >= 0

    async def replay_some_dead(self, limit: int, _now: int) -> int:
        await asyncio.sleep(0)
        some = min(limit, self.left)
        self.left -= some
        self.batches.append(some)
        return some


class Woken:
    """A `Nudge` that counts."""

    def __init__(self) -> None:
        self.times = 0

    def submit_payments(self) -> None: ...

    def create_wallets(self) -> None: ...

    def fund_channels(self) -> None: ...

    def deliver_callbacks(self) -> None:
        self.times += 1


@pytest.mark.gen_test
async def test_one_is_replayed_and_the_delivery_woken_unless_it_was_not_dead() -> None:
    woken = Woken()
    replay = ReplayCallbacks(Dead(1), woken, lambda: 0)
    assert [await replay.one("c"), woken.times] == [1, 1]
    assert [await replay.one("c"), woken.times] == [0, 1]


@pytest.mark.parametrize(
    ("left", "replayed", "batches"),
    [(0, 0, 1), (BATCH - 1, BATCH - 1, 1), (BATCH, BATCH, 2), (BATCH * BATCHES + 1, BATCH * BATCHES, BATCHES)],
)
@pytest.mark.gen_test
async def test_all_are_replayed_a_batch_at_a_time_so_that_posts_need_not_wait_long(
    left: int, replayed: int, batches: int
) -> None:
    dead, woken = Dead(left), Woken()
    assert await ReplayCallbacks(dead, woken, lambda: 0).all() == replayed
    assert len(dead.batches) == batches
    assert max(dead.batches) <= BATCH
    assert woken.times == int(replayed > 0)
