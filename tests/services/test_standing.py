"""Is it well, in words, and if not what to do."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from kinpay_server.services.failing_receivers import Failure
from kinpay_server.services.health import Health
from kinpay_server.services.outstanding import Outstanding, Queue
from kinpay_server.services.standing import NAMED, PATIENCE, Level, Standing, judge

NOW = 1_700_000_000_000
NOTHING = Outstanding(10_000, Queue(0, 0, 0, (), None), (), False, (), 0, (), {})


@pytest.fixture
def health() -> Health:
    health = Health(lambda: NOW)
    health.good("horizon")
    return health


def judged(health: Health, failures: Mapping[str, Failure] | None = None, **changes: Any) -> Standing:
    return judge(health, replace(NOTHING, **changes), failures or {}, NOW)


def failing(milliseconds: int) -> dict[str, Failure]:
    return {"http://a": Failure(NOW - milliseconds, 4, "HTTP 500")}


def told(standing: Standing) -> list[str]:
    return [matter.about for matter in standing.matters]


def test_nothing_bad_is_well(health: Health) -> None:
    standing = judged(health)
    assert (standing.level, told(standing)) == (Level.WELL, [])


def test_what_keeps_payments_waiting_is_trouble_and_stands_first_with_what_to_do(health: Health) -> None:
    health.bad("callbacks", "some", blocking=False)
    health.bad("root account", "it has no KIN: send it some")
    standing = judged(health)
    assert standing.level is Level.TROUBLE
    assert told(standing) == ["root account", "callbacks"]
    assert standing.matters[0].text == "it has no KIN: send it some"


def test_what_keeps_nothing_waiting_is_to_be_looked_at(health: Health) -> None:
    health.bad("watcher", "behind", blocking=False)
    assert judged(health).level is Level.WAITING


def test_the_start_is_no_trouble_unless_something_else_is(health: Health) -> None:
    health.pending("start", "starting")
    assert judged(health).level is Level.WAITING
    health.bad("horizon", "it does not answer")
    assert judged(health).level is Level.TROUBLE


@pytest.mark.parametrize(
    ("changes", "about", "words"),
    [
        ({"queue": Queue(0, 1, 1, ("p-1",), None)}, "held payments", "1 payment is held for you, p-1 among"),
        ({"queue": Queue(0, 2, 2, ("p-1", "p-2"), None)}, "held payments", "`kinpay payments retry p-1`"),
        ({"dead_count": 1}, "callbacks", "1 was given up"),
        ({"dead_count": 3}, "callbacks", "3 were given up"),
        ({"failures": failing(PATIENCE)}, "callbacks to http://a", "for 1 min (HTTP 500)"),
        ({"queue": Queue(1, 0, 0, (), NOW - PATIENCE - 1000)}, "queue of payments", "has waited 61 s"),
    ],
)
def test_what_waits_for_somebody_is_named(health: Health, changes: dict[str, Any], about: str, words: str) -> None:
    standing = judged(health, **changes)
    assert (standing.level, told(standing)) == (Level.WAITING, [about])
    assert words in standing.matters[0].text


@pytest.mark.parametrize(
    "changes",
    [
        {"queue": Queue(50, 5, 0, (), NOW - PATIENCE)},
        {"failures": failing(PATIENCE - 1)},
    ],
)
def test_what_is_usual_is_well(health: Health, changes: dict[str, Any]) -> None:
    assert judged(health, **changes).level is Level.WELL


def test_while_payments_may_not_be_sent_their_waiting_is_no_news(health: Health) -> None:
    health.bad("root account", "it has no KIN: send it some")
    assert told(judged(health, queue=Queue(9, 0, 0, (), 0))) == ["root account"]


def test_of_many_receivers_that_fail_some_are_named(health: Health) -> None:
    failures = {f"http://{number}": Failure(0, 1, "HTTP 500") for number in range(NAMED + 2)}
    matters = judged(health, failures).matters
    assert len(matters) == NAMED + 1
    assert matters[-1].text == "2 more receivers take nothing"
