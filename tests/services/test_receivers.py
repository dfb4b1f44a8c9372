"""How much each receiver is sent at once."""

from kinpay_server.services.receivers import AT_ONCE, Receivers


def test_however_well_a_receiver_answers_it_gets_half_of_what_is_left_at_most() -> None:
    receivers = Receivers(lambda: 1)
    names = ["http://a", "http://b", "http://c"]
    for name in names:
        for _ in range(AT_ONCE):
            receivers[name].circuit.succeeded()
    wanted = receivers.wanted(names, AT_ONCE - 8)
    assert [(one.receiver, one.limit) for one in wanted] == [("http://a", 4), ("http://b", 2), ("http://c", 1)]


def test_when_nothing_is_left_nobody_gets_anything() -> None:
    receivers = Receivers(lambda: 1)
    assert receivers.wanted(["http://a"], AT_ONCE) == []
