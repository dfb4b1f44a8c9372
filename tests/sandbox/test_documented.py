"""Every example of docs/sandbox.md, run as it stands there; with the addresses of another sandbox."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from stellar_sdk import Asset, ChangeTrust, Keypair, Server, TransactionBuilder

from tests.sandbox import javascript_sdk

TEXT = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
CALLS = re.findall(r"^    (curl .+)$", TEXT, re.MULTILINE) + re.findall(r"`(curl .+?)`", TEXT)
WHERE, PHRASE = "http://127.0.0.1:8000", "kinpay sandbox ; local"


def examples(language):
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def here(text, live):
    """The example with this sandbox's address and passphrase."""
    return text.replace(WHERE, live.horizon_url).replace(PHRASE, live.network_passphrase)


def test_there_are_examples_for_both_languages_and_calls():
    assert (len(examples("python")), len(examples("js")), len(CALLS)) == (2, 1, 4)


def test_the_payment_in_python(live):
    program = here(examples("python")[0], live)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 1


def test_the_fixture_in_a_suite_of_its_own(tmp_path):
    more = "    assert server.root().call()['network_passphrase'] == kinpay_sandbox.network_passphrase\n"
    (tmp_path / "test_it.py").write_text("from stellar_sdk import Server\n\n" + examples("python")[1] + more)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=90)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.skipif(not javascript_sdk.HAS_NODE, reason=javascript_sdk.MISSING)
def test_the_account_in_javascript(live):
    assert "10000.0000000" in javascript_sdk.run(here(examples("js")[0], live))


def test_the_calls(live):
    alice = Keypair.random()
    for line in CALLS:
        if "/faucet" in line:
            trust(live, alice)
        reply = call(here(line, live).replace("G…", alice.public_key))
        assert reply.status_code == 200, (line, reply.text)
    assert live.node.history.snapshot.account(alice.raw_public_key()) is not None


def trust(live, who):
    server = Server(live.horizon_url)
    builder = TransactionBuilder(server.load_account(who.public_key), live.network_passphrase)
    kin = builder.append_operation(ChangeTrust(Asset(live.asset_code, live.asset_issuer))).set_timeout(60).build()
    kin.sign(who)
    server.submit_transaction(kin)


def call(line):
    """What curl would do."""
    _, *words = shlex.split(line)
    options = {words[i]: words[i + 1] for i in range(len(words) - 1) if words[i] in ("-X", "-d")}
    url = next(word for word in words if word.startswith("http"))
    return requests.request(options.get("-X", "GET"), url, data=options.get("-d"), timeout=30)
