"""In what condition the database is: the file, its schema, and what needs an operator."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import Column, ColumnElement, Connection, Engine, Table, func, inspect, make_url, select, text
from sqlalchemy.exc import DBAPIError

from kinpay_server.domain.channel import ChannelState
from kinpay_server.services.check_backlog import Backlog, Held
from kinpay_server.services.refusals import Refused
from kinpay_server.storage.cursors import read_cursor
from kinpay_server.storage.database import Database
from kinpay_server.storage.engines import reading_engine
from kinpay_server.storage.migrate import migrations_directory
from kinpay_server.storage.mixtures import refuse_mixtures
from kinpay_server.storage.settlements import BEAT, CURSOR
from kinpay_server.storage.tables import (
    ACCEPTED,
    DEAD,
    HELD,
    WAITING,
    WALLET_ACCEPTED,
    WALLET_HELD,
    callbacks,
    channels,
    payments,
    wallets,
)

NAMED = 5


@dataclass(frozen=True, slots=True)
class DatabaseFile:
    """The file and its schema: `revision` None means that there is none; `free_bytes` is left on its disk."""

    path: Path
    exists: bool
    writable: bool
    free_bytes: int
    revision: str | None
    wanted_revision: str


def file_of(url: str) -> Path:
    """The file of an SQLite database."""
    return Path(make_url(url).database or "")


def require_schema(url: str) -> None:
    """Raises `Refused` unless there is a database with the schema of this version."""
    path, wanted = file_of(url), head()
    if not _is_there(path):
        raise Refused(f"there is no database {path} yet: `kinpay serve` or `kinpay db upgrade` makes it")
    revision = revision_of(url)
    if revision != wanted:
        raise Refused(
            f"the schema of {path} is at {revision or 'nothing'}, this version of kinpay needs {wanted}: "
            "`kinpay db upgrade` upgrades an older one"
        )


def look_at_file(url: str) -> DatabaseFile:
    """Looks without a lock, and makes nothing. Raises `Refused` for a file that cannot be read."""
    path = file_of(url)
    exists, folder = _is_there(path), path.resolve().parent
    writable = os.access(folder, os.W_OK) and (not exists or os.access(path, os.W_OK))
    free = shutil.disk_usage(folder).free if folder.is_dir() else 0
    return DatabaseFile(path, exists, writable, free, revision_of(url) if exists else None, head())


def revision_of(url: str) -> str | None:
    """The schema's revision; None without a schema. Raises `Refused` for a file that is no database, or of two."""
    refuse_mixtures(file_of(url))
    engine = reading_engine(url, 1)
    try:
        return _revision(engine)
    except DBAPIError as error:
        raise Refused(f"the database {file_of(url)} cannot be read: {error.orig}") from None
    finally:
        engine.dispose()


def head() -> str:
    """The revision that this version of kinpay works with."""
    return ScriptDirectory(str(migrations_directory())).get_current_head() or ""


async def backlog(database: Database) -> Backlog:
    """What waits, and what needs an operator, from one snapshot."""
    return await database.read(_backlog)


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError as error:
        raise Refused(f"the database {path} cannot be reached: {error.strerror}") from None


def _revision(engine: Engine) -> str | None:
    with engine.begin() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _backlog(connection: Connection) -> Backlog:
    waiting = select(func.count(), func.coalesce(func.sum(payments.c.amount), 0)).where(ACCEPTED)
    states = select(channels.c.state, func.count()).group_by(channels.c.state)
    used = channels.c.state != ChannelState.RETIRED
    first = select(channels.c.index, channels.c.address).where(used).order_by(channels.c.index).limit(1)
    count, amount = connection.execute(waiting).one()
    at_work = read_cursor(connection, BEAT)
    index_and_address = connection.execute(first).one_or_none()
    return Backlog(
        waiting=count,
        waiting_amount=int(amount),
        held=_held(connection, payments.c.id, payments.c.created_at, HELD),
        wallets_waiting=_count(connection, wallets, WALLET_ACCEPTED),
        wallets_held=_held(connection, wallets.c.address, wallets.c.created_at, WALLET_HELD),
        channels=dict(tuple(row) for row in connection.execute(states)),
        a_channel=None if index_and_address is None else tuple(index_and_address),
        callbacks_waiting=_count(connection, callbacks, WAITING),
        callbacks_dead=_count(connection, callbacks, DEAD),
        cursor=read_cursor(connection, CURSOR),
        at_work=None if at_work is None else int(at_work),
    )


def _held(connection: Connection, name: Column[Any], age: Column[Any], condition: ColumnElement[bool]) -> Held:
    count = connection.execute(select(func.count()).where(condition)).scalar_one()
    oldest = connection.execute(select(name).where(condition).order_by(age).limit(NAMED)).scalars()
    return Held(count, tuple(oldest))


def _count(connection: Connection, table: Table, condition: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(table).where(condition)).scalar_one()
