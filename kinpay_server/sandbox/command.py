"""The command `sandbox`."""

import asyncio
import contextlib
import json
import signal
import time
from pathlib import Path

import click

from .faults import Faults
from .http.server import Running, start
from .node import ASSET_CODE, Node

DEFAULT_NETWORK = "kinpay sandbox ; local"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on; 0 takes a free one.")
@click.option("--passphrase", default=DEFAULT_NETWORK, show_default=True, help="The network's passphrase.")
@click.option("--close-seconds", default=1.0, show_default=True, help="A ledger each so many seconds; 0: on demand.")
@click.option("--max-ops", default=1000, show_default=True, help="Operations that a ledger takes.")
@click.option("--fast", is_flag=True, help="Late answers of the real network come at once.")
@click.option("--faults", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="JSON file with faults.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when ready.")
def sandbox(
    host: str,
    port: int,
    passphrase: str,
    close_seconds: float,
    max_ops: int,
    fast: bool,
    faults: Path | None,
    as_json: bool,
) -> None:
    """Run a Stellar network in this process that answers as Horizon does."""
    wrong = Faults()
    if faults is not None:
        try:
            wrong.change(json.loads(faults.read_text(encoding="utf-8")))
        except ValueError as error:
            raise click.ClickException(f"{faults}: {error}") from None
    seconds = max(1, round(close_seconds))
    node = Node(passphrase, max_ops=max_ops, ledger_seconds=seconds, now=time.time())

    async def run() -> None:
        try:
            running = await start(node, host=host, port=port, close_seconds=close_seconds, fast=fast, faults=wrong)
        except OSError as error:
            raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror}") from None
        _announce(running, node, as_json=as_json)
        await _until_told()
        await running.stop()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run())


async def _until_told() -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    await told.wait()


def _announce(running: Running, node: Node, *, as_json: bool) -> None:
    facts = {
        "horizon_url": running.url,
        "network_passphrase": node.network.passphrase,
        "friendbot_url": f"{running.url}/friendbot",
        "faucet_url": f"{running.url}/faucet",
        "asset_code": ASSET_CODE,
        "asset_issuer": node.issuer.public_key,
    }
    if as_json:
        click.echo(json.dumps(facts))
        return
    click.echo("A Stellar network of your own is running.")
    for name, value in facts.items():
        click.echo(f"  {name.replace('_', ' '):20} {value}")
    click.echo("The root account's key is the SHA-256 of the passphrase. Stop with Ctrl-C.")
