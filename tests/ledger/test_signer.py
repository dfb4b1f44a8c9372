import asyncio
from dataclasses import replace

import pytest
from stellar_sdk import Asset, Keypair, LedgerBounds, TextMemo, TimeBounds, TransactionEnvelope

from kinpay_server.domain.attempt import Attempt, AttemptState, Purpose
from kinpay_server.ledger.signer import InvalidSeed, StellarSigner
from kinpay_server.services.ports import Bounds, OpeningDraft

from .conftest import ISSUER, RECIPIENT

BOUNDS = Bounds(max_ledger=130, max_time=1_800_000_000)


def parsed(attempt: Attempt, signer: StellarSigner) -> TransactionEnvelope:
    return TransactionEnvelope.from_xdr(attempt.envelope, signer.passphrase)


def test_an_attempt_says_all_that_its_envelope_holds(signer, draft):
    [attempt] = asyncio.run(signer.sign_payments([draft(3, fee=150, bump_bid=400)], BOUNDS, now=77))
    envelope = parsed(attempt, signer)
    assert attempt == Attempt(
        purpose=Purpose.PAYMENT,
        payment_id="p-3",
        channel=3,
        source=signer.channel_address(3),
        sequence=42,
        hash=envelope.hash_hex(),
        envelope=attempt.envelope,
        fee=150,
        max_ledger=130,
        created_at=77,
        bump_bid=400,
        state=AttemptState.SIGNED,
    )
    assert envelope.transaction.source.account_id == attempt.source
    assert (envelope.transaction.sequence, envelope.transaction.fee) == (42, 150)


def test_what_is_signed_pays_what_was_asked_for_and_says_which_payment_it_is(signer, draft):
    [attempt] = asyncio.run(signer.sign_payments([draft(7, amount=15_000_001)], BOUNDS, now=0))
    transaction = parsed(attempt, signer).transaction
    [payment] = transaction.operations
    assert (payment.source.account_id, payment.destination.account_id) == (signer.root_address, RECIPIENT)
    assert (payment.amount, payment.asset) == ("1.5000001", Asset("KIN", ISSUER))
    assert transaction.memo == TextMemo("1-abcd-p-7")


def test_an_envelope_is_valid_until_its_bounds_and_no_longer(signer, draft):
    [attempt] = asyncio.run(signer.sign_payments([draft()], BOUNDS, now=0))
    conditions = parsed(attempt, signer).transaction.preconditions
    assert conditions.ledger_bounds == LedgerBounds(0, BOUNDS.max_ledger)
    assert conditions.time_bounds == TimeBounds(0, BOUNDS.max_time)


def test_channel_and_root_sign_a_payment_and_nobody_else(signer, draft):
    [attempt] = asyncio.run(signer.sign_payments([draft()], BOUNDS, now=0))
    envelope = parsed(attempt, signer)
    for signature, address in zip(envelope.signatures, [signer.channel_address(0), signer.root_address], strict=True):
        Keypair.from_public_key(address).verify(envelope.hash(), signature.signature)


def test_attempts_come_in_the_order_of_the_drafts(signer, draft):
    signed = asyncio.run(signer.sign_payments([draft(index) for index in (5, 1, 9, 0)], BOUNDS, now=0))
    assert [attempt.payment_id for attempt in signed] == ["p-5", "p-1", "p-9", "p-0"]


def test_signing_twice_makes_the_same_attempt(signer, draft):
    drafts = [draft(index) for index in range(3)]
    once, again = (asyncio.run(signer.sign_payments(drafts, BOUNDS, now=0)) for _ in range(2))
    assert once == again


def test_the_event_loop_is_free_while_payments_are_signed(signer, draft):
    async def scenario() -> list[str]:
        seen: list[str] = []
        asyncio.get_running_loop().call_soon(seen.append, "something else")
        await signer.sign_payments([draft()], BOUNDS, now=0)
        return seen

    assert asyncio.run(scenario()) == ["something else"]


def test_a_number_that_leaves_a_gap_names_the_least_number_of_the_account(signer, draft):
    gap = replace(draft(), channel=replace(draft().channel, sequence=41, signed=44))
    [attempt] = asyncio.run(signer.sign_payments([gap], BOUNDS, now=0))
    conditions = parsed(attempt, signer).transaction.preconditions
    assert (attempt.sequence, conditions.min_sequence_number) == (45, 41)


def test_a_payment_without_a_gap_names_no_least_number(signer, draft):
    [attempt] = asyncio.run(signer.sign_payments([draft()], BOUNDS, now=0))
    assert parsed(attempt, signer).transaction.preconditions.min_sequence_number is None


def test_a_channel_of_another_root_or_salt_is_refused(signer, draft):
    foreign = replace(draft(), channel=replace(draft().channel, address=signer.channel_address(1)))
    with pytest.raises(ValueError, match="seed and salt give"):
        asyncio.run(signer.sign_payments([foreign], BOUNDS, now=0))


def test_root_opens_channels_with_the_number_that_the_draft_names(signer):
    opening = OpeningDraft(None, 12, 9, indexes=(0, 1), starting_balance=5_000_000, fee=600)
    [attempt] = asyncio.run(signer.sign_openings([opening], BOUNDS, now=8))
    transaction = parsed(attempt, signer).transaction
    assert (attempt.purpose, attempt.payment_id, attempt.channel) == (Purpose.OPEN_CHANNELS, None, None)
    assert (attempt.source, attempt.sequence, attempt.fee) == (signer.root_address, 12, 600)
    assert (attempt.max_ledger, attempt.created_at, attempt.hash) == (130, 8, parsed(attempt, signer).hash_hex())
    assert (transaction.sequence, transaction.preconditions.min_sequence_number) == (12, 9)


def test_a_channel_opens_channels_with_its_own_next_number(signer, draft):
    channel = replace(draft(30).channel, sequence=3, signed=7)
    opening = OpeningDraft(channel, 0, None, indexes=tuple(range(18)), starting_balance=0, fee=5400)
    [attempt] = asyncio.run(signer.sign_openings([opening], BOUNDS, now=8))
    conditions = parsed(attempt, signer).transaction.preconditions
    assert (attempt.channel, attempt.source, attempt.sequence) == (30, channel.address, 8)
    assert conditions.min_sequence_number == 3


@pytest.mark.parametrize("seed", ["", "S" * 56, Keypair.from_raw_ed25519_seed(b"x" * 32).secret[:-1] + "A"])
def test_the_error_for_a_wrong_seed_does_not_hold_it(seed: str):
    with pytest.raises(InvalidSeed) as caught:
        StellarSigner(
            seed, channel_salt="s", passphrase="p", asset_code="KIN", asset_issuer=Keypair.random().public_key
        )
    assert caught.value.__cause__ is None
    assert not seed or seed not in str(caught.value)


def test_the_seed_shows_in_no_repr(signer):
    seed = Keypair.from_raw_ed25519_seed(b"root".ljust(32, b".")).secret
    assert seed not in repr(signer) + repr(vars(signer))
