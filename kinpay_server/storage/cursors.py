"""Cursors: up to where a list of the ledger has been read."""

from sqlalchemy import Connection, insert, select, update

from kinpay_server.storage.tables import cursors


def read_cursor(connection: Connection, name: str) -> str | None:
    """The stored paging token; None when the list has never been read."""
    return connection.execute(select(cursors.c.value).where(cursors.c.name == name)).scalar_one_or_none()


def write_cursor(connection: Connection, name: str, value: str, now: int) -> None:
    """Store it, in the same commit as what was made of the page."""
    changed = connection.execute(update(cursors).where(cursors.c.name == name).values(value=value, updated_at=now))
    if changed.rowcount == 0:
        connection.execute(insert(cursors).values(name=name, value=value, updated_at=now))
