"""Creates channels: through the running service, or here when there is none."""

from __future__ import annotations

from kinpay_server.commands.opened import database_of, ledger_of, now
from kinpay_server.commands.progress import counting
from kinpay_server.config import Settings
from kinpay_server.ledger.client import HorizonLedger
from kinpay_server.ledger.signer import StellarSigner
from kinpay_server.services.create_channels import OpenHere, WatchOpening, must_afford
from kinpay_server.services.refusals import Refused
from kinpay_server.storage.channel_list import ChannelList
from kinpay_server.storage.condition import file_of
from kinpay_server.storage.database import Database
from kinpay_server.storage.lock import DatabaseInUse, ProcessLock
from kinpay_server.storage.migrate import DatabaseTooNew, upgrade


async def create_channels(settings: Settings, count: int) -> list[int]:
    """Plans so many channels and returns their indexes once they are open. Raises `Refused`, `LedgerUnavailable`."""
    try:
        lock = ProcessLock(file_of(settings.storage.url))
    except DatabaseInUse:
        return await _create(settings, count, here=False)
    except OSError as error:
        raise Refused(f"the database {file_of(settings.storage.url)} cannot be used: {error}") from None
    try:
        _upgrade(settings)
        return await _create(settings, count, here=True)
    finally:
        lock.release()


def _upgrade(settings: Settings) -> None:
    """As the service does when it starts."""
    try:
        upgrade(settings.storage.url)
    except DatabaseTooNew as error:
        raise Refused(str(error)) from None


async def _create(settings: Settings, count: int, *, here: bool) -> list[int]:
    with database_of(settings) as database:
        async with ledger_of(settings) as (ledger, signer):
            opening = await _begin(settings, database, ledger, signer) if here else None
            await must_afford(ledger, signer.root_address, count=count, channel_xlm=settings.stellar.channel_xlm)
            store = ChannelList(database)
            indexes = await store.plan(count, settings.stellar.max_channels, signer.channel_address, now())
            with counting("opening channels", count) as progress:
                await WatchOpening(store, now)(indexes, progress, opening.round if opening else None)
            return indexes


async def _begin(settings: Settings, database: Database, ledger: HorizonLedger, signer: StellarSigner) -> OpenHere:
    from kinpay_server.commands.opening import open_here

    opening = open_here(settings, database, ledger, signer)
    await opening.begin()
    return opening
