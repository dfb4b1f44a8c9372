"""The command `sandbox`."""

import asyncio
import contextlib
import gc
import json
import signal
import time
from pathlib import Path
from typing import Any

import click

from .faults import Faults
from .http.server import Running, start
from .ledger_file import LedgerFile, WrongFile
from .node import ASSET_CODE, Node

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
    faults = _faults(options["faults"])
    gc.set_threshold(50_000, 20, 200)  # history is kept for ever: looking through it again and again is in vain
    node = _node(options)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(node, faults, options))


def _faults(path: Path | None) -> Faults:
    faults = Faults()
    if path is not None:
        try:
            faults.change(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise click.ClickException(f"{path}: {error}") from None
    return faults


def _node(options: dict[str, Any]) -> Node:
    now, phrase, path = time.time(), options["passphrase"], options["state"]
    seconds = max(1, round(options["close_seconds"]))
    try:
        file = LedgerFile(path, phrase, int(now)) if path is not None else None
        return Node(phrase, max_ops=options["max_ops"], ledger_seconds=seconds, now=now, file=file)
    except WrongFile as error:
        raise click.ClickException(str(error)) from None


async def _serve(node: Node, faults: Faults, options: dict[str, Any]) -> None:
    host, port = options["host"], options["port"]
    try:
        running = await start(
            node,
            host=host,
            port=port,
            close_seconds=options["close_seconds"],
            fast=options["fast"],
            faults=faults,
            per_hour=options["rate_limit"],
        )
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror}") from None
    _announce(running, node, as_json=options["as_json"])
    reason = await _until_told(running)
    await running.stop()
    if reason is not None:
        raise click.ClickException(f"no ledger can close any more: {reason}")


async def _until_told(running: Running) -> BaseException | None:
    """Waits for a signal -> None, or for what keeps ledgers from closing (a full disk) -> that."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    waiting, failing = asyncio.create_task(told.wait()), asyncio.create_task(running.clock.failed())
    await asyncio.wait({waiting, failing}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    return failing.result() if failing.done() else None


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
    click.echo("The root account's seed is the SHA-256 of the passphrase. Stop with Ctrl-C.")
