"""The service of the demo: its config file, and where it says that it listens."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from stellar_sdk import Keypair

from kinpay_server.demo.network import Network

LISTENING = re.compile(r"listening on (http://\S+)")


def write_config(
    folder: Path, network: Network, root: Keypair, *, port: int = 0, max_channels: int = 10, poll_interval: float = 0.5
) -> Path:
    """Writes a config file and a seed file for a service that keeps its data in `folder`; port 0 takes a free one."""
    with os.fdopen(os.open(folder / "root.seed", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as seed:
        seed.write(root.secret + "\n")
    path = folder / "kinpay.ini"
    path.write_text(
        f"[server]\nport = {port}\napp_name = demo\n"
        f"[stellar]\nhorizon_url = {network.horizon_url}\nnetwork = {network.network_passphrase}\n"
        f"kin_issuer_address = {network.asset_issuer}\nkin_token_name = {network.asset_code}\n"
        f"base_seed_file = root.seed\nchannel_salt = {secrets.token_hex(16)}\nmax_channels = {max_channels}\n"
        f"[storage]\nurl = sqlite:///{folder / 'kinpay.db'}\n"
        f"[watcher]\npoll_interval = {poll_interval:f}\n"
    )
    return path


def url_of(line: str) -> str | None:
    """The URL in the line that `kinpay serve` says when it is ready, or None if it is another line."""
    found = LISTENING.search(line)
    return found[1] if found else None
