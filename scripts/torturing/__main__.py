"""`scripts/torture`: starts sandbox, service and receiver, posts, kills, and prints what became of it all."""

from __future__ import annotations

import asyncio
import math
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from kinpay_server.demo.configuration import url_of, write_config
from kinpay_server.demo.network import Network, network_of
from kinpay_server.demo.programs import DemoError, Program, running
from torturing.clients import Clients
from torturing.receiver import Receiver, receiving
from torturing.verdict import Verdict, judge
from torturing.weather import bad_weather, fair_weather

APP_ID = "hurt"
CALM_AFTER = 0.95
"""The last part is made in fair weather."""

LONGEST_LIFE = 60.0
EARLY_DEATH = 0.2
STALLED = 300.0


@dataclass
class Torture:
    """What is running, and how it is treated."""

    folder: Path
    config: Path
    network: Network
    root: str
    clients: Clients
    told: Receiver
    luck: random.Random
    kills: int
    stop_seconds: float

    async def run(self) -> None:
        """Kill it again and again in bad weather, then let it finish in peace."""
        posting = asyncio.create_task(self.clients.run())
        weather = asyncio.create_task(bad_weather(self.network, self.luck.randrange(2**31)))
        for kill in range(1, self.kills + 1):
            await self._life(kill)
        with self._program() as program:
            await self._listen(program)
            await self._stand_still(program)
            await self._told(round(CALM_AFTER * len(self.clients.bodies)))
            weather.cancel()
            await fair_weather(self.network)
            self.told.well = True
            await posting
            await self._told(len(self.clients.bodies))
            await asyncio.to_thread(program.stop)

    async def _life(self, kill: int) -> None:
        """One life, until so many are told, or too long; some end while they begin."""
        with self._program() as program:
            if self.luck.random() < EARLY_DEATH:
                await asyncio.sleep(self.luck.uniform(0, 3))
            else:
                await self._listen(program)
                goal = round(len(self.clients.bodies) * CALM_AFTER * kill / (self.kills + 1))
                await self._told(goal, LONGEST_LIFE)
                await asyncio.sleep(self.luck.uniform(0, 1.5))
            program.kill()
        self._say(f"kill {kill}")

    async def _stand_still(self, program: Program) -> None:
        """A process that is stopped for a while, as a host that is suspended."""
        os.kill(program.pid, signal.SIGSTOP)
        await asyncio.sleep(self.stop_seconds)
        os.kill(program.pid, signal.SIGCONT)
        self._say(f"stood still for {self.stop_seconds:g} s")

    async def _listen(self, program: Program) -> None:
        self.clients.url = await asyncio.to_thread(program.wait_for, url_of)

    async def _told(self, count: int, longest: float = math.inf) -> None:
        """Wait until so many are told, at most so long, and only while it goes on."""
        before, since, began = len(self.told.succeeded), time.monotonic(), time.monotonic()
        while (now := len(self.told.succeeded)) < count and time.monotonic() - began < longest:
            if now > before:
                before, since = now, time.monotonic()
            if time.monotonic() - since > STALLED:
                self._say(f"nothing has been told for {STALLED:g} s")
                return
            await asyncio.sleep(0.1)

    @contextmanager
    def _program(self) -> Iterator[Program]:
        with running(["serve", "-c", str(self.config)], self.folder) as program:
            yield program

    def _say(self, text: str) -> None:
        accepted, told = self.clients.accepted, len(self.told.succeeded)
        click.echo(f"{text}: {accepted} of {len(self.clients.bodies)} accepted, {told} told", err=True)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--count", default=10_000, show_default=True, help="Payments.")
@click.option("--kills", default=20, show_default=True, help="SIGKILLs, spread over the payments.")
@click.option("--channels", default=200, show_default=True, help="Channel accounts.")
@click.option("--per-second", default=25.0, show_default=True, help="Payments posted a second.")
@click.option("--close-seconds", default=0.5, show_default=True, help="Seconds between two ledgers.")
@click.option("--stop-seconds", default=60.0, show_default=True, help="How long the service is stopped by SIGSTOP.")
@click.option("--seed", default=1, show_default=True, help="Decides all luck but the timing of processes.")
def torture(
    count: int,
    kills: int,
    channels: int,
    per_second: float,
    close_seconds: float,
    stop_seconds: float,
    seed: int,
) -> None:
    """Make payments under heavy misbehaviour and SIGKILLs; status 1 if one was paid twice, lost or told wrongly."""
    luck = random.Random(seed)  # noqa: S311 - bad luck, no secret
    with tempfile.TemporaryDirectory(prefix="kinpay-torture-") as name:
        folder = Path(name)
        arguments = ["sandbox", "--port", "0", "--json", "--fast", "--close-seconds", str(close_seconds)]
        try:
            with running(arguments, folder) as sandbox:
                network = sandbox.wait_for(network_of)
                verdict = asyncio.run(_torture(folder, network, luck, count, kills, channels, per_second, stop_seconds))
        except DemoError as error:
            raise click.ClickException(str(error)) from None
    click.echo(str(verdict))
    sys.exit(0 if verdict.good else 1)


async def _torture(
    folder: Path,
    network: Network,
    luck: random.Random,
    count: int,
    kills: int,
    channels: int,
    per_second: float,
    stop_seconds: float,
) -> Verdict:
    root = await asyncio.to_thread(network.make_wallet)
    wallet = (await asyncio.to_thread(network.make_wallet)).public_key
    await asyncio.to_thread(network.give_kin, root.public_key, 2 * count)
    config = write_config(folder, network, root, max_channels=channels, poll_interval=0.2)
    ids = [f"p-{number}" for number in range(count)]
    async with receiving(luck.randrange(2**31)) as told:
        bodies = [_body(one, wallet, told.url) for one in ids]
        clients = Clients(bodies, luck, per_second)
        began = time.monotonic()
        running_ = Torture(folder, config, network, root.public_key, clients, told, luck, kills, stop_seconds)
        await running_.run()
        seconds = time.monotonic() - began
        return await asyncio.to_thread(
            lambda: judge(network, root.public_key, APP_ID, ids, told, kills=kills, seconds=seconds)
        )


def _body(payment_id: str, wallet: str, callback: str) -> dict[str, object]:
    return {"id": payment_id, "app_id": APP_ID, "amount": 1, "recipient_address": wallet, "callback": callback}


if __name__ == "__main__":
    torture()
