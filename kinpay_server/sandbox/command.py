"""The command `sandbox`."""

from pathlib import Path
from typing import Any

import click

DEFAULT_NETWORK = "kinpay sandbox ; local"
A_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on; 0 takes a free one.")
@click.option("--passphrase", default=DEFAULT_NETWORK, show_default=True, help="The network's passphrase.")
@click.option("--close-seconds", default=1.0, show_default=True, help="A ledger each so many seconds; 0: on demand.")
@click.option("--max-ops", default=1000, show_default=True, help="Operations that a ledger takes.")
@click.option("--fast", is_flag=True, help="What is late on the real network comes at once.")
@click.option("--rate-limit", default=0, help="Requests an hour for each address; 0: no limit.")
@click.option("--state", type=A_FILE, help="File that keeps the ledgers; without it they live in memory.")
@click.option("--faults", type=A_FILE, help="JSON file with faults to begin with.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when ready.")
def sandbox(**options: Any) -> None:
    """Run a Stellar network in this process that answers as Horizon does."""
    if options["close_seconds"] < 0 or options["max_ops"] < 1:
        raise click.UsageError("--close-seconds must be 0 or more, --max-ops 1 or more")
    from .program import run  # its imports take half a second, which other commands need not wait for

    run(options)
