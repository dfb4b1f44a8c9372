"""What the demo plays on: a sandbox, the service, an app that is called back, a wallet."""

from __future__ import annotations

import queue
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stellar_sdk import Keypair

from kinpay_server.demo.configuration import url_of, write_config
from kinpay_server.demo.http import Receiver, call
from kinpay_server.demo.network import Network, network_of
from kinpay_server.demo.programs import DemoError, running
from kinpay_server.demo.story import Story

FLOAT = 1_000_000
CLOSE_SECONDS = "0.25"
POLL_SECONDS = 0.2
SANDBOX_PORT, SERVICE_PORT = 8000, 5000
CALLBACK_WITHIN = 60.0

Event = dict[str, Any]


@dataclass(frozen=True)
class Stage:
    """Everything that a scene needs. `root` is the address that pays, `config` the service's file."""

    story: Story
    network: Network
    url: str
    root: str
    config: Path
    callbacks: Receiver

    def payment(self, payment_id: str, recipient: str, amount: int) -> Event:
        """The body of a post."""
        return {
            "id": payment_id,
            "app_id": "demo",
            "amount": amount,
            "recipient_address": recipient,
            "callback": self.callbacks.url,
        }

    def told(self, wanted: Callable[[Event], bool], what: str) -> Event:
        """The first callback that is wanted; others before it are passed over. Raises DemoError if none comes."""
        while True:
            try:
                event = self.callbacks.callbacks.get(timeout=CALLBACK_WITHIN)
            except queue.Empty:
                raise DemoError(f"no callback told of {what} within {CALLBACK_WITHIN:g} s") from None
            if wanted(event):
                return event

    def faults(self, **settings: object) -> None:
        """Has the network misbehave, or behave again."""
        call(f"{self.network.horizon_url}/_sandbox/faults", settings)


@contextmanager
def set_up(story: Story, folder: Path, callbacks: Receiver, *, usual_ports: bool) -> Iterator[Stage]:
    """Both programs, until the block ends. With `usual_ports` they listen where they always do, if nobody else does."""
    sandbox_port, service_port = (_port(one) if usual_ports else 0 for one in (SANDBOX_PORT, SERVICE_PORT))
    arguments = ["sandbox", "--port", str(sandbox_port), "--json", "--fast", "--close-seconds", CLOSE_SECONDS]
    with running(arguments, folder) as sandbox:
        network = sandbox.wait_for(network_of)
        story.step("sandbox", f"a Stellar network of its own, {network.horizon_url}")
        root = Keypair.random()
        config = write_config(folder, network, root, port=service_port, poll_interval=POLL_SECONDS)
        with running(["serve", "-c", str(config)], folder) as service:
            _fund(story, network, root)  # while the service starts
            url = service.wait_for(url_of)
            story.step("service", f"listening on {url}")
            yield Stage(story, network, url, root.public_key, config, callbacks)
            service.stop()
        sandbox.stop()
        story.step("stopped", "service and sandbox")


def _fund(story: Story, network: Network, root: Keypair) -> None:
    network.befriend(root)
    network.give_kin(root.public_key, FLOAT)
    story.step("root", f"{root.public_key[:8]}… has XLM, a trustline and {FLOAT:,} {network.asset_code} to pay with")


def _port(usual: int) -> int:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", usual))
        except OSError:
            return 0
    return usual
