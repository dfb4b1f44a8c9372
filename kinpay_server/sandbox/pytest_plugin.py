"""A running network for the tests of other projects: the fixture `kinpay_sandbox`, which imports what it needs."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .in_thread import SandboxServer


@pytest.fixture
def kinpay_sandbox() -> "Iterator[SandboxServer]":
    """A network of its own for each test."""
    from .in_thread import SandboxServer

    server = SandboxServer()
    yield server
    server.stop()
