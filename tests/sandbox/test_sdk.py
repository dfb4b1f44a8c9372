"""The Python SDK uses it unchanged, blocking and asynchronous."""

import asyncio

import pytest
import requests
from stellar_sdk import (
    AiohttpClient,
    Asset,
    Keypair,
    Server,
    ServerAsync,
    TransactionBuilder,
)


def test_load_build_submit_bump_page_and_stream(live):
    server = Server(live.horizon_url)
    alice, bob = Keypair.random(), Keypair.random()
    for who in (alice, bob):
        requests.get(live.friendbot_url, params={"addr": who.public_key}, timeout=30).raise_for_status()
    account = server.load_account(alice.public_key)
    assert server.fetch_base_fee() == 100

    def build():
        return (
            TransactionBuilder(account, live.network_passphrase, 100)
            .append_payment_op(bob.public_key, Asset.native(), "1.5")
            .add_text_memo("hello")
            .set_timeout(60)
            .build()
        )

    tx = build()
    tx.sign(alice)
    assert server.submit_transaction(tx)["successful"]
    inner = build()
    inner.sign(alice)
    bump = TransactionBuilder.build_fee_bump_transaction(bob, 1000, inner, live.network_passphrase)
    bump.sign(bob)
    assert server.submit_transaction_async(bump)["tx_status"] == "PENDING"
    for event in server.payments().for_account(bob.public_key).cursor("0").stream():
        if event["transaction_hash"] == bump.hash_hex():
            break
    page = server.payments().for_account(bob.public_key).limit(1).order(desc=False)
    ids = [record["id"] for record in page.call()["_embedded"]["records"]]
    while records := page.next()["_embedded"]["records"]:
        ids += [record["id"] for record in records]
    assert len(ids) == 3
    found = server.transactions().transaction(inner.hash_hex()).call()
    assert found["fee_bump_transaction"]["hash"] == bump.hash_hex()


def test_the_asynchronous_client(live):
    pytest.importorskip("aiohttp_sse_client", reason="the SDK's asynchronous client wants stellar-sdk[aiohttp]")

    async def go():
        async with ServerAsync(live.horizon_url, AiohttpClient()) as server:
            alice = Keypair.random()
            await server._client.get(live.friendbot_url, {"addr": alice.public_key})
            account = await server.load_account(alice.public_key)
            tx = (
                TransactionBuilder(account, live.network_passphrase, 100)
                .append_payment_op(alice.public_key, Asset.native(), "1")
                .set_timeout(60)
                .build()
            )
            tx.sign(alice)
            assert (await server.submit_transaction(tx))["successful"]
            async for event in server.transactions().for_account(alice.public_key).cursor("0").stream():
                if event["hash"] == tx.hash_hex():
                    return

    asyncio.run(go())
