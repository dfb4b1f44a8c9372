"""The whole story of one payment, in sentences: what was asked for, signed, sent, answered; what the ledger said."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from kinpay_server.domain.amount import amount_of
from kinpay_server.domain.errors import PaymentNotFound
from kinpay_server.domain.payment import Payment, PaymentStatus
from kinpay_server.services.events_told import Sentence, of_attempts, of_callbacks, open_among
from kinpay_server.services.records import AttemptRecord, CallbackRecord, FoundRecord


@dataclass(frozen=True, slots=True)
class Story:
    """All that the database knows of a payment; attempts, found payments and callbacks the oldest first.

    `posted_again_at` is when it was last posted again after it had failed.
    """

    payment: Payment
    updated_at: int
    attempts: tuple[AttemptRecord, ...]
    found: tuple[FoundRecord, ...]
    callbacks: tuple[CallbackRecord, ...]
    posted_again_at: int | None = None

    @property
    def open_attempt(self) -> AttemptRecord | None:
        """The attempt whose fate is not known; there is one at most."""
        return open_among(self.attempts)

    @property
    def held(self) -> bool:
        """True when it waits for an operator."""
        return self.payment.held and self.open_attempt is None


class StoryReader(Protocol):
    """Where stories are kept."""

    async def story(self, payment_id: str) -> Story | None:
        """The story of one payment, from one snapshot."""


async def payment_story(reader: StoryReader, payment_id: str) -> Story:
    """The story. Raises `PaymentNotFound`."""
    story = await reader.story(payment_id)
    if story is None:
        raise PaymentNotFound(f"no payment with id {payment_id}")
    return story


def sentences(story: Story, asset: str) -> list[Sentence]:
    """What happened, in order. `asset` is the name of the asset, as KIN."""
    of_payment = [*_of_post(story.payment, asset), *_of_repeat(story), *_of_found(story, asset)]
    told = [*of_payment, *of_attempts(story.attempts), *of_callbacks(story.callbacks)]
    return sorted(told, key=lambda sentence: sentence.at)


def standing(story: Story) -> str:
    """How it stands now, and what to do if it needs anybody."""
    payment = story.payment
    if payment.status is PaymentStatus.SUCCEEDED:
        return f"It is paid, by transaction {payment.transaction_id}."
    if payment.status is PaymentStatus.FAILED:
        return f"It cannot be made: {payment.reason}. The same id may be posted again."
    if payment.status is PaymentStatus.ACCEPTED:
        return "It waits to be signed and sent."
    if story.held:
        return (
            f"It is held for the operator: {payment.reason}. Once the cause is mended, "
            f"`kinpay payments retry {payment.id}` lets it be tried again."
        )
    if story.open_attempt is None:
        return "It has been taken to be signed, and nothing has been signed yet."
    return "It is on its way: the fate of its last attempt is not known yet, and only the ledger can tell."


def _of_post(payment: Payment, asset: str) -> Iterator[Sentence]:
    callback = f", to be told to {payment.callback}" if payment.callback else ""
    text = f"Posted by {payment.app_id}: {amount_of(payment.amount)} {asset} to {payment.recipient_address}{callback}."
    yield Sentence(payment.created_at, text)


def _of_repeat(story: Story) -> Iterator[Sentence]:
    if story.posted_again_at is not None:
        yield Sentence(story.posted_again_at, "Posted again after it had failed, the last time: it is tried again.")


def _of_found(story: Story, asset: str) -> Iterator[Sentence]:
    for found in story.found:
        yield Sentence(
            found.found_at,
            f"Found on the ledger, in ledger {found.ledger}, not made by an attempt of this database: "
            f"{amount_of(found.amount)} {asset} to {found.recipient_address} by transaction {found.hash}.",
        )
