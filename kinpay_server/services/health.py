"""What is well and what is not, in words; and whether payments may be sent at present."""

from dataclasses import dataclass, field

import structlog

from kinpay_server.domain.amount import MAX_STROOPS
from kinpay_server.services.ports import Clock

REPEAT_AFTER = 60_000
"""Something that stays bad is logged again after so many milliseconds, and not more often."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Check:
    """One thing that was looked at. While a `blocking` one is bad, no payment is sent: they wait."""

    ok: bool
    message: str
    blocking: bool
    logged_at: int = 0


@dataclass(slots=True)
class Health:
    """Collects what the parts of the service report of themselves; lives in memory, for one process."""

    clock: Clock
    checks: dict[str, Check] = field(default_factory=dict)
    can_pay: int = MAX_STROOPS
    """The largest payment that root can make at present, in stroops; larger ones wait and do not stop the others."""

    @property
    def may_send(self) -> bool:
        """True while nothing speaks against sending payments."""
        return all(check.ok or not check.blocking for check in self.checks.values())

    def pending(self, name: str, message: str) -> None:
        """Report what is not known yet; nothing is sent until it is."""
        self.checks[name] = Check(ok=False, message=message, blocking=True)

    def good(self, name: str, message: str = "ok") -> None:
        """Report that it is well; logged when it was not before."""
        before = self.checks.get(name)
        self.checks[name] = Check(ok=True, message=message, blocking=False)
        if before is not None and not before.ok:
            log.info("well again", check=name, message=message)

    def bad(self, name: str, message: str, *, blocking: bool = True) -> None:
        """Report what is wrong and what to do; logged at once, and once a minute while it stays."""
        now = self.clock()
        before = self.checks.get(name)
        check = Check(ok=False, message=message, blocking=blocking)
        self.checks[name] = check
        if before is not None and (before.ok, before.message) == (False, message):
            check.logged_at = before.logged_at
        if now - check.logged_at >= REPEAT_AFTER:
            check.logged_at = now
            log.error("not well", check=name, message=message, payments_wait=blocking)
