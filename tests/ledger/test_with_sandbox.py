"""The ledger package against the sandbox, which checks signatures, numbers, fees, reserves and bounds as core does."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from stellar_sdk import Account, Asset, Keypair, TransactionBuilder

from kinpay_server.domain.attempt import Attempt, Fate, judge
from kinpay_server.domain.channel import Channel
from kinpay_server.domain.outcome import Answer, Fault, LedgerTransaction, Verdict
from kinpay_server.domain.payment import Payment
from kinpay_server.ledger.client import HorizonLedger
from kinpay_server.ledger.signer import StellarSigner
from kinpay_server.services.ports import Bounds, OpeningDraft, PaymentDraft

ROOT = Keypair.from_raw_ed25519_seed(b"root of the sandbox test".ljust(32, b"."))
ALICE = Keypair.from_raw_ed25519_seed(b"alice of the sandbox test".ljust(32, b"."))
STRANGER = Keypair.from_raw_ed25519_seed(b"a stranger without trustline".ljust(32, b"."))
QUEUED = Answer(Verdict.QUEUED, "PENDING")
CHANNEL_XLM = 5_000_000


class World:
    """A sandbox with a root account that has KIN, 19 channels with XLM and then 18 without."""

    def __init__(self, facts: dict[str, str]) -> None:
        self.facts = facts
        self.asset = {"asset_code": facts["asset_code"], "asset_issuer": facts["asset_issuer"]}
        self.passphrase = facts["network_passphrase"]
        self.signer = StellarSigner(ROOT.secret, channel_salt="salt", passphrase=self.passphrase, **self.asset)
        self.start = "0"

    @asynccontextmanager
    async def ledger(self) -> AsyncIterator[HorizonLedger]:
        url = self.facts["horizon_url"]
        async with HorizonLedger(url, passphrase=self.passphrase, signer=self.signer, **self.asset) as ledger:
            yield ledger

    async def populate(self) -> None:
        async with aiohttp.ClientSession() as session, self.ledger() as ledger:
            for keys in (ROOT, ALICE, STRANGER):
                await self._get(session, self.facts["friendbot_url"], addr=keys.public_key)
            for keys in (ROOT, ALICE):
                await self._trust(session, ledger, keys)
            await self._get(session, self.facts["faucet_url"], address=ROOT.public_key, amount="1000")
            await self._open_channels(ledger)

    async def bounds(self, ledger: HorizonLedger, ledgers: int = 1000) -> Bounds:
        network = await ledger.network()
        return Bounds(network.latest_ledger + ledgers, network.closed_at + 6000)

    async def pay(self, ledger: HorizonLedger, drafts: Sequence[PaymentDraft]) -> list[Attempt]:
        """Sign, send and see that all are taken."""
        attempts = await self.signer.sign_payments(drafts, await self.bounds(ledger), now=0)
        assert await ledger.submit(attempts) == [QUEUED] * len(attempts)
        return attempts

    async def draft(self, ledger: HorizonLedger, index: int, to: Keypair = ALICE, fee: int = 100) -> PaymentDraft:
        account = await ledger.account(self.signer.channel_address(index))
        assert account is not None
        channel = Channel(index, account.address, account.sequence, account.sequence, account.xlm_spendable)
        payment = Payment(f"p-{index}", "test", 12_345_678, to.public_key, "http://127.0.0.1/", "r", 0)
        return PaymentDraft(payment, channel, fee, None)

    async def close_ledgers(self, count: int) -> None:
        """So many at once."""
        url = f"{self.facts['horizon_url']}/_sandbox/close?ledgers={count}"
        async with aiohttp.ClientSession() as session, session.post(url) as answer:
            assert answer.status == 200, await answer.text()

    async def _open_channels(self, ledger: HorizonLedger) -> None:
        root = await ledger.account(ROOT.public_key)
        assert root is not None
        first = OpeningDraft(None, root.sequence + 1, None, tuple(range(19)), CHANNEL_XLM, fee=5700)
        await self._open(ledger, first)
        source = (await self.draft(ledger, 18)).channel
        await self._open(ledger, OpeningDraft(source, 0, None, tuple(range(19, 37)), 0, fee=5400))

    async def _open(self, ledger: HorizonLedger, opening: OpeningDraft) -> None:
        [attempt] = await self.signer.sign_openings([opening], await self.bounds(ledger), now=0)
        assert await ledger.submit([attempt]) == [QUEUED]
        assert (await landed(ledger, attempt.hash)).failure is None

    async def _trust(self, session: aiohttp.ClientSession, ledger: HorizonLedger, keys: Keypair) -> None:
        account = await ledger.account(keys.public_key)
        assert account is not None
        builder = TransactionBuilder(Account(keys.public_key, account.sequence), self.passphrase)
        builder.append_change_trust_op(Asset(self.facts["asset_code"], self.facts["asset_issuer"]))
        transaction = builder.set_timeout(600).build()
        transaction.sign(keys)
        form = {"tx": transaction.to_xdr()}
        async with session.post(f"{self.facts['horizon_url']}/transactions", data=form) as answer:
            assert answer.status == 200, await answer.text()

    async def _get(self, session: aiohttp.ClientSession, url: str, **query: str) -> None:
        async with session.get(url, params=query) as answer:
            assert answer.status == 200, await answer.text()


async def until(look: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """What `look` finds at last."""
    for _ in range(1200):
        if found := await look():
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("never seen")


async def landed(ledger: HorizonLedger, transaction_hash: str) -> LedgerTransaction:
    found: LedgerTransaction = await until(lambda: ledger.find(transaction_hash))
    return found


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    command = [sys.executable, "-m", "kinpay_server.sandbox", "--port", "0", "--json", "--close-seconds", "0.2"]
    with subprocess.Popen([*command, "--fast"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            world = World(json.loads(process.stdout.readline()))
            asyncio.run(world.populate())
            yield world
        finally:
            process.terminate()


@pytest.fixture
def play(world: World) -> Callable[[Callable[[HorizonLedger], Coroutine[Any, Any, Any]]], Any]:
    """Runs a scenario with a ledger of its own."""

    async def run(scenario: Callable[[HorizonLedger], Coroutine[Any, Any, Any]]) -> Any:
        async with world.ledger() as ledger:
            return await scenario(ledger)

    return lambda scenario: asyncio.run(run(scenario))


def test_channels_are_opened_by_root_and_by_a_channel_and_all_that_they_hold_may_be_spent(world, play):
    accounts = play(lambda ledger: ledger.sponsored_accounts(ROOT.public_key))
    by_address = {account.address: account for account in accounts}
    assert set(by_address) == {world.signer.channel_address(index) for index in range(37)}
    assert by_address[world.signer.channel_address(17)].xlm_spendable == CHANNEL_XLM
    assert by_address[world.signer.channel_address(20)].xlm_spendable == 0
    assert all(account.signs_payments and account.kin_balance is None for account in accounts)


def test_the_root_account_shows_its_kin_and_what_is_above_its_reserve(world, play):
    root = play(lambda ledger: ledger.account(ROOT.public_key))
    assert (root.kin_authorized, root.signs_payments) == (True, True)
    assert root.kin_balance is not None
    # Two entries, one trustline, and two for each of 37 channels, at half an XLM each.
    assert root.xlm_balance - root.xlm_spendable == (2 + 1 + 2 * 37) * 5_000_000


def test_payments_go_side_by_side_and_the_page_of_root_shows_them_all(world, play):
    async def scenario(ledger: HorizonLedger) -> None:
        before = await ledger.transactions_of(ROOT.public_key, "0", 200)
        drafts = [await world.draft(ledger, index) for index in range(8)]
        attempts = await world.pay(ledger, drafts)
        wanted = {attempt.hash for attempt in attempts}

        async def page() -> list[LedgerTransaction]:
            found = await ledger.transactions_of(ROOT.public_key, before[-1].paging_token, 200)
            return found if wanted <= {one.hashes[0] for one in found} else []

        paid = {one.hashes[0]: one for one in await until(page)}
        for draft, attempt in zip(drafts, attempts, strict=True):
            one = paid[attempt.hash]
            assert (one.failure, one.fee_charged, one.memo) == (None, 100, draft.payment.memo)
            assert one.fee_account == draft.channel.address
            evidence = await ledger.evidence(attempt.source)
            assert (evidence.sequence, judge(attempt, evidence)) == (attempt.sequence, Fate.UNSEEN)
        alice = await ledger.account(ALICE.public_key)
        assert alice is not None
        assert alice.kin_balance is not None
        assert alice.kin_balance % 12_345_678 == 0

    play(scenario)


def test_a_bumped_payment_is_found_by_both_hashes_and_root_pays_its_fee(world, play):
    async def scenario(ledger: HorizonLedger) -> None:
        draft = replace(await world.draft(ledger, 8), bump_bid=250)
        [attempt] = await world.pay(ledger, [draft])
        outer = world.signer.bump(attempt, 250).hash
        for wanted in (attempt.hash, outer):
            found = await landed(ledger, wanted)
            assert (found.hashes, found.failure) == ((outer, attempt.hash), None)
            assert found.fee_account == ROOT.public_key

    play(scenario)


def test_a_channel_without_xlm_is_short_and_a_bump_around_the_same_payment_goes_through(world, play):
    async def scenario(ledger: HorizonLedger) -> None:
        draft = await world.draft(ledger, 19)
        [attempt] = await world.signer.sign_payments([draft], await world.bounds(ledger), now=0)
        assert await ledger.submit([attempt]) == [Answer(Verdict.CHANNEL_SHORT, "tx_insufficient_balance")]
        assert await ledger.submit([attempt.bumped(200)]) == [QUEUED]
        assert (await landed(ledger, attempt.hash)).failure is None

    play(scenario)


def test_a_bid_below_the_base_fee_is_told_what_is_wanted(world, play):
    async def scenario(ledger: HorizonLedger) -> list[Answer]:
        draft = await world.draft(ledger, 9, fee=99)
        [attempt] = await world.signer.sign_payments([draft], await world.bounds(ledger), now=0)
        return await ledger.submit([attempt, attempt.bumped(99)])

    assert play(scenario) == [Answer(Verdict.BID_HIGHER, "tx_insufficient_fee", 100)] * 2


def test_a_recipient_without_trustline_shows_on_the_ledger_as_the_recipients_fault(world, play):
    async def scenario(ledger: HorizonLedger) -> None:
        [attempt] = await world.pay(ledger, [await world.draft(ledger, 10, to=STRANGER)])
        failure = (await landed(ledger, attempt.hash)).failure
        assert failure is not None
        assert (failure.code, failure.fault, failure.uses_sequence) == ("op_no_trust", Fault.RECIPIENT, True)

    play(scenario)


def test_a_payment_whose_number_leaves_a_gap_goes_through(world, play):
    async def scenario(ledger: HorizonLedger) -> None:
        draft = await world.draft(ledger, 11)
        channel = replace(draft.channel, signed=draft.channel.sequence + 5)
        [attempt] = await world.pay(ledger, [replace(draft, channel=channel)])
        assert attempt.sequence == draft.channel.sequence + 6
        assert (await landed(ledger, attempt.hash)).failure is None

    play(scenario)


def test_the_same_bytes_again_are_no_second_payment_and_no_proof(world, play):
    async def scenario(ledger: HorizonLedger) -> None:
        [attempt] = await world.pay(ledger, [await world.draft(ledger, 12)])
        await landed(ledger, attempt.hash)
        plain, bumped = await ledger.submit([attempt]), await ledger.submit([attempt.bumped(300)])
        assert [one.verdict for one in plain + bumped] == [Verdict.ASK] * 2

    play(scenario)


def test_an_envelope_that_was_never_sent_is_dead_when_its_last_ledger_has_passed(world, play):
    async def scenario(ledger: HorizonLedger) -> None:
        draft = await world.draft(ledger, 13)
        [attempt] = await world.signer.sign_payments([draft], await world.bounds(ledger, 200), now=0)
        assert judge(attempt, await ledger.evidence(attempt.source)) is Fate.PENDING

        async def dead() -> bool:
            return judge(attempt, await ledger.evidence(attempt.source)) is Fate.DEAD

        await world.close_ledgers(200)
        await until(dead)
        assert (await ledger.submit([attempt]))[0] == Answer(Verdict.ASK, "tx_too_late")
        assert await ledger.find(attempt.hash) is None

    play(scenario)


def test_an_account_that_is_not_there_has_a_ledger_and_no_number(play):
    evidence = play(lambda ledger: ledger.evidence(Keypair.random().public_key))
    assert (evidence.sequence, evidence.ledger > 1) == (None, True)


def test_after_the_cursor_now_there_is_nothing_yet(play):
    assert play(lambda ledger: ledger.transactions_of(ROOT.public_key, "now", 200)) == []


def test_the_network_names_itself_and_its_fees(world, play):
    assert play(lambda ledger: ledger.network()).passphrase == world.passphrase
    assert play(lambda ledger: ledger.fees()).base == 100
