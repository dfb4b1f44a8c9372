"""Check the setup: everything that a payment needs, one finding each: what, good or bad, what to do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kinpay_server.domain.amount import amount_of
from kinpay_server.services.check_account import RootAccount, account_findings
from kinpay_server.services.findings import Finding, bad, good
from kinpay_server.services.ports import Clock, Ledger, LedgerUnavailable, NetworkState, Signer
from kinpay_server.services.watch_ledger import LEDGER_BITS

OLD_SECONDS = 60
"""A newest ledger that closed so many seconds ago means that Horizon, or the network, stands still."""

AWAY_SECONDS = 60
"""A service that runs and was last at work so many seconds ago hangs."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits, and what needs an operator; `waiting_amount` in stroops, `at_work` in milliseconds since 1970.

    `channels` counts them by state, `a_channel` is one of them, index and address.
    """

    waiting: int
    waiting_amount: int
    held: int
    held_ids: tuple[str, ...]
    channels: Mapping[str, int]
    a_channel: tuple[int, str] | None
    callbacks_waiting: int
    callbacks_dead: int
    cursor: str | None
    at_work: int | None


@dataclass(frozen=True, slots=True)
class Setup:
    """What is configured; amounts in stroops."""

    horizon_url: str
    passphrase: str
    asset_code: str
    max_channels: int
    channel_xlm: int


class CheckSetup:
    """The use case behind `kinpay check`; changes nothing. Without a `backlog` there is no database yet."""

    def __init__(
        self, setup: Setup, ledger: Ledger, signer: Signer, *, backlog: Backlog | None, served: bool, clock: Clock
    ) -> None:
        self._setup = setup
        self._ledger = ledger
        self._signer = signer
        self._backlog = backlog
        self._served = served
        self._clock = clock

    async def __call__(self) -> list[Finding]:
        """All findings, in the order in which they should be mended."""
        findings = [self._service(), *await self._of_ledger()]
        if self._backlog is not None:
            findings += _backlog_findings(self._backlog, self._signer, self._setup.max_channels)
        return findings

    def _service(self) -> Finding:
        at_work = self._backlog.at_work if self._backlog else None
        if not self._served:
            return good("service", "does not run at present")
        away = None if at_work is None else (self._clock() - at_work) // 1000
        if away is None or away > AWAY_SECONDS:
            since = "has not been at work yet" if away is None else f"was last at work {away} s ago"
            return bad("service", f"runs, and {since}", "see GET /status, and its log")
        return good("service", f"runs, and was at work {max(away, 0)} s ago")

    async def _of_ledger(self) -> list[Finding]:
        try:
            state = await self._ledger.network()
        except LedgerUnavailable as error:
            return [bad("horizon", f"{self._setup.horizon_url}: {error}", "is horizon_url right, and Horizon up?")]
        findings = [good("horizon", f"{self._setup.horizon_url} answers"), *self._network(state)]
        if state.passphrase != self._setup.passphrase:
            return findings
        try:
            account = await self._ledger.account(self._signer.root_address)
        except LedgerUnavailable as error:
            return [*findings, bad("root account", f"cannot be read: {error}", "try again")]
        return [*findings, *account_findings(account, self._root())]

    def _root(self) -> RootAccount:
        backlog = self._backlog
        existing = sum(backlog.channels.get(state, 0) for state in ("free", "lent")) if backlog else 0
        return RootAccount(
            self._signer.root_address,
            self._setup.asset_code,
            waiting=backlog.waiting_amount if backlog else 0,
            channels_to_come=max(0, self._setup.max_channels - existing - (_retired(backlog) if backlog else 0)),
            channel_xlm=self._setup.channel_xlm,
            max_channels=self._setup.max_channels,
        )

    def _network(self, state: NetworkState) -> Iterator[Finding]:
        if state.passphrase != self._setup.passphrase:
            yield bad(
                "passphrase",
                f"Horizon serves the network {state.passphrase!r}, [stellar] network is {self._setup.passphrase!r}",
                "mend [stellar] network or horizon_url",
            )
            return
        yield good("passphrase", f"{state.passphrase!r}")
        yield self._age(state)
        cursor = self._backlog.cursor if self._backlog else None
        if cursor is not None:
            yield _history(int(cursor) >> LEDGER_BITS, state)

    def _age(self, state: NetworkState) -> Finding:
        age = self._clock() // 1000 - state.closed_at
        text = f"ledger {state.latest_ledger} closed {age} s ago"
        if age > OLD_SECONDS:
            return bad("newest ledger", text, "Horizon stands still, or this host's clock is fast: use another, set it")
        if age < -OLD_SECONDS:
            return bad("newest ledger", f"ledger {state.latest_ledger} closed {-age} s ahead", "set this host's clock")
        return good("newest ledger", text)


def _history(read_until: int, state: NetworkState) -> Finding:
    if read_until < state.elder_ledger - 1:
        return bad(
            "history",
            f"Horizon's begins at ledger {state.elder_ledger}, and root's was read up to {read_until}: nothing is sent",
            "use a Horizon with more history, or look yourself and then `kinpay reconcile --accept-gap`",
        )
    return good("history", f"begins at ledger {state.elder_ledger}, root's was read up to {read_until}")


def _backlog_findings(backlog: Backlog, signer: Signer, most: int) -> Iterator[Finding]:
    yield _channels(backlog, most)
    if backlog.a_channel is not None:
        index, address = backlog.a_channel
        if signer.channel_address(index) != address:
            yield bad("channel keys", f"the seed and salt do not give channel {index}", "set the former channel_salt")
    yield _payments(backlog)
    yield _callbacks(backlog)


def _channels(backlog: Backlog, most: int) -> Finding:
    carrying = backlog.channels.get("free", 0) + backlog.channels.get("lent", 0)
    counts = ", ".join(f"{count} {state}" for state, count in sorted(backlog.channels.items()))
    text = f"{counts or 'none yet'} of {most}: they carry {carrying} payments a ledger at most"
    if backlog.waiting > carrying and sum(backlog.channels.values()) >= most:
        return good("channels", f"{text}, and they are what limits: more of them (max_channels) carry more")
    return good("channels", text)


def _payments(backlog: Backlog) -> Finding:
    waiting = f"{backlog.waiting} wait ({amount_of(backlog.waiting_amount)})"
    if not backlog.held:
        return good("payments", f"{waiting}, none is held")
    named = ", ".join(backlog.held_ids) + (", …" if backlog.held > len(backlog.held_ids) else "")
    return bad(
        "payments",
        f"{waiting}, {backlog.held} held: {named}",
        "`kinpay payments show ID`, then `… retry ID` when mended",
    )


def _callbacks(backlog: Backlog) -> Finding:
    text = f"{backlog.callbacks_waiting} wait, {backlog.callbacks_dead} dead"
    if backlog.callbacks_dead:
        return bad("callbacks", text, "`kinpay callbacks list --dead`; mend the receivers, then `… replay --all-dead`")
    return good("callbacks", text)


def _retired(backlog: Backlog) -> int:
    return backlog.channels.get("retired", 0)
