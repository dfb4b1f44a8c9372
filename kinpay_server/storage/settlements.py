"""Settling: the end of attempts and all that follows from it, in one commit.

Every change names the state that it expects, and all of it is undone when one row is in another.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Executable, bindparam, select, update

from kinpay_server.domain import attempt, channel, payment, wallet
from kinpay_server.domain.attempt import Attempt, AttemptState, Purpose
from kinpay_server.domain.channel import ChannelState
from kinpay_server.domain.payment import Payment, PaymentStatus
from kinpay_server.domain.wallet import Wallet, WalletStatus
from kinpay_server.services.ports import (
    ChannelAfter,
    FoundPayment,
    PaymentAfter,
    Settlement,
    StaleSettlement,
    WalletAfter,
)
from kinpay_server.storage.attempts import by_hash, open_since, to_attempt
from kinpay_server.storage.callbacks import insert_callbacks, let_be_due
from kinpay_server.storage.channels import retire_free
from kinpay_server.storage.cursors import read_cursor, write_cursor
from kinpay_server.storage.database import Database
from kinpay_server.storage.found_payments import record_found
from kinpay_server.storage.lost_claims import release_lost_claims
from kinpay_server.storage.payments import payments_by_id
from kinpay_server.storage.tables import SUBMITTED, attempts, channels, found_payments, payments, wallets
from kinpay_server.storage.transitions import State, becomes, moves
from kinpay_server.storage.wallet_posts import tell_posts
from kinpay_server.storage.wallets import wallets_by_address

CURSOR = "root transactions"
BEAT = "at work"
WITNESS = "witness"

_END = {
    after: update(attempts)
    .where(attempts.c.hash == bindparam("the_hash"), becomes(attempts.c.state, after, table=attempt.TRANSITIONS))
    .values(
        state=after,
        successful=bindparam("is_successful"),
        reason=bindparam("the_reason"),
        ledger=bindparam("the_ledger"),
        fee_charged=bindparam("the_fee"),
        ended_at=bindparam("at"),
    )
    for after in (AttemptState.LANDED, AttemptState.EXPIRED)
}
_PAYMENT = {
    after: update(payments)
    .where(payments.c.id == bindparam("the_id"), SUBMITTED)
    .values(
        status=after,
        reason=bindparam("the_reason"),
        sender_address=bindparam("the_sender"),
        transaction_id=bindparam("the_transaction"),
        timestamp=bindparam("the_time"),
        updated_at=bindparam("at"),
    )
    for after in (PaymentStatus.SUBMITTED, *payment.TRANSITIONS[PaymentStatus.SUBMITTED])
}
_WALLET = {
    after: update(wallets)
    .where(wallets.c.address == bindparam("the_address"), wallets.c.status == WalletStatus.SUBMITTED)
    .values(status=after, reason=bindparam("the_reason"), updated_at=bindparam("at"))
    for after in (WalletStatus.SUBMITTED, *wallet.TRANSITIONS[WalletStatus.SUBMITTED])
}
"""As with payments, one that is held stays as it is and gets a reason."""

_CHANNEL = {
    after: update(channels)
    .where(channels.c.index == bindparam("the_index"), channels.c.state == ChannelState.LENT)
    .values(
        state=after,
        sequence=bindparam("the_sequence"),
        signed=bindparam("the_signed"),
        balance=channels.c.balance - bindparam("the_spent"),
        updated_at=bindparam("at"),
    )
    for after in channel.TRANSITIONS[ChannelState.LENT]
}
_OPENED = (
    update(channels)
    .where(
        channels.c.index == bindparam("the_index"),
        moves(channels.c.state, ChannelState.OPENING, ChannelState.FREE, table=channel.TRANSITIONS),
    )
    .values(
        state=ChannelState.FREE,
        sequence=bindparam("the_sequence"),
        signed=bindparam("the_sequence"),
        balance=bindparam("the_balance"),
        funded_by=None,
        funding=0,
        updated_at=bindparam("at"),
    )
)


class Settlements:
    """Implements `SettlementStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def attempts_by_hash(self, hashes: Sequence[str]) -> dict[str, Attempt]:
        """See the port."""
        query = by_hash(hashes)
        return await self._database.read(lambda c: {row.hash: to_attempt(row) for row in c.execute(query)})

    async def open_attempts(self, *, sent_before: int, limit: int) -> list[Attempt]:
        """See the port."""
        query = open_since(sent_before, limit)
        return await self._database.read(lambda c: [to_attempt(row) for row in c.execute(query)])

    async def wallets_by_address(self, addresses: Sequence[str]) -> dict[str, Wallet]:
        """See the port."""
        return await self._database.read(lambda connection: wallets_by_address(connection, addresses))

    async def payments_by_id(self, ids: Sequence[str]) -> dict[str, Payment]:
        """See the port."""
        return await self._database.read(lambda connection: payments_by_id(connection, list(ids)))

    async def settle(self, settlements: Sequence[Settlement], *, cursor: str | None, now: int) -> None:
        """See the port."""
        await self._database.write(_settle_all, (settlements, cursor, now))

    async def cursor(self) -> str | None:
        """See the port."""
        return await self._database.read(lambda connection: read_cursor(connection, CURSOR))

    async def found_among(self, hashes: Sequence[str]) -> set[str]:
        """See the port."""
        query = select(found_payments.c.hash).where(found_payments.c.hash.in_(hashes))
        return await self._database.read(lambda connection: set(connection.execute(query).scalars()))

    async def record_found(self, found: Sequence[FoundPayment], now: int) -> None:
        """See the port."""
        await self._database.write(record_found, (found, now))

    async def beat(self, now: int) -> None:
        """See the port."""
        await self._database.write(_beat, now)

    async def last_beat(self) -> int | None:
        """See the port."""
        beat = await self._database.read(lambda connection: read_cursor(connection, BEAT))
        return None if beat is None else int(beat)

    async def know_witness(self, name: str, now: int) -> None:
        """See the port."""
        await self._database.write(_know_witness, (name, now))

    async def known_witness(self) -> str | None:
        """See the port."""
        return await self._database.read(lambda connection: read_cursor(connection, WITNESS))

    async def release_lost_claims(self, now: int) -> int:
        """See the port."""
        return cast(int, await self._database.write(release_lost_claims, now))


def _settle_all(connection: Connection, batch: list[tuple[Sequence[Settlement], str | None, int]]) -> list[Any]:
    return [_settle_or_refuse(connection, settlements, cursor, now) for settlements, cursor, now in batch]


def _settle_or_refuse(
    connection: Connection, settlements: Sequence[Settlement], cursor: str | None, now: int
) -> StaleSettlement | None:
    try:
        with connection.begin_nested():
            _settle(connection, settlements, now)
            if cursor is not None:
                write_cursor(connection, CURSOR, cursor, now)
    except StaleSettlement as stale:
        return stale
    return None


def _settle(connection: Connection, settlements: Sequence[Settlement], now: int) -> None:
    _change(connection, _END, [(_end_of(s), _end(s, now)) for s in settlements])
    _change(connection, _PAYMENT, [(s.payment.status, _payment(s.payment, now)) for s in settlements if s.payment])
    _change(connection, _WALLET, [(s.wallet.status, _wallet(s.wallet, now)) for s in settlements if s.wallet])
    _change(connection, _CHANNEL, [(_state_of(s.channel), _channel(s.channel, now)) for s in settlements if s.channel])
    _update_all(connection, _OPENED, [row for s in settlements for row in _opened(s, now)])
    _end_fundings(connection, settlements)
    retire_free(connection, [index for s in settlements for index in s.gone], now)
    insert_callbacks(connection, [s.callback for s in settlements if s.callback], now)
    tell_posts(connection, settlements, now)


def _end_fundings(connection: Connection, settlements: Sequence[Settlement]) -> None:
    """Channels get what they were promised by attempts that topped up, and are free to be funded by others."""
    given = [s.attempt.hash for s in settlements if s.topped_up]
    if given:
        connection.execute(
            update(channels)
            .where(channels.c.funded_by.in_(given))
            .values(balance=channels.c.balance + channels.c.funding, funded_by=None, funding=0)
        )
    ended = [s.attempt.hash for s in settlements if s.attempt.purpose is not Purpose.PAYMENT and not s.topped_up]
    if ended:
        connection.execute(update(channels).where(channels.c.funded_by.in_(ended)).values(funded_by=None, funding=0))


def _change(
    connection: Connection, statements: Mapping[State, Executable], rows: Sequence[tuple[State, dict[str, Any]]]
) -> None:
    """Move each row to its state by the statement for it. Raises `KeyError` for a state that it can never have."""
    by_state = defaultdict[State, list[dict[str, Any]]](list)
    for after, row in rows:
        by_state[after].append(row)
    for after, changed in by_state.items():
        _update_all(connection, statements[after], changed)


def _update_all(connection: Connection, statement: Executable, rows: list[dict[str, Any]]) -> None:
    """Run the conditional update for each row; every one must find its row in the state that it expects."""
    if not rows:
        return
    changed = connection.execute(statement, rows)
    if changed.rowcount != len(rows):
        raise StaleSettlement(f"{len(rows) - changed.rowcount} of {len(rows)} rows had changed meanwhile")


def _beat(connection: Connection, batch: list[int]) -> list[None]:
    now = max(batch)
    before = read_cursor(connection, BEAT)
    if before is None or int(before) > now:
        let_be_due(connection, now)
    write_cursor(connection, BEAT, str(now), now)
    return [None] * len(batch)


def _know_witness(connection: Connection, batch: list[tuple[str, int]]) -> list[None]:
    for name, now in batch:
        write_cursor(connection, WITNESS, name, now)
    return [None] * len(batch)


def _end_of(settlement: Settlement) -> AttemptState:
    return AttemptState.LANDED if settlement.landed else AttemptState.EXPIRED


def _end(settlement: Settlement, now: int) -> dict[str, Any]:
    return {
        "the_hash": settlement.attempt.hash,
        "is_successful": int(settlement.successful) if settlement.landed else None,
        "the_reason": settlement.reason,
        "the_ledger": settlement.ledger,
        "the_fee": settlement.fee_charged,
        "at": now,
    }


def _payment(after: PaymentAfter, now: int) -> dict[str, Any]:
    return {
        "the_id": after.id,
        "the_reason": after.reason,
        "the_sender": after.sender_address,
        "the_transaction": after.transaction_id,
        "the_time": after.timestamp,
        "at": now,
    }


def _wallet(after: WalletAfter, now: int) -> dict[str, Any]:
    return {"the_address": after.address, "the_reason": after.reason, "at": now}


def _state_of(after: ChannelAfter) -> ChannelState:
    return ChannelState.RETIRED if after.retired else ChannelState.FREE


def _channel(after: ChannelAfter, now: int) -> dict[str, Any]:
    return {
        "the_index": after.index,
        "the_sequence": after.sequence,
        "the_signed": after.signed,
        "the_spent": after.spent,
        "at": now,
    }


def _opened(settlement: Settlement, now: int) -> list[dict[str, Any]]:
    return [
        {"the_index": c.index, "the_sequence": c.sequence, "the_balance": c.balance, "at": now}
        for c in settlement.opened
    ]
