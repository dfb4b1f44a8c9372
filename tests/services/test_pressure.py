"""Fewer go out after refusals, a little more for each one that lands."""

from kinpay_server.services.pressure import LEAST, Pressure


def hashes(count: int, first: int = 0, *, bid: int = 100) -> dict[str, int]:
    """Hashes, each with what it bids."""
    return {f"hash-{number}": bid for number in range(first, first + count)}


def test_all_channels_may_be_used_while_nothing_is_refused() -> None:
    pressure = Pressure(100)
    pressure.sent(hashes(60))
    assert pressure.room == 40
    assert not pressure.held_back


def test_after_refusals_fewer_may_go_than_the_network_took() -> None:
    pressure = Pressure(1000)
    pressure.sent(hashes(500))
    pressure.refused(hashes(400))
    assert pressure.room == 0
    pressure.ended(hashes(100, first=400), landed=0)
    assert 0 < pressure.room < 100


def test_what_was_refused_keeps_no_other_from_going_once_there_is_room() -> None:
    pressure = Pressure(200)
    pressure.sent(hashes(200))
    pressure.refused(hashes(80))
    pressure.ended(hashes(60, first=80), landed=60)
    assert pressure.room == int(0.7 * 120 + 6) - 60


def test_one_that_ends_after_it_was_refused_is_counted_once() -> None:
    pressure = Pressure(100)
    pressure.sent(hashes(50))
    pressure.refused(hashes(20))
    pressure.ended(hashes(20), landed=0)
    pressure.ended(hashes(30, first=20), landed=0)
    assert pressure.room == int(0.7 * 30)


def test_what_is_under_way_at_the_start_counts() -> None:
    pressure = Pressure(10)
    pressure.begin(hashes(4))
    assert pressure.room == 6


def test_it_opens_again_as_payments_land() -> None:
    pressure = Pressure(100)
    pressure.sent(hashes(100))
    pressure.refused(hashes(90))
    pressure.ended(hashes(100), landed=10)
    narrow = pressure.room
    for _ in range(200):
        pressure.sent(hashes(10))
        pressure.ended(hashes(10), landed=10)
    assert narrow < pressure.room == 100


def land(pressure: Pressure) -> int:
    """Send and land all that may go; how many that were."""
    sent = hashes(pressure.room)
    pressure.sent(sent)
    pressure.ended(sent, landed=len(sent))
    return len(sent)


def test_it_opens_little_by_little_at_first_and_twofold_once_the_crowd_is_gone() -> None:
    pressure = Pressure(1000)
    pressure.refused(hashes(1000))
    assert [land(pressure) for _ in range(9)] == [10, 11, 12, 24, 48, 96, 192, 384, 768]


def test_a_refusal_makes_it_careful_again() -> None:
    pressure = Pressure(1000)
    pressure.refused(hashes(1000))
    for _ in range(6):
        land(pressure)
    pressure.sent(hashes(100))
    pressure.refused(hashes(1))
    pressure.ended(hashes(99, first=1), landed=99)
    assert pressure.room == int(0.7 * 99 + 9.9)


def test_it_never_closes_wholly() -> None:
    pressure = Pressure(1000)
    for _ in range(50):
        pressure.refused(hashes(1000))
    assert pressure.room == LEAST


def test_it_knows_what_those_bid_that_wait() -> None:
    pressure = Pressure(100)
    pressure.sent(hashes(2, bid=900))
    pressure.sent(hashes(2, first=2, bid=100))
    pressure.refused(hashes(1, first=2))
    assert [pressure.is_own(bid) for bid in (100, 101, 900)] == [True, False, True]
    pressure.forget(hashes(1, first=3))
    assert not pressure.is_own(100)


def test_a_bid_that_was_raised_takes_the_place_of_the_former_one() -> None:
    pressure = Pressure(100)
    pressure.sent(hashes(1, bid=100))
    pressure.sent(hashes(1, bid=700))
    assert (pressure.room, pressure.is_own(100), pressure.is_own(700)) == (99, False, True)
