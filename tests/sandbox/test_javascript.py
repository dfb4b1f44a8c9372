"""The JavaScript SDK uses it unchanged."""

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "javascript"
NODE, NPM = shutil.which("node"), shutil.which("npm")


@pytest.mark.skipif(NODE is None or NPM is None, reason="NODE IS MISSING: the JavaScript SDK was NOT tried")
def test_load_build_submit_bump_page_and_stream(live):
    if not (HERE / "node_modules" / "@stellar" / "stellar-sdk").is_dir():
        subprocess.run([NPM, "install", "--no-audit", "--no-fund", "--no-package-lock"], cwd=HERE, check=True)
    arguments = [live.horizon_url, live.network_passphrase, live.friendbot_url]
    done = subprocess.run([NODE, "judge.mjs", *arguments], cwd=HERE, capture_output=True, text=True, timeout=90)
    assert (done.returncode, done.stdout.strip()) == (0, "fine"), done.stderr
