"""Check what waits in the database, and what needs an operator."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kinpay_server.domain.amount import readable
from kinpay_server.services.findings import Finding, bad, good
from kinpay_server.services.ports import Signer


@dataclass(frozen=True, slots=True)
class Held:
    """What waits for an operator: how many, and the names of the oldest of them."""

    count: int
    names: tuple[str, ...]

    def __str__(self) -> str:
        """For people."""
        more = ", …" if self.count > len(self.names) else ""
        return f"{self.count:,} held: {', '.join(self.names)}{more}"


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits, and what needs an operator; `waiting_amount` in stroops, `at_work` in milliseconds since 1970.

    `channels` counts them by state, `a_channel` is one of them, index and address.
    """

    waiting: int
    waiting_amount: int
    held: Held
    wallets_waiting: int
    wallets_held: Held
    channels: Mapping[str, int]
    a_channel: tuple[int, str] | None
    callbacks_waiting: int
    callbacks_dead: int
    cursor: str | None
    at_work: int | None

    def channels_to_come(self, most: int) -> int:
        """How many more there may be; a retired one makes room for another."""
        return max(0, most - sum(self.channels.get(state, 0) for state in ("free", "lent")))


def backlog_findings(backlog: Backlog, signer: Signer, *, asset_code: str, max_channels: int) -> Iterator[Finding]:
    """One finding for each noun."""
    yield _channels(backlog, max_channels)
    if backlog.a_channel is not None:
        index, address = backlog.a_channel
        if signer.channel_address(index) != address:
            yield bad("channel keys", f"the seed and salt do not give channel {index}", "set the former channel_salt")
    waiting = f"{backlog.waiting:,} wait" + (
        f" for {readable(backlog.waiting_amount)} {asset_code}" * bool(backlog.waiting)
    )
    yield _waiting("payments", waiting, backlog.held, "ID")
    yield _waiting("wallets", f"{backlog.wallets_waiting:,} wait", backlog.wallets_held, "ADDRESS")
    yield _callbacks(backlog)


def _channels(backlog: Backlog, most: int) -> Finding:
    carrying = backlog.channels.get("free", 0) + backlog.channels.get("lent", 0)
    counts = ", ".join(f"{count} {state}" for state, count in sorted(backlog.channels.items()))
    text = f"{counts or 'none yet'} of {most}: they carry {carrying} payments a ledger at most"
    if backlog.waiting > carrying >= most:
        return good("channels", f"{text}, and they are what limits: more of them (max_channels) carry more")
    return good("channels", text)


def _waiting(what: str, waiting: str, held: Held, name: str) -> Finding:
    if not held.count:
        return good(what, f"{waiting}, none is held")
    return bad(
        what, f"{waiting}, {held}", f"`kinpay {what} show {name}`, then `kinpay {what} retry {name}` when mended"
    )


def _callbacks(backlog: Backlog) -> Finding:
    text = f"{backlog.callbacks_waiting:,} wait, {backlog.callbacks_dead:,} are dead"
    if backlog.callbacks_dead:
        mend = "`kinpay callbacks list --dead`; mend the receivers, then `kinpay callbacks replay --all-dead`"
        return bad("callbacks", text, mend)
    return good("callbacks", text)
