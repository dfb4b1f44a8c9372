"""The program `kinpay`: its commands, and what they print when something is wrong."""

import os
from pathlib import Path

import click

from kinpay_server import config
from kinpay_server.demo import demo
from kinpay_server.sandbox.command import sandbox

CONFIG = click.option(
    "-c",
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="INI file; without it, settings come from the environment alone.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kinpay")
def kinpay() -> None:
    """Pays your users in a Stellar asset: HTTP in, ledger transactions out, webhooks back."""


@kinpay.command()
@CONFIG
def serve(config_file: Path | None) -> None:
    """Run the whole service: API, jobs, ledger watcher and callbacks."""
    from kinpay_server import run  # the parts are heavy, and other commands do without them

    raise SystemExit(run.serve(_settings(config_file)))


@kinpay.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
@CONFIG
def upgrade(config_file: Path | None) -> None:
    """Make or upgrade the schema; `kinpay serve` does so by itself."""
    from kinpay_server import run

    raise SystemExit(run.upgrade_database(_settings(config_file)))


kinpay.add_command(sandbox)
kinpay.add_command(demo)


def _settings(config_file: Path | None) -> config.Settings:
    try:
        return config.load(config_file, os.environ)
    except config.ConfigError as error:
        raise click.ClickException(str(error)) from None
