"""Check what Horizon says of the network: is it ours, does it go on, and does it show all that we have not read?"""

from collections.abc import Iterator

from kinpay_server.services.findings import Finding, bad, good
from kinpay_server.services.ports import NetworkState
from kinpay_server.services.watch_ledger import LEDGER_BITS

OLD_SECONDS = 60
"""A newest ledger that closed so many seconds ago means that Horizon, or the network, stands still."""

AHEAD_SECONDS = 5
"""A ledger that closed so many seconds from now means that this host's clock is slow: ledgers are not that early."""


def network_findings(state: NetworkState, *, passphrase: str, cursor: str | None, now: int) -> Iterator[Finding]:
    """One finding each; of another network nothing more is told. `now` is this host's, in milliseconds since 1970."""
    if state.passphrase != passphrase:
        yield bad(
            "passphrase",
            f"Horizon serves the network {state.passphrase!r}, [stellar] network is {passphrase!r}",
            "mend [stellar] network or horizon_url",
        )
        return
    yield good("passphrase", f"{state.passphrase!r}")
    age = now // 1000 - state.closed_at
    yield _newest(state, age)
    if age <= OLD_SECONDS:
        yield _clock(age)
    if cursor is not None:
        yield _history(int(cursor) >> LEDGER_BITS, state)


def _newest(state: NetworkState, age: int) -> Finding:
    lag = state.core_ledger - state.latest_ledger
    text = f"{state.latest_ledger}, closed {max(age, 0)} s ago by this host's clock"
    if age > OLD_SECONDS:
        return bad("newest ledger", text, "Horizon stands still (use another), or this host's clock is fast (set it)")
    return good("newest ledger", text + (f"; history is {lag} ledgers behind core" if lag > 1 else ""))


def _clock(age: int) -> Finding:
    if age < -AHEAD_SECONDS:
        return bad("clock", f"the newest ledger closed {-age} s from now: this host's clock is slow", "set it (NTP)")
    if age > OLD_SECONDS:
        return bad(
            "clock", f"the newest ledger closed {age} s ago: this host's clock may be fast", "compare, and set it"
        )
    return good("clock", "agrees with the close time of the newest ledger")


def _history(read_until: int, state: NetworkState) -> Finding:
    if read_until < state.elder_ledger - 1:
        return bad(
            "history",
            f"Horizon's begins at ledger {state.elder_ledger}, and root's was read up to {read_until}: nothing is sent",
            "`kinpay reconcile --from-archive-gap URL` reads it from a Horizon that has it; without URL you confirm",
        )
    return good("history", f"begins at ledger {state.elder_ledger}, root's was read up to {read_until}")
