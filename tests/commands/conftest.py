"""An operator, and a database of a service that does not run."""

import socket
from pathlib import Path

import pytest
from stellar_sdk import Keypair

from kinpay_server.demo.configuration import write_config
from kinpay_server.demo.network import Network
from tests.commands.operator import Operator
from tests.storage.conftest import Stores
from tests.storage.conftest import database as database
from tests.storage.conftest import file as file
from tests.storage.conftest import migrated as migrated
from tests.storage.conftest import stores as stores
from tests.storage.conftest import url as url

PASSPHRASE = "Test Kin Network ; 2026"


@pytest.fixture
def alone(tmp_path: Path, stores: Stores) -> Operator:
    """The operator of a database without a running service, and whose Horizon cannot be reached."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        horizon = f"http://127.0.0.1:{unused.getsockname()[1]}"
    issuer = Keypair.random().public_key
    network = Network(horizon, PASSPHRASE, f"{horizon}/friendbot", f"{horizon}/faucet", "KIN", issuer)
    return Operator(tmp_path, write_config(tmp_path, network, Keypair.random()))
