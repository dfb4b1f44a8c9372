"""`kinpay init`: a configuration file and a secret file to start from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kinpay_server.commands.presets import PRESETS

if TYPE_CHECKING:
    from kinpay_server.commands.starting import Start

A_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("-c", "--config", "file", type=A_FILE, default="kinpay.ini", show_default=True, help="File to write.")
@click.option("--preset", type=click.Choice(list(PRESETS)), help="A network whose addresses are known; asked for.")
@click.option("--horizon-url", help="Horizon server.")
@click.option("--network", help="PUBLIC, TESTNET, or a passphrase.")
@click.option("--issuer", "kin_issuer_address", help="Account (G…) that issues the asset.")
@click.option("--asset-code", "kin_token_name", help="Code of the asset.")
@click.option("--xlm-faucet", help="Friendbot of a test network.")
@click.option("--kin-faucet", help="Faucet of the asset on a test network.")
@click.option("--port", help="Port of the API.  [default: 5000]")
@click.option("--database", type=A_FILE, help="Database file.  [default: kinpay.db beside the config]")
@click.option("--secret-file", type=A_FILE, help="File of the root account's seed.  [default: root.seed beside it]")
@click.option("--all", "everything", is_flag=True, help="Write all options, also those that stay as they are.")
@click.option("--force", is_flag=True, help="Put a config that is there aside, and write a new one.")
def init(file: Path, preset: str | None, everything: bool, force: bool, **given: Any) -> None:
    """Write a config file and a secret file to start from, both of mode 0600.

    What is not given is asked for on a terminal. Nothing is ever overwritten; a secret file that is there is used.

    \b
    Examples:
      kinpay init --preset sandbox
      kinpay init -c /etc/kinpay/kinpay.ini --preset public --issuer G…
    """
    from kinpay_server.commands.opened import refusing
    from kinpay_server.commands.starting import ask, start

    with refusing():
        values = ask(preset, given)
        began = start(file, values, secret_file=given["secret_file"], everything=everything, force=force)
    _tell(began)


def _tell(began: Start) -> None:
    from kinpay_server.commands.shown import print_lines, say, styled

    made = "written, mode 0600: the root account's seed; keep a copy somewhere safe"
    print_lines(
        (
            (str(began.config), "written, mode 0600"),
            (str(began.secret), made if began.new_seed else "was there already, and is used"),
            ("root account", began.root_address),
        )
    )
    for former in began.former:
        say(f"The former {began.config} is {former} now.")
    if began.overruled:
        say(f"The environment sets {', '.join(began.overruled)}, and wins over the file.")
    say("")
    say("Next:")
    print_lines((command, styled(what, "dim")) for command, what in began.next_steps)
