"""What `/status` shows: whether the service can do its work, and each thing that was looked at, in words."""

from dataclasses import dataclass
from typing import Any

from kinpay_server.services.health import Check, Health

OK = "ok"
UNWELL = "unwell"


@dataclass(frozen=True, slots=True)
class Identity:
    """Which service this is. `start_time` is in ISO 8601; `build` tells when and from what it was built."""

    app_name: str
    start_time: str
    build: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class StatusReport:
    """One look at the service."""

    identity: Identity
    health: Health

    @property
    def healthy(self) -> bool:
        """True while payments are sent; they are accepted even when it is False."""
        return self.health.may_send

    def as_value(self) -> dict[str, Any]:
        """The JSON object of `GET /status`."""
        return {
            "app_name": self.identity.app_name,
            "status": OK if self.healthy else UNWELL,
            "start_time": self.identity.start_time,
            "build": self.identity.build,
            "checks": {name: _as_value(check) for name, check in sorted(self.health.checks.items())},
        }


def _as_value(check: Check) -> dict[str, Any]:
    return {"status": OK if check.ok else UNWELL, "message": check.message, "payments_wait": check.blocking}
