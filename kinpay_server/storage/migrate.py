"""Brings a database's schema up to date, with the migrations that travel with the program."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

import kinpay_server
from kinpay_server.storage.engines import writing_engine


class DatabaseTooNew(Exception):
    """The database was made by a newer kinpay; the text says so to the operator."""


def upgrade(url: str) -> None:
    """Make or upgrade the schema. Raises `DatabaseTooNew`, and `OSError` or an SQLAlchemy error for a bad file."""
    engine = writing_engine(url)
    try:
        _refuse_newer(engine)
        with engine.connect() as connection:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def migrations_directory() -> Path:
    """Where the migrations are: inside an installed package, beside it in a checkout."""
    package = Path(kinpay_server.__file__).parent
    inside = package / "migrations"
    return inside if inside.is_dir() else package.parent / "migrations"


def _refuse_newer(engine: Engine) -> None:
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if current is not None and current not in known:
        raise DatabaseTooNew(f"the database is at schema {current}, which this version of kinpay does not know")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_directory()).replace("%", "%%"))
    return config
