"""The whole service, guarded: who may call, whom it may call, how receivers know it, and what its log says of that."""

import base64
import json
import queue
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from standardwebhooks.webhooks import Webhook

from kinpay_server.demo.network import Network
from tests.system.conftest import Kinpay

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

TOKEN = secrets.token_urlsafe(24)
SECRET = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
Posted = tuple[dict[str, str], bytes]


@contextmanager
def receiving() -> Iterator[tuple[str, "queue.SimpleQueue[Posted]"]]:
    """The URL of a receiver that answers 200, and what comes to it."""
    posted: queue.SimpleQueue[Posted] = queue.SimpleQueue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted.put(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hook", posted
        finally:
            server.shutdown()
            thread.join()


def logged(kinpay: Kinpay) -> tuple[str, list[dict[str, Any]]]:
    """All that the service said: as text, and its lines of JSON."""
    text = "".join(file.read_text() for file in kinpay.folder.glob("*.log"))
    return text, [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def test_a_guarded_service_takes_callers_by_name_and_signs_what_it_tells(kinpay: Kinpay, network: Network) -> None:
    with kinpay.config.open("a") as config:
        config.write(f"[security]\napi_tokens = shop:{TOKEN}\n")
        config.write(f"[callbacks]\nsigning_secret = {SECRET}\nallowed_hosts = 127.0.0.0/8\n")
    wallet = network.make_wallet().public_key
    payment = {"id": "p-1", "app_id": "shop", "amount": 1, "recipient_address": wallet}
    token = {"Authorization": f"Bearer {TOKEN}"}
    with receiving() as (hook, posted), kinpay.serving() as (_, url), requests.Session() as session:
        session.trust_env = False
        assert session.get(f"{url}/status").status_code in (200, 503)
        assert session.post(f"{url}/payments", json=payment | {"callback": hook}).status_code == 401
        elsewhere = session.post(f"{url}/payments", json=payment | {"callback": "http://app.example/"}, headers=token)
        assert elsewhere.json()["fields"].keys() == {"callback"}
        taken = session.post(f"{url}/payments", json=payment | {"callback": hook}, auth=("anyone", TOKEN))
        assert taken.status_code == 202
        headers, body = posted.get(timeout=60)
    told = Webhook(SECRET).verify(body, headers)
    assert (told["state"], told["value"]["id"]) == ("success", "p-1")
    text, lines = logged(kinpay)
    [accepted] = [line for line in lines if line["event"] == "payment accepted"]
    assert (accepted["payment_id"], accepted["app_id"], accepted["caller"]) == ("p-1", "shop", "shop")
    assert TOKEN not in text
    assert SECRET not in text
