"""Wallets: accepting a post under the lock of its address, and claiming what waits to be created."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, cast

from sqlalchemy import Connection, Row, bindparam, exists, insert, select, update

from kinpay_server.domain.attempt import Attempt
from kinpay_server.domain.callback import POSTED_AGAIN
from kinpay_server.domain.wallet import (
    ACCOUNT_EXISTS,
    EXISTS_CODE,
    TRANSITIONS,
    NewWallet,
    Repeat,
    Wallet,
    WalletStatus,
    judge_repeat,
    wallet_failed,
)
from kinpay_server.exact_json import dumps
from kinpay_server.services.ports import NewCallback, WalletClaim
from kinpay_server.storage.callbacks import insert_callbacks, without_known
from kinpay_server.storage.channels import free_lent, lend
from kinpay_server.storage.database import Database
from kinpay_server.storage.submissions import Submissions
from kinpay_server.storage.tables import OPEN, WALLET_ACCEPTED, attempts, wallets
from kinpay_server.storage.transitions import moves
from kinpay_server.storage.wallet_posts import callback_id, note_post
from kinpay_server.storage.withdrawn_callbacks import withdraw_of_wallet

_CLAIMED = moves(wallets.c.status, WalletStatus.ACCEPTED, WalletStatus.SUBMITTED, table=TRANSITIONS)
_GIVEN_BACK = moves(wallets.c.status, WalletStatus.SUBMITTED, WalletStatus.ACCEPTED, table=TRANSITIONS)

COLUMNS = tuple(wallets.c[field.name] for field in fields(Wallet))
_POSTED = tuple(field.name for field in fields(NewWallet))
_TRY_AGAIN = (
    update(wallets)
    .where(
        wallets.c.address == bindparam("the_address"),
        moves(wallets.c.status, WalletStatus.FAILED, WalletStatus.ACCEPTED, table=TRANSITIONS),
    )
    .values(
        status=WalletStatus.ACCEPTED,
        reason=None,
        app_id=bindparam("the_app"),
        id=bindparam("the_id"),
        callback=bindparam("the_callback"),
        request_id=bindparam("the_request"),
        updated_at=bindparam("at"),
    )
)


class Wallets:
    """Implements `WalletAcceptanceStore` and `WalletStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._submissions = Submissions(database)

    async def accept_wallet(self, posted: NewWallet) -> None:
        """See the port."""
        await self._database.write(accept_all, posted)

    async def claim_wallets(self, limit: int, now: int) -> list[WalletClaim]:
        """See the port."""
        return cast(list[WalletClaim], await self._database.write(_claim, (limit, now)))

    async def record_attempts(self, attempts: Sequence[Attempt]) -> None:
        """See the port."""
        await self._submissions.record_attempts(attempts)

    async def release_wallets(self, claims: Sequence[WalletClaim], now: int) -> None:
        """See the port."""
        await self._database.write(_release, (claims, now))

    async def waiting_wallets(self) -> int:
        """See the port."""
        return await self._submissions.waiting_wallets()


def to_wallet(row: Row[*tuple[Any, ...]]) -> Wallet:
    """A row of `COLUMNS` as a wallet."""
    wallet = Wallet(*tuple(row))
    return replace(wallet, status=WalletStatus(wallet.status))


def wallets_by_address(connection: Connection, addresses: Sequence[str]) -> dict[str, Wallet]:
    """The wallets with those addresses."""
    query = select(*COLUMNS).where(wallets.c.address.in_(addresses))
    return {row.address: to_wallet(row) for row in connection.execute(query)}


def accept_all(connection: Connection, batch: list[NewWallet]) -> list[None]:
    """Record all posts that wait, each judged as if it had come alone."""
    known = wallets_by_address(connection, [posted.address for posted in batch])
    exist: list[NewWallet] = []
    for posted in batch:
        before = known.get(posted.address)
        repeat = None if before is None else judge_repeat(before, posted)
        if repeat is None:
            connection.execute(insert(wallets), _row(posted))
        elif repeat is Repeat.TRY_AGAIN:
            connection.execute(_TRY_AGAIN, _again(posted))
            withdraw_of_wallet(connection, posted.address, posted.callback, POSTED_AGAIN, posted.created_at)
        elif repeat is Repeat.TELL_TOO:
            note_post(connection, posted)
        elif repeat is Repeat.TELL_EXISTS:
            exist.append(posted)
        if repeat in (None, Repeat.TRY_AGAIN):
            known[posted.address] = Wallet.posted(posted)
    _tell_exists(connection, exist)
    return [None] * len(batch)


def free_wallet_claims(connection: Connection, now: int, addresses: Sequence[str] | None = None) -> int:
    """Give back wallets that are claimed while no attempt of theirs is open: the given ones, or all.

    One that is held for the operator has a reason, and stays.
    """
    open_attempt = exists().where(attempts.c.wallet_address == wallets.c.address, OPEN)
    statement = update(wallets).where(_GIVEN_BACK, wallets.c.reason.is_(None), ~open_attempt)
    if addresses is not None:
        statement = statement.where(wallets.c.address.in_(addresses))
    return connection.execute(statement.values(status=WalletStatus.ACCEPTED, updated_at=now)).rowcount


def _row(posted: NewWallet) -> dict[str, Any]:
    row = {name: getattr(posted, name) for name in _POSTED}
    return row | {"status": WalletStatus.ACCEPTED, "updated_at": posted.created_at}


def _again(posted: NewWallet) -> dict[str, Any]:
    return {
        "the_address": posted.address,
        "the_app": posted.app_id,
        "the_id": posted.id,
        "the_callback": posted.callback,
        "the_request": posted.request_id,
        "at": posted.created_at,
    }


def _tell_exists(connection: Connection, posts: Sequence[NewWallet]) -> None:
    """A fail callback for each post of a wallet that exists; the same post again is told once."""
    new = {one.id: one for posted in posts if (one := _exists_callback(posted)) is not None}
    if new:
        insert_callbacks(connection, without_known(connection, list(new.values())), posts[0].created_at)


def _exists_callback(posted: NewWallet) -> NewCallback | None:
    if posted.callback is None:
        return None
    body = dumps(wallet_failed(posted, ACCOUNT_EXISTS, EXISTS_CODE).body())
    told_by = callback_id(posted.address, posted.id, posted.callback, posted.request_id)
    return NewCallback(told_by, None, None, posted.callback, body)


def _claim(connection: Connection, batch: list[tuple[int, int]]) -> list[list[WalletClaim]]:
    return [_claim_once(connection, limit, now) for limit, now in batch]


def _claim_once(connection: Connection, limit: int, now: int) -> list[WalletClaim]:
    oldest = (
        select(*COLUMNS).where(WALLET_ACCEPTED).order_by(wallets.c.created_at, wallets.c.address).limit(max(limit, 0))
    )
    waiting = [to_wallet(row) for row in connection.execute(oldest)]
    channels = lend(connection, len(waiting), now) if waiting else []
    claims = [WalletClaim(wallet, channel) for wallet, channel in zip(waiting, channels, strict=False)]
    if claims:
        _take(connection, [claim.wallet.address for claim in claims], now)
    return claims


def _take(connection: Connection, addresses: Sequence[str], now: int) -> None:
    taken = connection.execute(
        update(wallets)
        .where(wallets.c.address.in_(addresses), _CLAIMED)
        .values(status=WalletStatus.SUBMITTED, updated_at=now)
    )
    if taken.rowcount != len(addresses):
        raise RuntimeError(f"{len(addresses) - taken.rowcount} claimed wallets were not accepted")


def _release(connection: Connection, batch: list[tuple[Sequence[WalletClaim], int]]) -> list[None]:
    for claims, now in batch:
        free_wallet_claims(connection, now, [claim.wallet.address for claim in claims])
        free_lent(connection, now, [claim.channel.index for claim in claims])
    return [None] * len(batch)
