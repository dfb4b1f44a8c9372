"""What commands work with: the database and the ledger of a service, opened and closed again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kinpay_server import logs
from kinpay_server.domain.errors import KinpayError
from kinpay_server.services.network_view import WrongNetwork
from kinpay_server.services.ports import LedgerUnavailable
from kinpay_server.services.refusals import Refused

if TYPE_CHECKING:
    from kinpay_server.config import Settings
    from kinpay_server.ledger.client import HorizonLedger
    from kinpay_server.ledger.signer import StellarSigner
    from kinpay_server.storage.database import Database

T = TypeVar("T")


def now() -> int:
    """The wall clock in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def run(work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns. What keeps it from its end is told in one sentence, with status 1."""
    logs.configure("error", "console")
    with refusing():
        return asyncio.run(work)


@contextmanager
def refusing() -> Iterator[None]:
    """What keeps the block from its end is told in one sentence, with status 1."""
    try:
        yield
    except LedgerUnavailable as error:
        raise click.ClickException(f"Horizon does not tell: {error}") from None
    except (KinpayError, Refused, WrongNetwork) as error:
        raise click.ClickException(str(error)) from None


@contextmanager
def database_of(settings: Settings) -> Iterator[Database]:
    """The service's database, which must exist and have this version's schema. Raises `Refused`."""
    from kinpay_server.storage.condition import require_schema
    from kinpay_server.storage.database import Database

    require_schema(settings.storage.url)
    database = Database(settings.storage.url)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def alone_with(settings: Settings) -> Iterator[Database]:
    """The same, while no service runs on it and none can start. Raises `Refused`."""
    from kinpay_server.storage.condition import file_of, require_schema
    from kinpay_server.storage.lock import DatabaseInUse, ProcessLock

    require_schema(settings.storage.url)
    try:
        lock = ProcessLock(file_of(settings.storage.url))
    except DatabaseInUse as error:
        raise Refused(f"{error}: stop it first") from None
    except OSError as error:
        raise Refused(f"the database {file_of(settings.storage.url)} cannot be used: {error}") from None
    try:
        with database_of(settings) as database:
            yield database
    finally:
        lock.release()


@asynccontextmanager
async def ledger_of(settings: Settings) -> AsyncIterator[tuple[HorizonLedger, StellarSigner]]:
    """The configured Horizon, and what knows the root account's and the channels' keys."""
    from kinpay_server.ledger.client import HorizonLedger

    signer, stellar = signer_of(settings), settings.stellar
    async with HorizonLedger(
        stellar.horizon_url,
        passphrase=stellar.network,
        asset_code=stellar.kin_token_name,
        asset_issuer=stellar.kin_issuer_address,
        signer=signer,
    ) as ledger:
        yield ledger, signer


def signer_of(settings: Settings) -> StellarSigner:
    """What knows the keys."""
    from kinpay_server.ledger.signer import StellarSigner

    stellar = settings.stellar
    return StellarSigner(
        stellar.base_seed,
        channel_salt=stellar.channel_salt,
        passphrase=stellar.network,
        asset_code=stellar.kin_token_name,
        asset_issuer=stellar.kin_issuer_address,
    )
