"""Fewer go out after refusals, a little more for each one that lands."""

from kinpay_server.services.pressure import LEAST, Pressure


def test_all_channels_may_be_used_while_nothing_is_refused() -> None:
    pressure = Pressure(100)
    pressure.sent(60)
    assert pressure.room == 40
    assert not pressure.held_back


def test_after_refusals_fewer_may_go_than_the_network_took() -> None:
    pressure = Pressure(1000)
    pressure.sent(500)
    pressure.refused(400)
    assert pressure.room == 0
    pressure.ended(450, landed=0)
    assert 0 < pressure.room < 100


def test_it_opens_again_as_payments_land() -> None:
    pressure = Pressure(100)
    pressure.sent(100)
    pressure.refused(90)
    pressure.ended(100, landed=100)
    narrow = pressure.room
    for _ in range(200):
        pressure.sent(10)
        pressure.ended(10, landed=10)
    assert narrow < pressure.room == 100


def test_it_never_closes_wholly() -> None:
    pressure = Pressure(1000)
    for _ in range(50):
        pressure.refused(1000)
    assert pressure.room == LEAST
