import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection

from kinpay_server.domain.errors import Unavailable
from kinpay_server.storage.database import Database
from tests.storage.conftest import Stores, a_post


def count(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT count(*) FROM payments").scalar_one())


@pytest.mark.gen_test
async def test_what_was_written_is_read(stores: Stores, database: Database) -> None:
    for expected in range(1, 20):
        await stores.payments.accept(a_post(f"p-{expected}"))
        assert await database.read(count) == expected


@pytest.mark.gen_test
async def test_a_reader_does_not_wait_for_a_write_of_another_process(database: Database, file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert await database.read(count) == 0


@pytest.mark.gen_test
async def test_a_database_that_cannot_be_read_is_unavailable_and_then_well_again(database: Database) -> None:
    def broken(connection: Connection) -> None:
        connection.exec_driver_sql("SELECT nothing FROM nowhere")

    with pytest.raises(Unavailable):
        await database.read(broken)
    assert await database.read(count) == 0


@pytest.mark.gen_test
async def test_a_mistake_of_the_reader_is_raised_as_it_is(database: Database) -> None:
    def mistaken(_connection: Connection) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.read(mistaken)


@pytest.mark.gen_test
async def test_what_was_accepted_is_there_when_it_is_opened_again(url: str) -> None:
    database = Database(url)
    await Stores(database, Path()).payments.accept(a_post())
    database.close()
    again = Database(url)
    assert await again.read(count) == 1
    again.close()
