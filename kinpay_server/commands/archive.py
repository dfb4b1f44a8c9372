"""Reads the ledgers of a gap from an archive: the watcher, built with another Horizon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from kinpay_server.commands.opened import alone_with, ledger_of, now
from kinpay_server.commands.opening import Unheard
from kinpay_server.config import Settings
from kinpay_server.ledger.client import HorizonLedger
from kinpay_server.ledger.signer import StellarSigner
from kinpay_server.services.accept_gap import AcceptGap, Gap
from kinpay_server.services.found_payments import FoundPayments
from kinpay_server.services.health import Health
from kinpay_server.services.held import Held
from kinpay_server.services.network_view import NetworkView
from kinpay_server.services.pressure import Pressure
from kinpay_server.services.read_archive import CHECK, ReadArchive
from kinpay_server.services.read_history import ReadHistory
from kinpay_server.services.settle_fundings import SettleFundings
from kinpay_server.services.settle_payments import SettlePayments
from kinpay_server.services.watch_ledger import WatchLedger
from kinpay_server.storage.archive import ArchiveSettlements
from kinpay_server.storage.channels import Channels
from kinpay_server.storage.database import Database
from kinpay_server.storage.gap import Gaps


@dataclass(frozen=True, slots=True)
class Archived:
    """What was read: the gap, how many payments nobody knew, how many attempts were settled, and what is not well."""

    gap: Gap
    found: int
    settled: int
    warnings: tuple[str, ...]


async def read_archive(settings: Settings, url: str, progress: Callable[[int, int, int], None]) -> Archived | None:
    """What was found in the gap; None when there is no gap.

    `progress` is told of the ledger that was read last, of the one where the gap ends, and of how many payments were
    found or settled by then. Raises `Refused`, `LedgerUnavailable`, `WrongNetwork`.
    """
    elsewhere = replace(settings, stellar=replace(settings.stellar, horizon_url=url))
    with alone_with(settings) as database:
        async with ledger_of(settings) as (ledger, signer), ledger_of(elsewhere) as (archive, _):
            gaps = AcceptGap(Gaps(database), ledger, passphrase=settings.stellar.network, clock=now)
            gap, health = await gaps.gap(), Health(now)
            if gap is None:
                return None
            last = gap.last
            store = ArchiveSettlements(database, lambda at, payments: progress(at, max(at, last), payments))
            read = await _reading(settings, database, gaps, store, archive, signer, health)()
            warnings = [check.message for name, check in health.checks.items() if not check.ok and name != CHECK]
            return Archived(read or gap, store.found, store.settled, tuple(warnings))


async def _not_looked_at() -> frozenset[str]:
    """What somebody has done with channels that long ago: the service looks at what they are now."""
    return frozenset()


def _reading(
    settings: Settings,
    database: Database,
    gaps: AcceptGap,
    store: ArchiveSettlements,
    archive: HorizonLedger,
    signer: StellarSigner,
    health: Health,
) -> ReadArchive:
    """As `wiring` builds the watcher for the service; nobody is nudged, since the service does not run."""
    stellar, root = settings.stellar, signer.root_address
    fundings = SettleFundings(Channels(database), archive, signer, starting_balance=stellar.channel_xlm, health=health)
    settle = SettlePayments(
        store,
        fundings,
        Held(store, health=health),
        root_address=root,
        pressure=Pressure(stellar.max_channels),
        health=health,
        nudge=Unheard(),
        clock=now,
    )
    watch = WatchLedger(
        store,
        archive,
        settle,
        FoundPayments(store, archive, root_address=root, health=health, clock=now),
        root_address=root,
        channel_addresses=_not_looked_at,
        health=health,
        clock=now,
    )
    view = NetworkView(archive, passphrase=stellar.network, max_bid=stellar.max_base_fee, health=health, clock=now)
    history = ReadHistory(archive, watch, view, root_address=root, health=health)
    return ReadArchive(Gaps(database), gaps, watch, history, view=view)
