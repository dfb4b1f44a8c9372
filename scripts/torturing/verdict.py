"""What became of all payments: the ledger and the receiver are the judges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass

from kinpay_server.demo.http import call
from kinpay_server.demo.network import Network
from torturing.receiver import Receiver

MUST_BE_NONE = ("paid_twice", "missing", "false_callbacks", "callbacks_missing")


@dataclass(frozen=True)
class Verdict:
    """The figures; of those in `MUST_BE_NONE` there must be none."""

    payments: int
    paid_twice: int
    missing: int
    false_callbacks: int
    callbacks_missing: int
    callbacks_repeated: int
    kills: int
    seconds: float

    @property
    def good(self) -> bool:
        """True when nothing went wrong."""
        return not any(getattr(self, name) for name in MUST_BE_NONE)

    def __str__(self) -> str:
        """One line a figure."""
        return "\n".join(f"{name.replace('_', ' '):<20} {value:>10,}" for name, value in asdict(self).items())


def judge(
    network: Network, root: str, app_id: str, ids: Collection[str], told: Receiver, *, kills: int, seconds: float
) -> Verdict:
    """A callback is false when it tells a failure, or a transaction that the ledger has not for that payment."""
    audit = call(f"{network.horizon_url}/_sandbox/audit")["payments"]
    ours = [one for one in audit if one["from"] == root and str(one["memo"]).startswith(f"1-{app_id}-")]
    paid = Counter(str(one["memo"]).split("-", 2)[2] for one in ours)
    made = {(str(one["memo"]).split("-", 2)[2], one[key]) for one in ours for key in ("hash", "inner_hash")}
    return Verdict(
        payments=len(ids),
        paid_twice=sum(times > 1 for times in paid.values()),
        missing=sum(one not in paid for one in ids),
        false_callbacks=len(told.failed) + len(told.transactions - made),
        callbacks_missing=sum(one not in told.succeeded for one in ids),
        callbacks_repeated=sum(told.succeeded.values()) - len(told.succeeded),
        kills=kills,
        seconds=round(seconds, 1),
    )
