"""How far watching has come, as rows among the cursors. They are counted on inside the commit that changes watches."""

from sqlalchemy import Connection, exists, select

from kinpay_server.services.ports import WatchMarks
from kinpay_server.storage.cursors import read_cursor, write_cursor
from kinpay_server.storage.tables import cursors, payment_watches, watched_addresses

ADDED = "watches added"
REMOVED = "watches removed"
POSITION = "watched payments"


def read_marks(connection: Connection) -> WatchMarks:
    """All of them."""
    query = select(cursors.c.name, cursors.c.value, cursors.c.updated_at).where(
        cursors.c.name.in_((ADDED, REMOVED, POSITION))
    )
    found = {name: (int(value), at) for name, value, at in connection.execute(query)}
    position, at = found.get(POSITION, (None, 0))
    return WatchMarks(found.get(ADDED, (0, 0))[0], found.get(REMOVED, (0, 0))[0], position, at)


def count(connection: Connection, name: str, now: int) -> int:
    """One more; returns the new number."""
    number = int(read_cursor(connection, name) or 0) + 1
    write_cursor(connection, name, str(number), now)
    return number


def begin_at(connection: Connection, since: int, now: int) -> None:
    """Before a watch is put: while nobody watches nothing is read, so reading begins here and not where it ended."""
    if not connection.execute(select(exists(watched_addresses.select()) | exists(payment_watches.select()))).scalar():
        write_cursor(connection, POSITION, str(since), now)


def move_to(connection: Connection, position: int, now: int) -> None:
    """Store it, unless a later one is stored."""
    if position > int(read_cursor(connection, POSITION) or 0):
        write_cursor(connection, POSITION, str(position), now)
