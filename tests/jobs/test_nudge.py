from kinpay_server.jobs.nudge import JobNudge
from kinpay_server.services.ports import Nudge


def test_every_nudge_of_the_services_is_there_and_does_nothing_before_everything_is_built() -> None:
    nudges = vars(JobNudge())
    assert nudges.keys() == {name for name in vars(Nudge) if not name.startswith("_")}
    for nudge in nudges.values():
        nudge()


def test_a_nudge_that_is_set_is_called() -> None:
    called: list[str] = []
    nudge = JobNudge()
    nudge.submit_payments = lambda: called.append("submit")
    nudge.submit_payments()
    assert called == ["submit"]
