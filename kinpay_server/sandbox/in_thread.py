"""A running network in a thread of its own, for programs and tests in Python."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from stellar_sdk import Keypair

from .http.server import Running, start
from .node import ASSET_CODE, Node

PHRASE = "kinpay sandbox ; tests"
T = TypeVar("T")


class SandboxServer:
    """A network in a thread of its own. Ledgers close each 0.1 s and nothing is late, unless it is asked for."""

    def __init__(self, *, passphrase: str = PHRASE, close_seconds: float = 0.1, fast: bool = True, **more: Any) -> None:
        self.node = Node(passphrase, **more)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="kinpay-sandbox", daemon=True)
        self._thread.start()
        self._running: Running = self._call(start(self.node, close_seconds=close_seconds, fast=fast))

    @property
    def horizon_url(self) -> str:
        """Where Horizon's API is."""
        return self._running.url

    @property
    def network_passphrase(self) -> str:
        """What transactions are signed for."""
        return self.node.network.passphrase

    @property
    def friendbot_url(self) -> str:
        """Ask it with ?addr=G..."""
        return f"{self.horizon_url}/friendbot"

    @property
    def faucet_url(self) -> str:
        """Ask it with ?address=G...&amount=..."""
        return f"{self.horizon_url}/faucet"

    @property
    def asset_code(self) -> str:
        """KIN."""
        return ASSET_CODE

    @property
    def asset_issuer(self) -> str:
        """Who issues it."""
        return self.node.issuer.public_key

    @property
    def root(self) -> Keypair:
        """The account that owned all XLM."""
        return self.node.network.root

    def stop(self) -> None:
        """Ends the network."""
        self._call(self._running.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)
