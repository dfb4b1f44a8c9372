"""The demo goes on: payments, on a good network or a bad one, and at the end the ledger is asked what was paid."""

from __future__ import annotations

import queue
import time
from collections import Counter
from collections.abc import Iterator

from kinpay_server.demo.http import call
from kinpay_server.demo.payer import Payer, Tally
from kinpay_server.demo.programs import DemoError
from kinpay_server.demo.stage import Event, Stage

REPORT_SECONDS = 5.0
SETTLED_WITHIN = 120.0
FAULTS = {
    "seed": 7,
    "lost_before": 0.1,
    "lost_after": 0.1,
    "timeout_after": 0.1,
    "error_after": 0.1,
    "empty_after": 0.05,
    "vanish": 0.1,
    "rate_limited": 0.02,
    "slow": 0.05,
    "slow_seconds": 0.5,
}
WELL = {name: 0 for name in FAULTS if name != "slow_seconds"}


class Busy:
    """Goes on until Ctrl-C, or for so many seconds; without `pays` only what others post is told."""

    def __init__(self, stage: Stage, wallet: str, *, pays: bool, faults: bool) -> None:
        self._stage = stage
        self._wallet = wallet
        self._pays = pays
        self._faults = faults
        self._tally = Tally()

    def __call__(self, seconds: float | None) -> None:
        """Raises DemoError when anything was paid twice, or not at all, or told wrongly."""
        payer = Payer(self._stage, self._wallet, self._tally) if self._pays else None
        if self._faults:
            self._stage.faults(**FAULTS)
            self._step("faults", "half of what is sent gets lost, or no answer, or a wrong one, on the way")
        if payer:
            payer.start()
        try:
            for _ in self._rounds(seconds):
                if payer and payer.error:
                    raise payer.error
        except KeyboardInterrupt:
            self._stage.story.plain("")
        if payer:
            payer.stop()
            self._settle()

    def _rounds(self, seconds: float | None) -> Iterator[None]:
        """Listen to callbacks, and tell now and then how it stands."""
        end = None if seconds is None else time.monotonic() + seconds
        while end is None or time.monotonic() < end:
            self._listen(REPORT_SECONDS if end is None else min(REPORT_SECONDS, max(end - time.monotonic(), 0)))
            if self._pays:
                self._step("busy", self._tally.line())
            yield

    def _listen(self, seconds: float) -> None:
        """Callbacks of so many seconds; those of others' payments are told one by one."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                event = self._stage.callbacks.callbacks.get(timeout=left)
            except queue.Empty:
                return
            if not self._tally.note(event) and not self._own(event):
                self._step("callback", told_in_words(event))

    def _own(self, event: Event) -> bool:
        """What the service tells of a watched payment that was made here."""
        return event["action"] == "receive" and event["value"].get("id") in self._tally.accepted

    def _settle(self) -> None:
        """The network behaves again, and what waits comes to its end."""
        if self._faults:
            self._stage.faults(**WELL)
            self._step("faults", "are over")
        end = time.monotonic() + SETTLED_WITHIN
        while self._tally.waiting:
            if time.monotonic() > end:
                raise DemoError(f"{self._tally.waiting} payments have not come to their end: {self._tally.line()}")
            self._listen(0.25)
        self._step("busy", self._tally.line())
        self._audit()

    def _audit(self) -> None:
        """What the network has applied, against what was promised and told."""
        audit = call(f"{self._stage.network.horizon_url}/_sandbox/audit")["payments"]
        times = Counter(str(one["memo"]) for one in audit if one["from"] == self._stage.root and one["memo"])
        wrong = [memo for memo, count in times.items() if count > 1]
        wrong += [
            payment_id
            for payment_id, state in self._tally.told.items()
            if (state == "success") is not (times[f"1-demo-{payment_id}"] == 1)
        ]
        if wrong or self._tally.twice:
            raise DemoError(f"paid twice, or otherwise than told: {', '.join([*wrong, *self._tally.twice])}")
        self._step(
            "audit", f"{len(times):,} payments on the ledger, each once, and all as they were told", "bold green"
        )

    def _step(self, title: str, text: str, style: str = "bold") -> None:
        self._stage.story.step(title, text, style=style)


def told_in_words(event: Event) -> str:
    """A callback in a few words."""
    value = event["value"]
    if event["action"] == "receive":
        return f"{value['sender_address'][:8]}… has paid {value['amount']} to {value['recipient_address'][:8]}…"
    if event["object"] == "wallet":
        return f"wallet {value['wallet_address'][:8]}…: {event['state']}{_why(value)}"
    return f"payment {value['id']}: {event['state']}{_why(value)}"


def _why(value: Event) -> str:
    return f", {value['reason']}" if value.get("reason") else ""
