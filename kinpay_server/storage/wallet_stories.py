"""Wallets as an operator sees them: the newest, the story of one; and letting a held one be tried again."""

from typing import Any, cast

from sqlalchemy import Connection, Row, exists, select, update

from kinpay_server.domain.wallet import Wallet, WalletStatus
from kinpay_server.services.records import CallbackRecord
from kinpay_server.services.wallet_story import WalletStory
from kinpay_server.storage.callback_list import LAST, RECORD, to_record
from kinpay_server.storage.database import Database
from kinpay_server.storage.stories import attempts_where
from kinpay_server.storage.tables import OPEN, WALLET_HELD, WALLETS_AS_WRITTEN, attempts, callbacks, wallets
from kinpay_server.storage.wallets import COLUMNS, to_wallet


class WalletStories:
    """Implements `HeldWalletStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self, *, status: WalletStatus | None, held: bool, limit: int) -> list[Wallet]:
        """The wallets posted last; of one status, or those that are held."""
        query = select(*COLUMNS).limit(limit)
        if status is not None:
            query = query.where(wallets.c.status == status)
        if held:
            query = query.where(WALLET_HELD).order_by(wallets.c.created_at.desc())
        else:
            query = query.order_by(WALLETS_AS_WRITTEN.desc())
        return await self._database.read(lambda connection: [to_wallet(row) for row in connection.execute(query)])

    async def story(self, address: str) -> WalletStory | None:
        """See the port."""
        return await self._database.read(lambda connection: _story(connection, address))

    async def accept_again(self, address: str, reason: str, now: int) -> bool:
        """See the port."""
        return cast(bool, await self._database.write(_accept_again, (address, reason, now)))


def _story(connection: Connection, address: str) -> WalletStory | None:
    row = connection.execute(select(*COLUMNS, wallets.c.updated_at).where(wallets.c.address == address)).one_or_none()
    if row is None:
        return None
    *wallet, updated_at = row
    return WalletStory(
        to_wallet(cast(Row[*tuple[Any, ...]], wallet)),
        updated_at,
        tuple(attempts_where(connection, attempts.c.wallet_address == address)),
        tuple(_callbacks(connection, address)),
    )


def _callbacks(connection: Connection, address: str) -> list[CallbackRecord]:
    """Those of its attempts, and those that told a later post that it exists (`storage.wallets`)."""
    of_attempts = callbacks.c.attempt_hash.in_(select(attempts.c.hash).where(attempts.c.wallet_address == address))
    beginning = f"wallet-{address}-"
    of_posts = (callbacks.c.id >= beginning) & (callbacks.c.id < beginning + LAST)
    found = [
        to_record(row)
        for condition in (of_attempts, of_posts)
        for row in connection.execute(select(*RECORD).where(condition))
    ]
    return sorted(found, key=lambda one: one.created_at)


def _accept_again(connection: Connection, batch: list[tuple[str, str, int]]) -> list[bool]:
    return [_accept_one(connection, address, reason, now) for address, reason, now in batch]


def _accept_one(connection: Connection, address: str, reason: str, now: int) -> bool:
    """The condition says again what was judged; a wallet that is not so any more is left as it is."""
    may_exist = exists().where(attempts.c.wallet_address == wallets.c.address, OPEN | (attempts.c.successful == 1))
    changed = connection.execute(
        update(wallets)
        .where(wallets.c.address == address, WALLET_HELD)
        .where(wallets.c.reason == reason, ~may_exist)
        .values(status=WalletStatus.ACCEPTED, reason=None, updated_at=now)
    )
    return changed.rowcount == 1
