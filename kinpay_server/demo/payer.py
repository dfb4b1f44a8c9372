"""An app that goes on paying, and remembers what it was promised and told."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field

from stellar_sdk import Keypair

from kinpay_server.demo.http import call
from kinpay_server.demo.programs import DemoError
from kinpay_server.demo.stage import Event, Stage

PER_SECOND = 4
EACH_HOPELESS = 20
"""One in so many goes to a recipient who cannot have it, so that failures are seen too."""


@dataclass
class Tally:
    """By id when a payment was accepted, and what was told of it in the end: success or fail."""

    accepted: dict[str, float] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    seconds: deque[float] = field(default_factory=lambda: deque(maxlen=50))
    twice: list[str] = field(default_factory=list)

    @property
    def waiting(self) -> int:
        """How many are on their way."""
        return len(self.accepted) - len(self.told)

    def note(self, event: Event) -> bool:
        """Take note of a callback; False when it is of no payment that was accepted here."""
        payment_id = event["value"].get("id")
        if event["action"] != "send" or payment_id not in self.accepted:
            return False
        if self.told.get(payment_id, event["state"]) != event["state"]:
            self.twice.append(payment_id)
        if payment_id not in self.told:
            self.seconds.append(time.monotonic() - self.accepted[payment_id])
        self.told[payment_id] = event["state"]
        return True

    def line(self) -> str:
        """How it stands, in one line."""
        states = list(self.told.values())
        took = sorted(self.seconds)[len(self.seconds) // 2] if self.seconds else 0.0
        return (
            f"{len(self.accepted):,} accepted, {states.count('success'):,} landed, {states.count('fail'):,} refused, "
            f"{self.waiting:,} waiting; {took:.1f} s to land"
        )


class Payer(threading.Thread):
    """Posts some payments a second until it is stopped."""

    def __init__(self, stage: Stage, wallet: str, tally: Tally) -> None:
        super().__init__(daemon=True)
        self.error: DemoError | None = None
        self._stage = stage
        self._wallet = wallet
        self._tally = tally
        self._hopeless = Keypair.random().public_key
        self._stop_asked = threading.Event()

    def stop(self) -> None:
        """Let it post no more."""
        self._stop_asked.set()
        self.join()

    def run(self) -> None:
        """Until `stop`, or an answer that says no."""
        number = 0
        while not self._stop_asked.wait(1 / PER_SECOND):
            number += 1
            try:
                self._post(number)
            except DemoError as error:
                self.error = error
                return

    def _post(self, number: int) -> None:
        recipient = self._wallet if number % EACH_HOPELESS else self._hopeless
        payment_id = f"busy-{number}"
        self._tally.accepted[payment_id] = time.monotonic()
        call(f"{self._stage.url}/payments", self._stage.payment(payment_id, recipient, 1 + number % 9))
