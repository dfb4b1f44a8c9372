"""What `docs/webhooks.md` shows is true: its receivers run, and take what the service sends and nothing else."""

import base64
import http.client
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import pytest
from marshmallow import RAISE, Schema, ValidationError

from kinpay_server.callbacks.sender import HttpSender
from kinpay_server.callbacks.signature import Signatures
from kinpay_server.config_access import signing_keys
from kinpay_server.domain.callback import Callback
from kinpay_server.web import answers

TEXT = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
NODE = shutil.which("node")
BODY = json.dumps(
    {"object": "payment", "action": "send", "state": "success", "value": {"id": "order-ä", "amount": 0.1}}
).encode()
SHAPES = (
    answers.PaymentSucceeded,
    answers.PaymentFailed,
    answers.PaymentSeen,
    answers.WalletCreated,
    answers.WalletFailed,
)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def a_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


@dataclass
class Example:
    """A receiver of the document, running."""

    port: int
    said: IO[str]

    def post(self, body: bytes, headers: dict[str, str]) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", "/", body, headers)
            return connection.getresponse().status
        finally:
            connection.close()


@contextmanager
def running(command: list[str], known: str) -> Iterator[Example]:
    environ = os.environ | {"WEBHOOK_SECRETS": known, "PORT": "0"}
    process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        ready = re.fullmatch(r"listening on ([0-9]+)\n", process.stdout.readline())
        assert ready
        yield Example(int(ready[1]), process.stdout)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(
    params=[
        "python",
        pytest.param(
            "javascript",
            marks=pytest.mark.skipif(NODE is None, reason="NODE IS MISSING: the example in JavaScript was NOT run"),
        ),
    ]
)
def command(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """How to run the example of a language, written to a file as it stands."""
    [code] = blocks(request.param)
    python = request.param == "python"
    file = tmp_path / ("receiver.py" if python else "receiver.cjs")
    file.write_text(code, encoding="utf-8")
    return [sys.executable if python else str(NODE), str(file)]


@pytest.mark.gen_test
async def test_the_example_takes_what_the_service_sends_and_tells_a_repeat_once(command: list[str]) -> None:
    secret = a_secret()
    with running(command, secret) as example:
        sender = HttpSender(timeout=30, signing_keys=signing_keys(secret))
        for callback_id in ("a", "a", "b"):
            delivery = await sender.send(Callback(callback_id, f"http://127.0.0.1:{example.port}/hook", BODY))
            assert delivery.status == 204
        await sender.close()
        assert [example.said.readline() for _ in range(2)] == ["payment send success order-ä\n"] * 2


def test_the_example_takes_either_secret_while_it_is_changed(command: list[str]) -> None:
    old, new = a_secret(), a_secret()
    headers = Signatures(signing_keys(f"{new} {old}")).headers("a", BODY, int(time.time()))
    for known in (old, new, f"{old} {new}"):
        with running(command, known) as example:
            assert example.post(BODY, headers) == 204


def test_the_example_refuses_all_else(command: list[str]) -> None:
    secret, now = a_secret(), int(time.time())
    sign = Signatures(signing_keys(secret)).headers
    good = sign("a", BODY, now)
    with running(command, secret) as example:
        refused: list[tuple[bytes, dict[str, str]]] = [
            (BODY + b" ", good),
            (BODY, good | {"webhook-id": "b"}),
            (BODY, good | {"webhook-timestamp": str(now - 1)}),
            (BODY, good | {"webhook-signature": "v1,"}),
            (BODY, good | {"webhook-signature": "v1,é"}),
            (BODY, Signatures(signing_keys(a_secret())).headers("a", BODY, now)),
            (BODY, sign("a", BODY, now - 3600)),
            (BODY, sign("a", BODY, now + 3600)),
            *((BODY, {name: value for name, value in good.items() if name != missing}) for missing in good),
            (BODY, {}),
        ]
        assert [example.post(body, headers) for body, headers in refused] == [401] * len(refused)
        assert example.post(BODY, good) == 204


def shape_of(told: dict[str, Any]) -> type[Schema] | None:
    for shape in SHAPES:
        try:
            shape(unknown=RAISE).load(told)
        except ValidationError:
            continue
        return shape
    return None


def test_what_is_shown_has_the_shape_of_what_is_told() -> None:
    shown = [shape_of(json.loads(block, parse_float=Decimal)) for block in blocks("json")]
    assert shown == [answers.PaymentSucceeded, answers.WalletFailed]


def test_the_secret_that_the_document_makes_is_taken() -> None:
    [line] = re.findall(r"python3 -c '(.*)'", TEXT)
    made = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=True).stdout
    assert len(signing_keys(made)[0]) == 32
