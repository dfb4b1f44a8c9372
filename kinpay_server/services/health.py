"""What is well and what is not, in words; and whether payments may be sent at present."""

import re
from dataclasses import dataclass, field

import structlog

from kinpay_server.domain.amount import MAX_STROOPS
from kinpay_server.services.ports import Clock

REPEAT_AFTER = 60_000
"""Something that stays bad is logged again after so many milliseconds, and not more often."""

KINDS = 500
"""When of so many sentences is known when they were logged, all are forgotten."""

_AMOUNT = re.compile(r"(?<![\w.,-])[0-9][0-9.,]*(?![\w-])")

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Check:
    """One thing that was looked at. While a `blocking` one is bad, no payment is sent: they wait.

    `logged`: the log says that it is not well.
    """

    ok: bool
    message: str
    blocking: bool
    logged: bool = False


@dataclass(slots=True)
class Health:
    """Collects what the parts of the service report of themselves; lives in memory, for one process."""

    clock: Clock
    checks: dict[str, Check] = field(default_factory=dict)
    can_pay: int = MAX_STROOPS
    """The largest payment that root can make at present, in stroops; larger ones wait and do not stop the others."""

    can_give: int = MAX_STROOPS
    """The XLM that root can give to new wallets at present, in stroops; those beyond wait and do not stop payments."""

    logged: dict[tuple[str, str], int] = field(default_factory=dict)
    """When what is not well was logged last, by check and sentence."""

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
        if before is not None and before.logged:
            log.info("well again", check=name, message=message)

    def bad(self, name: str, message: str, *, blocking: bool = True) -> None:
        """Report what is wrong and what to do; logged at once, and once a minute while it stays or comes again.

        Amounts that change make no other trouble of it.
        """
        before = self.checks.get(name)
        check = self.checks[name] = Check(ok=False, message=message, blocking=blocking)
        check.logged = before is not None and before.logged
        now, kind = self.clock(), (name, _AMOUNT.sub("#", message))
        if not 0 <= now - self.logged.get(kind, now - REPEAT_AFTER) < REPEAT_AFTER:
            if len(self.logged) >= KINDS:
                self.logged.clear()
            self.logged[kind] = now
            check.logged = True
            log.error("not well", check=name, message=message, payments_wait=blocking)
