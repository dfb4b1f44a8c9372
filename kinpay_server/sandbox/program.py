"""What the command `sandbox` does: a node, a server, and the end of both."""

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


def run(options: dict[str, Any]) -> None:
    """Serves until it is told to stop; ClickException if it cannot."""
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
