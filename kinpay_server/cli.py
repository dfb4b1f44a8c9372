"""The program `kinpay`: its commands. None is imported before it runs, as most of them are heavy."""

from typing import Any

import click

from kinpay_server.commands.lazy import Later, LazyGroup
from kinpay_server.commands.options import with_settings

COMMANDS = {
    "init": Later("kinpay_server.commands.init", "init", "Write a config file and a secret file to start from."),
    "generate-funding-address": Later(
        "kinpay_server.commands.funding", "generate_funding_address", "Make a root account: XLM, a trustline and KIN."
    ),
    "demo": Later("kinpay_server.demo", "demo", "Start a sandbox and the service, make a wallet and pay it."),
    "check": Later("kinpay_server.commands.check", "check", "Look at everything that a payment needs."),
    "payments": Later("kinpay_server.commands.payments", "payments", "List payments, show one, try a held one again."),
    "wallets": Later("kinpay_server.commands.wallets", "wallets", "List wallets, show one, try a held one again."),
    "services": Later("kinpay_server.commands.services", "services", "List the services that are told of payments."),
    "callbacks": Later("kinpay_server.commands.callbacks", "callbacks", "List callbacks, show one, send some again."),
    "channels": Later("kinpay_server.commands.channels", "channels", "List channel accounts, create or retire some."),
    "reconcile": Later(
        "kinpay_server.commands.reconcile", "reconcile", "Compare the ledger with the database, both ways."
    ),
    "backup": Later("kinpay_server.commands.backup", "backup", "Copy the database, also while the service runs."),
    "sandbox": Later(
        "kinpay_server.sandbox.command", "sandbox", "Run a Stellar network in this process, for trying things out."
    ),
}


@click.group(cls=LazyGroup, later=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kinpay")
def kinpay() -> None:
    """Pays your users in a Stellar asset: HTTP in, ledger transactions out, webhooks back."""


@kinpay.command()
@with_settings
def serve(settings: Any) -> None:
    """Run the whole service: API, jobs, ledger watcher and callbacks."""
    from kinpay_server import run  # the parts are heavy, and other commands do without them

    raise SystemExit(run.serve(settings))


@kinpay.group()
def db() -> None:
    """Make or upgrade the database's schema."""


@db.command("upgrade")
@with_settings
def upgrade(settings: Any) -> None:
    """Make or upgrade the schema; `kinpay serve` does so by itself."""
    from kinpay_server import run

    raise SystemExit(run.upgrade_database(settings))
