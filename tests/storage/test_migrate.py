import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.exc import DatabaseError

from kinpay_server.storage.engines import reading_engine
from kinpay_server.storage.migrate import DatabaseTooNew, migrations_directory, upgrade
from kinpay_server.storage.tables import metadata


def schema(file: Path) -> dict[str, str]:
    """The statements that made all tables and indexes, without the ways of writing them that mean the same."""
    with closing(sqlite3.connect(file)) as connection:
        made = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
    return {name: _normal(sql) for name, sql in made if name != "alembic_version"}


def _normal(sql: str) -> str:
    """Columns and constraints in order of the alphabet, spaces and quotes as one."""
    sql = re.sub(r"\s+", " ", sql.replace('"', "")).strip()
    if not sql.startswith("CREATE TABLE"):
        return sql
    head, _, rest = sql.partition(" (")
    body, _, tail = rest.rpartition(")")
    return f"{head} ({sorted(_split(body))}){tail}"


def _split(body: str) -> list[str]:
    """The parts between the commas that stand in no bracket."""
    parts, depth = [""], 0
    for character in body:
        depth += (character == "(") - (character == ")")
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def test_an_empty_file_becomes_the_schema(file: Path) -> None:
    file.touch()
    upgrade(f"sqlite:///{file}")
    assert {"payments", "attempts", "channels", "callbacks", "cursors"} <= schema(file).keys()


def test_a_file_that_is_not_there_is_made(file: Path) -> None:
    upgrade(f"sqlite:///{file}")
    assert "payments" in schema(file)


def test_twice_is_once(file: Path, url: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT INTO cursors VALUES ('root transactions', '17', 1)")
        connection.commit()
        before = list(connection.iterdump())
        upgrade(url)
        assert list(connection.iterdump()) == before


def test_a_database_of_an_unknown_newer_revision_is_refused_and_left_alone(file: Path, url: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
        before = list(connection.iterdump())
        with pytest.raises(DatabaseTooNew, match="9999"):
            upgrade(url)
        assert list(connection.iterdump()) == before


def test_a_file_that_is_no_database_is_refused_and_left_alone(file: Path) -> None:
    content = b"this is not a database, and somebody may need it\n" * 100
    file.write_bytes(content)
    with pytest.raises(DatabaseError):
        upgrade(f"sqlite:///{file}")
    assert file.read_bytes() == content


def test_alembic_finds_no_difference_between_the_migrated_schema_and_the_tables(url: str) -> None:
    engine = reading_engine(url, 1)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_strictness_checks_and_partial_indexes_are_the_same_too(file: Path, url: str, tmp_path: Path) -> None:
    """Alembic does not compare those."""
    other = tmp_path / "other.db"
    engine = create_engine(f"sqlite:///{other}")
    metadata.create_all(engine)
    engine.dispose()
    assert schema(file) == schema(other)


def test_every_table_is_strict(file: Path, url: str) -> None:
    tables = [sql for name, sql in schema(file).items() if sql.startswith("CREATE TABLE")]
    assert len(tables) == len(metadata.tables)
    assert all(sql.endswith("STRICT") for sql in tables)


def test_the_migrations_are_found() -> None:
    assert (migrations_directory() / "env.py").is_file()
