"""Attempts: every envelope is written here before it is sent, and stays for ever."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, insert, or_, select, update

from kinpay_server.domain.attempt import Attempt, AttemptState, Purpose
from kinpay_server.domain.outcome import Answer
from kinpay_server.storage.tables import OPEN, attempts

SET_BACK = 60_000
"""What is so many milliseconds ahead of its time was written before the clock was set back."""

COLUMNS = tuple(attempts.c[field.name] for field in fields(Attempt))
_NAMES = tuple(field.name for field in fields(Attempt))

_INSERT = insert(attempts)
_ANSWERED = (
    update(attempts)
    .where(attempts.c.hash == bindparam("the_hash"), OPEN)  # sent for the first time, or once more
    .values(
        state=AttemptState.SENT,
        answer=bindparam("the_answer"),
        bump_bid=bindparam("the_bid"),
        sent_at=bindparam("at"),
    )
)


def to_attempt(row: Row[*tuple[Any, ...]]) -> Attempt:
    """A row of `COLUMNS` as an attempt."""
    attempt = Attempt(*tuple(row))
    return replace(attempt, state=AttemptState(attempt.state), purpose=Purpose(attempt.purpose))


def insert_attempts(connection: Connection, signed: Sequence[Attempt]) -> None:
    """Write signed attempts; `(source, sequence)`, the hash and one open attempt for each payment are unique."""
    if signed:
        connection.execute(_INSERT, [{name: getattr(attempt, name) for name in _NAMES} for attempt in signed])


def note_answers(connection: Connection, answered: Sequence[tuple[Attempt, Answer]], now: int) -> None:
    """Note what was answered. An attempt that has ended meanwhile is left as it is: the ledger had the last word."""
    rows = [
        {"the_hash": attempt.hash, "the_answer": answer.code, "the_bid": attempt.bump_bid, "at": now}
        for attempt, answer in answered
    ]
    if rows:
        connection.execute(_ANSWERED, rows)


def by_hash(hashes: Sequence[str]) -> Select[Any]:
    """The attempts, open or ended, with those hashes."""
    return select(*COLUMNS).where(attempts.c.hash.in_(hashes))


def open_since(sent_before: int, limit: int) -> Select[Any]:
    """Open attempts that have not been sent since `sent_before`, the oldest first.

    One that was sent long after that was sent before the clock was set back, nobody knows when.
    """
    last_sent = func.coalesce(attempts.c.sent_at, attempts.c.created_at)
    unseen = or_(last_sent < sent_before, last_sent > sent_before + SET_BACK)
    return select(*COLUMNS).where(OPEN, unseen).order_by(attempts.c.created_at).limit(limit)
