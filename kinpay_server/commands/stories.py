"""How the story of a payment is told: in sentences for people, as one object for scripts."""

from typing import Any

from kinpay_server.commands.callback_rows import as_json_value as callback_value
from kinpay_server.commands.shown import console, harmless, print_lines, say, styled, time_of
from kinpay_server.domain.amount import amount_of
from kinpay_server.domain.payment import as_value
from kinpay_server.services.payment_story import Story, sentences, standing
from kinpay_server.services.records import AttemptRecord, FoundRecord


def print_story(story: Story, asset: str) -> None:
    """Sentences with their times in UTC, and at the end how it stands."""
    console().print(f"Payment {harmless(story.payment.id)}: ", styled(story.payment.status.value), sep="")
    print_lines((time_of(sentence.at), sentence.text) for sentence in sentences(story, asset))
    say(standing(story))


def as_json_value(story: Story) -> dict[str, Any]:
    """All of it; times in milliseconds since 1970, fees in stroops."""
    return {
        **as_value(story.payment),
        "callback": story.payment.callback,
        "created_at": story.payment.created_at,
        "updated_at": story.updated_at,
        "held": story.held,
        "standing": standing(story),
        "attempts": [_attempt(one) for one in story.attempts],
        "found": [_found(one) for one in story.found],
        "callbacks": [callback_value(one) for one in story.callbacks],
    }


def _attempt(record: AttemptRecord) -> dict[str, Any]:
    attempt = record.attempt
    return {
        "hash": attempt.hash,
        "state": attempt.state.value,
        "channel": attempt.channel,
        "source": attempt.source,
        "sequence": attempt.sequence,
        "fee": attempt.fee,
        "bump_bid": attempt.bump_bid,
        "max_ledger": attempt.max_ledger,
        "created_at": attempt.created_at,
        "sent_at": attempt.sent_at,
        "answer": attempt.answer,
        "ended_at": record.ended_at,
        "successful": record.successful,
        "ledger": record.ledger,
        "fee_charged": record.fee_charged,
        "reason": record.reason,
    }


def _found(found: FoundRecord) -> dict[str, Any]:
    return {
        "hash": found.hash,
        "recipient_address": found.recipient_address,
        "amount": amount_of(found.amount),
        "ledger": found.ledger,
        "found_at": found.found_at,
    }
