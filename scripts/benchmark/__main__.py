"""`scripts/bench`: starts sandbox, service and receivers, posts, and prints the figures."""

from __future__ import annotations

import asyncio
import json
import math
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from benchmark import ledger
from benchmark.callbacks import Callback, Receivers, receivers
from benchmark.figures import figures, watched_figures
from benchmark.posts import post_all, request
from benchmark.process import cpu_seconds, max_rss_mib
from benchmark.watched import prepare
from kinpay_server.demo.configuration import url_of, write_config
from kinpay_server.demo.network import Network, network_of
from kinpay_server.demo.programs import DemoError, running

STALLED = 60.0
WARM_UP = 1000


@dataclass(frozen=True)
class Bench:
    """What is running, and who gets the payments."""

    url: str
    service_pid: int
    network: Network
    root: str
    wallets: Sequence[str]
    receivers: Receivers
    connections: int
    close_seconds: float

    def requests(self, count: int) -> list[bytes]:
        """The bytes of so many POSTs of 1 each, with ids never used before, spread over wallets and receivers."""
        run, urls = secrets.token_hex(3), self.receivers.urls
        return [request(self.url, self._payment(f"{run}-{number}", number, urls)) for number in range(count)]

    def _payment(self, payment_id: str, number: int, urls: Sequence[str]) -> dict[str, object]:
        wallet, url = self.wallets[number % len(self.wallets)], urls[number % len(urls)]
        return {"id": payment_id, "app_id": "bnch", "amount": 1, "recipient_address": wallet, "callback": url}


@click.command()
@click.option("--count", default=10_000, show_default=True, help="Payments to measure.")
@click.option("--rate", type=float, help="Payments posted a second; without it flat out.")
@click.option("--channels", default=1000, show_default=True, help="Channel accounts; made before it is measured.")
@click.option("--receivers", "receiver_count", default=1, show_default=True, help="Servers that get callbacks.")
@click.option("--wallets", default=1, show_default=True, help="Wallets that are paid.")
@click.option("--connections", default=16, show_default=True, help="HTTP connections that stay open.")
@click.option("--close-seconds", default=1.0, show_default=True, help="Seconds between two ledgers.")
@click.option("--poll-interval", default=0.5, show_default=True, help="Seconds between the service's looks at it.")
@click.option(
    "--watched", is_flag=True, help="Payments of strangers, told to services that watch; the wallets get them."
)
@click.option("--profile", type=click.Path(path_type=Path), help="Write a py-spy profile (raw) here; it slows things.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def bench(
    count: int,
    rate: float | None,
    channels: int,
    receiver_count: int,
    wallets: int,
    connections: int,
    close_seconds: float,
    poll_interval: float,
    watched: bool,
    profile: Path | None,
    as_json: bool,
) -> None:
    """Measure the service: speed, CPU, latency and memory, against a sandbox of its own."""
    with tempfile.TemporaryDirectory(prefix="kinpay-bench-") as name, receivers(receiver_count) as servers:
        folder = Path(name)
        try:
            with _sandbox(folder, close_seconds) as network:
                payees = [] if watched else [network.make_wallet().public_key for _ in range(wallets)]
                with _service(folder, network, channels, poll_interval) as (url, pid, root):
                    here = Bench(url, pid, network, root, payees, servers, connections, close_seconds)
                    if watched:
                        result = _measure_watched(here, count, wallets, profile)
                    else:
                        _warm_up(here, channels)
                        with _profiled(pid, profile):
                            result = _measure(here, count, rate)
        except DemoError as error:
            raise click.ClickException(str(error)) from None
    click.echo(json.dumps(result) if as_json else _table(result))


@contextmanager
def _sandbox(folder: Path, close_seconds: float) -> Iterator[Network]:
    with running(["sandbox", "--port", "0", "--json", "--close-seconds", str(close_seconds)], folder) as program:
        yield program.wait_for(network_of)


@contextmanager
def _service(folder: Path, network: Network, channels: int, poll_interval: float) -> Iterator[tuple[str, int, str]]:
    """The service's URL and process id, and the root account that it pays from."""
    root = network.make_wallet()
    network.give_kin(root.public_key, 10_000_000)
    config = write_config(folder, network, root, max_channels=channels, poll_interval=poll_interval)
    with running(["serve", "-c", str(config)], folder) as program:
        yield program.wait_for(url_of), program.pid, root.public_key


def _warm_up(bench: Bench, channels: int) -> None:
    """Sends bursts until the ledger has all the channels."""
    while (there := ledger.channels(bench.network, bench.root)) < channels:
        _say(f"warming up: {there} of {channels} channels")
        asyncio.run(post_all(bench.url, bench.requests(channels), connections=bench.connections, rate=None))
        _await_callbacks(bench, channels)


def _measure(bench: Bench, count: int, rate: float | None) -> dict[str, Any]:
    requests = bench.requests(count)
    held, cpu = ledger.received(bench.network, bench.wallets), cpu_seconds(bench.service_pid)
    _say(f"posting {count} payments, {f'{rate:g} a second' if rate else 'flat out'}")
    posted = asyncio.run(post_all(bench.url, requests, connections=bench.connections, rate=rate))
    callbacks = _await_callbacks(bench, count)
    cpu = cpu_seconds(bench.service_pid) - cpu
    paid = ledger.received(bench.network, bench.wallets) - held
    return {
        **figures(posted, callbacks, ledger.close_times(bench.network, bench.close_seconds)),
        "cpu_ms_per_payment": cpu * 1000 / count,
        "max_rss_mib": max_rss_mib(bench.service_pid),
        "paid_on_ledger": int(paid),
    }


def _measure_watched(bench: Bench, count: int, addresses: int, profile: Path | None) -> dict[str, Any]:
    watched = prepare(bench.network, bench.url, bench.receivers.urls, addresses)
    for one in (WARM_UP, count):
        bench.receivers.take()
        _say(f"{one} payments in full ledgers")
        with _profiled(bench.service_pid, profile if one == count else None):
            cpu = cpu_seconds(bench.service_pid)
            watched.pay(one)
            callbacks = _await_callbacks(bench, one)
            cpu = cpu_seconds(bench.service_pid) - cpu
    return {
        **watched_figures(callbacks, ledger.shown_times(bench.network, bench.close_seconds)),
        "cpu_ms_per_payment": cpu * 1000 / count,
        "max_rss_mib": max_rss_mib(bench.service_pid),
    }


def _await_callbacks(bench: Bench, count: int) -> list[Callback]:
    """All callbacks, when there are as many; raises DemoError when none came for a minute."""
    before, since = 0, time.monotonic()
    while (now := bench.receivers.count()) < count:
        if now > before:
            before, since = now, time.monotonic()
        if time.monotonic() - since > STALLED:
            raise DemoError(f"only {now} of {count} callbacks came, and none for {STALLED:g} s")
        time.sleep(0.1)
    return bench.receivers.take()


@contextmanager
def _profiled(pid: int, path: Path | None) -> Iterator[None]:
    """Runs py-spy beside the block, if a file is wanted."""
    if path is None:
        yield
        return
    spy = shutil.which("py-spy", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if spy is None:
        raise click.ClickException("--profile needs py-spy: pip install py-spy")
    process = subprocess.Popen(
        [spy, "record", "--format", "raw", "--output", path, "--rate", "100", "--nonblocking", "--pid", str(pid)]
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def _table(result: dict[str, Any]) -> str:
    return "\n".join(f"{name.replace('_', ' '):<28} {_shown(value)}" for name, value in result.items())


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return "unknown" if math.isnan(value) else f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _say(text: str) -> None:
    click.echo(text, err=True)


if __name__ == "__main__":
    bench()
