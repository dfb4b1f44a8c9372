"""The program `kinpay`: its commands. None is imported before it runs, as most of them are heavy."""

from typing import Any

import click

from kinpay_server.commands.lazy import Later, LazyGroup
from kinpay_server.commands.options import with_settings

COMMANDS = {
    "demo": Later("kinpay_server.demo", "demo", "Show all of it on a network of its own."),
    "sandbox": Later("kinpay_server.sandbox.command", "sandbox", "Run a Stellar network in this process."),
    "init": Later("kinpay_server.commands.init", "init", "Write a config file and a secret file."),
    "generate-funding-address": Later(
        "kinpay_server.commands.funding", "generate_funding_address", "Make a root account that can pay."
    ),
    "check": Later("kinpay_server.commands.check", "check", "Look at everything that a payment needs."),
    "payments": Later("kinpay_server.commands.payments", "payments", "List, find, show; try a held one again."),
    "wallets": Later("kinpay_server.commands.wallets", "wallets", "List, show; try a held one again."),
    "callbacks": Later("kinpay_server.commands.callbacks", "callbacks", "List, show; send some again."),
    "services": Later("kinpay_server.commands.services", "services", "List and show who is told of payments."),
    "channels": Later("kinpay_server.commands.channels", "channels", "List, create and retire channel accounts."),
    "reconcile": Later("kinpay_server.commands.reconcile", "reconcile", "Compare the ledger with the database."),
    "backup": Later("kinpay_server.commands.backup", "backup", "Copy the database while the service runs."),
    "completion": Later("kinpay_server.commands.completion", "completion", "Complete commands in bash, zsh or fish."),
}
SECTIONS = {
    "See it": ("demo", "sandbox"),
    "Set it up": ("init", "generate-funding-address", "check", "completion"),
    "Run it": ("serve", "db", "backup"),
    "Look after it": ("payments", "wallets", "callbacks", "services", "channels", "reconcile"),
}


@click.group(cls=LazyGroup, later=COMMANDS, sections=SECTIONS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kinpay")
def kinpay() -> None:
    """Pays your users in a Stellar asset: HTTP in, ledger transactions out, webhooks back."""


@kinpay.command()
@with_settings
def serve(settings: Any) -> None:
    """Run the service: API, jobs, watcher, callbacks.

    It says `listening on …` when it is ready, logs to stderr, and stops on SIGTERM or Ctrl-C.

    \b
    Example:
      kinpay serve -c kinpay.ini
    """
    from kinpay_server import run  # the parts are heavy, and other commands do without them

    raise SystemExit(run.serve(settings))


@kinpay.group()
def db() -> None:
    """Make or upgrade the schema of the database."""


@db.command("upgrade")
@with_settings
def upgrade(settings: Any) -> None:
    """Make or upgrade the schema; `kinpay serve` does so by itself.

    No service may run on the database meanwhile. Copy it first: `kinpay backup FILE`.
    """
    from kinpay_server import run

    raise SystemExit(run.upgrade_database(settings))
