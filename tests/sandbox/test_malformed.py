"""Any bytes at `tx=` end in a problem, never in a traceback or a stopped ledger."""

import base64

import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kinpay_server.sandbox.core.envelope import Malformed

SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SETTINGS
@given(raw=st.binary(max_size=300))
def test_random_bytes(still, raw):
    for path in ("/transactions", "/transactions_async"):
        text = base64.b64encode(raw).decode()
        reply = requests.post(still.horizon_url + path, data={"tx": text}, timeout=30)
        assert reply.status_code == 400
        assert reply.json()["type"].endswith("transaction_malformed")


@SETTINGS
@given(data=st.data())
def test_real_envelopes_with_changed_bytes(world, data):
    alice, bob = world.node.friendbot, world.node.issuer
    inner = world.tx(alice, world.pay(bob), world.pay(bob, xlm=True), memo="1-test-1")
    raw = bytearray(base64.b64decode(data.draw(st.sampled_from([inner, world.bump(inner, bob, 1000)])).to_xdr()))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(raw)))
    for text in (bytes(raw), bytes(raw[:cut])):
        try:
            answer = world.node.submit(base64.b64encode(text).decode(), world.now)
        except Malformed:
            continue
        if answer.result is not None:
            assert answer.result.to_xdr()
    world.close()


def test_forms_that_hold_no_transaction(still):
    url = still.horizon_url + "/transactions"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in (b"", b"tx=", b"a=b", b"tx=%ff%fe", b"\xff\xfe", b"tx=" + b"A" * 300_000):
        reply = requests.post(url, data=body, headers=form, timeout=30)
        assert (reply.status_code, reply.json()["title"]) == (400, "Transaction Malformed")
    for kind, status in (("application/json", 415), ("text/plain", 415), ("a/b/c; d", 500)):
        assert requests.post(url, data=b"tx=AAAA", headers={"Content-Type": kind}, timeout=30).status_code == status
