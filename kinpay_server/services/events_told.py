"""What happened to attempts and callbacks, in sentences; of payments and wallets alike."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kinpay_server.domain.attempt import AttemptState
from kinpay_server.domain.callback import CallbackState
from kinpay_server.services.records import AttemptRecord, CallbackRecord


@dataclass(frozen=True, slots=True)
class Sentence:
    """Something that happened, `at` so many milliseconds since 1970."""

    at: int
    text: str


def open_among(attempts: Sequence[AttemptRecord]) -> AttemptRecord | None:
    """The attempt whose fate is not known; of one payment, or wallet, there is one at most."""
    return next((one for one in attempts if one.ended_at is None), None)


def of_attempts(attempts: Sequence[AttemptRecord]) -> Iterator[Sentence]:
    """Up to three sentences each: signed, sent, ended."""
    for number, record in enumerate(attempts, 1):
        yield from _of_attempt(number, record)


def of_callbacks(callbacks: Sequence[CallbackRecord]) -> Iterator[Sentence]:
    """Up to two sentences each: written, and what became of it."""
    for callback in callbacks:
        yield Sentence(callback.created_at, f"Callback {callback.id} written, for {callback.url}.")
        if callback.tries or callback.state is CallbackState.WITHDRAWN:
            yield Sentence(callback.updated_at, f"Callback {callback.id} {_delivery(callback)}.")


def _delivery(callback: CallbackRecord) -> str:
    tries = "1 try" if callback.tries == 1 else f"{callback.tries} tries"
    if callback.state is CallbackState.DELIVERED:
        return f"delivered after {tries}: {callback.last_answer}"
    if callback.state is CallbackState.WITHDRAWN:
        return f"withdrawn after {tries}: {callback.reason}"
    if callback.state is CallbackState.DEAD:
        return f"given up after {tries}: {callback.last_answer}; `kinpay callbacks replay` sends it again"
    return f"not delivered in {tries}, the last one: {callback.last_answer}; it is tried again"


def _of_attempt(number: int, record: AttemptRecord) -> Iterator[Sentence]:
    attempt, name = record.attempt, f"Attempt {number}"
    carrier = "by the root account" if attempt.channel is None else f"on channel {attempt.channel}"
    yield Sentence(
        attempt.created_at,
        f"{name} signed {carrier} with number {attempt.sequence}, bidding {attempt.fee} stroops, valid before ledger "
        f"{attempt.max_ledger}: {attempt.hash}.",
    )
    if attempt.sent_at is not None:
        bump = f" in a fee bump that bids {attempt.bump_bid} stroops an operation" if attempt.bump_bid else ""
        answer = f"; the answer was {attempt.answer}" if attempt.answer else ""
        yield Sentence(attempt.sent_at, f"{name} sent, the last time,{bump or ' as it is'}{answer}.")
    if record.ended_at is not None:
        yield Sentence(record.ended_at, f"{name} {_end(record)}.")


def _end(record: AttemptRecord) -> str:
    if record.attempt.state is AttemptState.EXPIRED:
        return f"is proven dead: {record.reason}"
    fee = f"for a fee of {record.fee_charged} stroops"
    if record.successful:
        return f"is on the ledger, in ledger {record.ledger}, {fee}"
    return f"failed on the ledger, in ledger {record.ledger}, {fee}: {record.reason}"
