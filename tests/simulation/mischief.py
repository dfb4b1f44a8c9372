"""What others do with our accounts, and what befalls who runs the service: in some runs, by a luck of its own."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

Span = tuple[float, float]
"""(from, until) in virtual seconds."""


class Use(StrEnum):
    """What somebody does with a channel whose key he has."""

    PAY = "pays XLM"
    JUMP = "bumps its sequence"
    MERGE = "merges it"


class When(StrEnum):
    """Where the channel stands when he does."""

    FREE = "free"
    LENT = "lent"
    WAITING = "its transaction waits in core"
    LANDED = "its transaction has landed and is not settled"


class Wrong(StrEnum):
    """What is wrong with the root account for a while, in the order in which it can be mended."""

    NO_XLM = "no XLM"
    SIGNERS = "its key may not sign"
    FROZEN = "frozen by the issuer"
    HALF_FROZEN = "may keep its KIN and not pay it"
    NO_TRUSTLINE = "no trustline"
    NO_KIN = "no KIN"


@dataclass(frozen=True)
class Meddling:
    """At `moment` or as soon as a channel stands so; a merged one is there again `back_after` seconds later."""

    moment: float
    use: Use
    when: When
    back_after: float | None = None


@dataclass(frozen=True)
class Gap:
    """The service is down from `begin` until `end`, and then Horizon has forgotten all but `kept` ledgers.

    The operator accepts that, or finds a Horizon that has them.
    """

    begin: float
    end: float
    kept: int
    accepted: bool


@dataclass(frozen=True)
class Mischief:
    """All of it in one run. `second` is when another kinpay with the same root account pays through our channels."""

    meddling: tuple[Meddling, ...] = ()
    second: Span | None = None
    root: tuple[tuple[Wrong, Span], ...] = ()
    root_numbers: tuple[float, ...] = ()
    """When somebody pays with a number of root's own, as a wallet does."""

    gap: Gap | None = None
    unheard_of: float = 0.0
    """The chance that what failed on the ledger is shown with a code that nobody knows."""

    start_kills: int = 0
    """How often it is killed, for each read, send and commit at a chance of one in eight, before it may send."""

    list_lag: tuple[int, Span] | None = None
    """Lists come from a replica that is so many ledgers behind; all else from one that is not."""

    loses_witness: bool = False
    """The copy that is put back is served on another host."""

    @property
    def of_channels(self) -> bool:
        """Whether others have their hands on channels."""
        return bool(self.meddling or self.second)


NO_MISCHIEF = Mischief()


def mischief_of(seed: int, trouble: float, *, restored: float | None) -> Mischief:
    """None in most runs. `restored` is when an older copy is put back."""
    luck = Random(f"mischief {seed}")
    if luck.random() < 0.55:
        return NO_MISCHIEF
    kinds = {luck.choice(_KINDS) for _ in range(luck.choice((1, 1, 2, 3)))}
    return Mischief(
        meddling=tuple(_meddling(luck, trouble) for _ in range(luck.randint(1, 3))) if "meddling" in kinds else (),
        second=_span(luck, trouble) if "second" in kinds else None,
        root=tuple((luck.choice(tuple(Wrong)), _span(luck, trouble)) for _ in range(luck.randint(1, 2)))
        if "root" in kinds
        else (),
        root_numbers=tuple(luck.uniform(0, trouble) for _ in range(luck.choice((1, 5))))
        if "root numbers" in kinds
        else (),
        gap=_gap(luck, trouble, restored) if "gap" in kinds else None,
        unheard_of=luck.uniform(0.2, 1.0) if "unheard of" in kinds else 0.0,
        start_kills=luck.randint(1, 6) if "start kills" in kinds else 0,
        list_lag=(luck.randint(2, 9), _span(luck, trouble) if restored is None else (restored, trouble))
        if "list lag" in kinds or (restored is not None and luck.random() < 0.5)
        else None,
        loses_witness=luck.random() < 0.5 and restored is not None,
    )


_KINDS = (
    *("meddling", "meddling", "meddling", "second", "root numbers"),
    *("root", "root", "gap", "unheard of", "start kills", "list lag"),
)


def _meddling(luck: Random, trouble: float) -> Meddling:
    back = luck.choice((None, luck.uniform(1, 60)))
    return Meddling(luck.uniform(0, trouble), luck.choice(tuple(Use)), luck.choice(tuple(When)), back)


def _gap(luck: Random, trouble: float, restored: float | None) -> Gap:
    """Where an older copy is put back, what it has not read is forgotten."""
    begin = luck.uniform(0, trouble * 0.8)
    end = begin + luck.uniform(5, 60)
    if restored is not None:
        begin = end = restored
    return Gap(begin, end, luck.randint(0, 5), luck.random() < 0.6)


def _span(luck: Random, trouble: float) -> Span:
    begin = luck.uniform(0, trouble * 0.9)
    return begin, begin + luck.uniform(5, 60)
