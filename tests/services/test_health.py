"""What is not well is said at once, and then once a minute."""

from structlog.testing import capture_logs

from kinpay_server.services.health import REPEAT_AFTER, Health


def test_what_stays_bad_is_logged_once_a_minute_and_not_more() -> None:
    now = [1_000_000]
    health = Health(lambda: now[0])
    with capture_logs() as lines:
        for _ in range(12):
            health.bad("root account", "no KIN")
            now[0] += REPEAT_AFTER // 5
    assert len(lines) == 3


def test_what_comes_and_goes_is_logged_once_a_minute_and_not_more() -> None:
    now = [1_000_000]
    health = Health(lambda: now[0])
    with capture_logs() as lines:
        for _ in range(12):
            health.bad("sending", "the ledger refuses payments")
            health.good("sending")
            now[0] += REPEAT_AFTER // 12
    assert [line["event"] for line in lines] == ["not well", "well again"]


def test_an_amount_that_changes_is_the_same_trouble_and_an_id_is_not() -> None:
    health = Health(lambda: 1_000_000)
    with capture_logs() as lines:
        for amount in ("7", "6.5", "1,000"):
            health.bad("root account", f"G has {amount} KIN and the next payment needs 10: send it some")
        for one in ("p-1", "p-2"):
            health.bad("held", f"payment {one} is held")
    assert len(lines) == 3
    assert health.checks["root account"].message.startswith("G has 1,000")


def test_a_clock_that_is_set_back_keeps_nothing_quiet() -> None:
    now = [10_000_000]
    health = Health(lambda: now[0])
    with capture_logs() as lines:
        health.bad("root account", "no KIN")
        now[0] -= 3_600_000
        health.bad("root account", "no KIN")
    assert len(lines) == 2


def test_a_new_trouble_is_logged_at_once() -> None:
    health = Health(lambda: 1_000_000)
    with capture_logs() as lines:
        health.bad("root account", "no KIN")
        health.bad("root account", "no XLM")
    assert [line["message"] for line in lines] == ["no KIN", "no XLM"]


def test_only_what_blocks_keeps_payments_waiting() -> None:
    health = Health(lambda: 0)
    health.bad("channels", "none", blocking=False)
    assert health.may_send
    health.bad("root account", "no KIN")
    assert not health.may_send
    health.good("root account")
    assert health.may_send
