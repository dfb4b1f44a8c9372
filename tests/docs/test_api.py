"""What `docs/api.md` shows is true: its examples are run in order, and answered as it says."""

import json
import os
import re
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kinpay_server.demo.configuration import url_of, write_config
from kinpay_server.demo.http import receiver
from kinpay_server.demo.network import Network, network_of
from kinpay_server.demo.programs import running
from kinpay_server.domain.errors import KinpayError
from kinpay_server.web.application import OPERATIONS
from kinpay_server.web.operations import JSON

TEXT = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
WITH_TOKENS = "Who may call"
ANY = "…"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Example:
    """A command of the document and the answer that is shown under it."""

    section: str
    command: str
    status: int
    answer: Any

    @property
    def call(self) -> tuple[str, str]:
        """Its method and path."""
        method = re.search(r"-X (\w+)", self.command)
        path = re.search(r"\$KINPAY(/[^\s?\"]*)", self.command)
        assert path
        return method[1] if method else "POST" if "--json" in self.command else "GET", path[1]


def examples() -> Iterator[Example]:
    for section in TEXT.split("\n## ")[1:]:
        pairs = re.findall(r"```sh\n(.*?)\n```\n\n```http\nHTTP/1\.1 (\d+) [^\n]+\n\n(.*?)\n```", section, re.DOTALL)
        for command, status, answer in pairs:
            yield Example(section.partition("\n")[0], command, int(status), loads(answer))


def loads(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


def fits(shown: Any, got: Any) -> bool:
    """Whether the answer is what is shown: `…` stands for anything, at the end of a text or a name for any end."""
    if shown == ANY:
        return True
    if isinstance(shown, dict) and isinstance(got, dict):
        return _fits_object(shown, got)
    if isinstance(shown, list) and isinstance(got, list):
        return len(shown) == len(got) and all(map(fits, shown, got))
    if isinstance(shown, str) and isinstance(got, str) and shown.endswith(ANY):
        return got.startswith(shown[:-1])
    return type(shown) is type(got) and bool(shown == got)


def _fits_object(shown: dict[str, Any], got: dict[str, Any]) -> bool:
    found = {name: [other for other in got if fits(name, other)] for name in shown if name != ANY}
    others = set(got) - {other for names in found.values() for other in names}
    return (not others or ANY in shown) and all(
        len(names) == 1 and fits(shown[name], got[names[0]]) for name, names in found.items()
    )


def test_an_answer_that_differs_from_what_is_shown_is_noticed() -> None:
    shown = {"a": "G…", "b": [1, ANY], "c": {"d": 1, ANY: ANY}}
    assert fits(shown, {"a": "Gx", "b": [1, None], "c": {"d": 1, "e": 2}})
    assert not fits(shown, {"a": "X", "b": [1, 2], "c": {"d": 1}})
    assert not fits(shown, {"a": "G", "b": [1], "c": {"d": 1}})
    assert not fits(shown, {"a": "G", "b": [1, 2], "c": {"e": 1}})
    assert not fits(shown, {"a": "G", "b": [1, 2], "c": {"d": 1}, "f": 1})
    assert not fits({"a": 1}, {"a": "1"})


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    arguments = ["sandbox", "--port", "0", "--json", "--close-seconds", "0.5", "--fast"]
    with running(arguments, tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox.wait_for(network_of)


@contextmanager
def serving(network: Network, folder: Path, more: str = "") -> Iterator[str]:
    """The URL of a service that can pay."""
    root = network.make_wallet()
    network.give_kin(root.public_key, 1_000)
    config = write_config(folder, network, root)
    config.write_text(config.read_text() + more)
    with running(["serve", "-c", str(config)], folder) as program:
        yield program.wait_for(url_of)


def run(example: Example, environ: dict[str, str]) -> tuple[int, Any]:
    """The status and the body that the command gets."""
    with_status = "curl() { command curl -sS -w '\\n%{http_code}' \"$@\"; }"
    done = subprocess.run(
        ["/bin/bash", "-c", f"{with_status}\n{example.command}"],
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=True,
    )
    body, _, status = done.stdout.rpartition("\n")
    return int(status), loads(body)


def check(example: Example, environ: dict[str, str]) -> None:
    """Run it until it is answered as shown: what only reads is repeated until the ledger has got so far."""
    deadline = time.monotonic() + 60
    while True:
        status, got = run(example, environ)
        if status == example.status and fits(example.answer, got):
            return
        may_repeat = example.call[0] == "GET" and time.monotonic() < deadline
        assert may_repeat, f"{example.command}\n{status} {got}"
        time.sleep(0.2)


needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="CURL IS MISSING: the examples were NOT run")


@needs_curl
def test_each_example_is_answered_as_it_is_shown(network: Network, tmp_path: Path) -> None:
    with serving(network, tmp_path) as url, receiver() as callbacks:
        environ = {"KINPAY": url, "WALLET": network.make_wallet().public_key, "CALLBACK": callbacks.url}
        shown = [example for example in examples() if example.section != WITH_TOKENS]
        for number, example in enumerate(shown):
            if number == 1:  # a repeat, once it is paid
                check(shown[2], environ)
            check(example, environ)


@needs_curl
def test_tokens_are_wanted_as_it_is_shown(network: Network, tmp_path: Path) -> None:
    token = secrets.token_urlsafe(24)
    with serving(network, tmp_path, f"[security]\napi_tokens = shop:{token}\n") as url:
        for example in examples():
            if example.section == WITH_TOKENS:
                check(example, {"KINPAY": url, "TOKEN": token})


def test_every_call_has_an_example() -> None:
    shown = {example.call for example in examples()}
    for (method, path), operation in OPERATIONS.items():
        pattern = re.sub(r"\{\w+\}", "[^/]+", path)
        in_json = any(answer.content_type == JSON for answer in operation.answers.values())
        found = [given for one, given in shown if one == method and re.fullmatch(pattern, given)]
        assert found or not in_json, f"{method} {path}"


def errors(kind: type[KinpayError] = KinpayError) -> Iterator[tuple[str, str]]:
    yield str(kind.code), kind.title
    for one in kind.__subclasses__():
        yield from errors(one)


def test_every_code_is_explained() -> None:
    assert set(re.findall(r"^\| (\d{4}) \| ([^|]+) \|", TEXT, re.MULTILINE)) == set(errors())
