"""Which receivers do not take their callbacks at present, as each try shows it; kept in memory."""

from collections.abc import Mapping
from dataclasses import dataclass

from kinpay_server.domain.callback import Delivery, receiver_of
from kinpay_server.services.ports import Clock

MANY = 1000
WORDS = 120
"""So many characters are kept of what an error says."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A receiver has taken nothing since then (milliseconds since 1970), in so many tries; its last answer."""

    since: int
    tries: int
    answer: str


class FailingReceivers:
    """Of very many that fail, the ones that began to do so last are known."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: dict[str, Failure] = {}

    @property
    def failures(self) -> Mapping[str, Failure]:
        """By receiver (`domain.callback.receiver_of`)."""
        return self._failures

    def tried(self, url: str, delivery: Delivery) -> None:
        """Something was posted to that URL."""
        receiver = receiver_of(url)
        if delivery.delivered:
            self._failures.pop(receiver, None)
            return
        before = self._failures.get(receiver)
        since, tries = (before.since, before.tries) if before else (self._clock(), 0)
        answer = (delivery.error or "")[:WORDS] if delivery.status is None else f"HTTP {delivery.status}"
        self._failures[receiver] = Failure(since, tries + 1, answer)
        if len(self._failures) > MANY:
            del self._failures[next(iter(self._failures))]
