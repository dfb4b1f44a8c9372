"""Check the setup: everything that a payment needs, one finding each: what, good or bad, what to do."""

from collections.abc import Iterator
from dataclasses import dataclass

from kinpay_server.services.check_account import RootAccount, account_findings
from kinpay_server.services.check_backlog import Backlog, backlog_findings
from kinpay_server.services.check_network import network_findings
from kinpay_server.services.findings import Finding, bad, good
from kinpay_server.services.ports import Clock, Ledger, LedgerUnavailable, NetworkState, Signer

AWAY_SECONDS = 60
"""A service that runs and was last at work so many seconds ago hangs."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What is configured; amounts in stroops."""

    horizon_url: str
    passphrase: str
    asset_code: str
    max_channels: int
    channel_xlm: int
    starting_balance: int


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
            code, most = self._setup.asset_code, self._setup.max_channels
            findings += backlog_findings(self._backlog, self._signer, asset_code=code, max_channels=most)
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
        backlog, most = self._backlog, self._setup.max_channels
        return RootAccount(
            self._signer.root_address,
            self._setup.asset_code,
            waiting=backlog.waiting_amount if backlog else 0,
            channels_to_come=backlog.channels_to_come(most) if backlog else most,
            channel_xlm=self._setup.channel_xlm,
            max_channels=most,
            wallets_to_come=backlog.wallets_waiting if backlog else 0,
            starting_balance=self._setup.starting_balance,
        )

    def _network(self, state: NetworkState) -> Iterator[Finding]:
        cursor = self._backlog.cursor if self._backlog else None
        return network_findings(state, passphrase=self._setup.passphrase, cursor=cursor, now=self._clock())
