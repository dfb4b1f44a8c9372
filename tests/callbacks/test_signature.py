"""What the library of Standard Webhooks makes of our headers."""

import base64
import secrets
import time
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from kinpay_server.callbacks.signature import Signatures
from kinpay_server.config_access import signing_keys
from tests.callbacks.conftest import a_callback, receiving, sending

BODY = '{"object": "payment", "value": {"id": "ä", "amount": 0.1}}'.encode()
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def a_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


def verified(secret: str, body: bytes, headers: dict[str, str]) -> bool:
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


def test_the_library_verifies_what_is_signed_and_its_signature_is_the_same() -> None:
    secret, now = a_secret(), int(time.time())
    headers = Signatures(signing_keys(secret)).headers("payment-1", BODY, now)
    assert verified(secret, BODY, headers)
    theirs = Webhook(secret).sign("payment-1", datetime.fromtimestamp(now, UTC), BODY.decode())
    assert headers == {"webhook-id": "payment-1", "webhook-timestamp": str(now), "webhook-signature": theirs}


@pytest.mark.parametrize("changed", ["webhook-id", "webhook-timestamp", "body", "secret"])
def test_the_library_refuses_what_was_changed(changed: str) -> None:
    secret, now = a_secret(), int(time.time())
    headers = Signatures(signing_keys(secret)).headers("payment-1", BODY, now)
    other = {"webhook-id": "payment-2", "webhook-timestamp": str(now - 1)}
    headers |= {name: value for name, value in other.items() if name == changed}
    body, key = BODY + b" " if changed == "body" else BODY, a_secret() if changed == "secret" else secret
    assert not verified(key, body, headers)


def test_the_library_refuses_an_old_try() -> None:
    secret = a_secret()
    assert not verified(secret, BODY, Signatures(signing_keys(secret)).headers("a", BODY, int(time.time()) - 3600))


def test_with_two_secrets_either_is_enough() -> None:
    old, new = a_secret(), a_secret()
    headers = Signatures(signing_keys(f"{old} {new}")).headers("a", BODY, int(time.time()))
    assert len(headers["webhook-signature"].split(" ")) == 2
    assert verified(old, BODY, headers)
    assert verified(new, BODY, headers)


def test_without_a_secret_there_are_id_and_time_and_no_signature() -> None:
    assert Signatures().headers("a", BODY, 17) == {"webhook-id": "a", "webhook-timestamp": "17"}


def test_keys_are_not_shown() -> None:
    assert "key" not in repr(Signatures([b"key"]))


@pytest.mark.gen_test
async def test_what_the_sender_posts_is_verified_and_each_try_has_the_same_id_and_a_new_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secret, now = a_secret(), int(time.time())
    async with receiving(OK) as receiver, sending(signing_keys=signing_keys(secret)) as sender:
        for seconds in (now, now + 5):
            monkeypatch.setattr(time, "time", lambda seconds=seconds: seconds + 0.9)
            await sender.send(a_callback(receiver.url, BODY))
    monkeypatch.undo()
    sent = [{name.lower(): value for name, value in posted.headers.items()} for posted in receiver.posted]
    assert all(verified(secret, posted.body, headers) for posted, headers in zip(receiver.posted, sent, strict=True))
    assert [headers["webhook-id"] for headers in sent] == ["c-1", "c-1"]
    assert [headers["webhook-timestamp"] for headers in sent] == [str(now), str(now + 5)]


@pytest.mark.gen_test
async def test_without_a_secret_the_sender_posts_id_and_time() -> None:
    async with receiving(OK) as receiver, sending() as sender:
        await sender.send(a_callback(receiver.url))
    names = {name.lower() for name in receiver.posted[0].headers}
    assert {"webhook-id", "webhook-timestamp"} <= names
    assert "webhook-signature" not in names
