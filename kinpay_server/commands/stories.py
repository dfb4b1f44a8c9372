"""How the story of a payment or wallet is told: in sentences for people, as one object for scripts."""

import re
from collections.abc import Iterable
from re import Match
from typing import Any

from kinpay_server.commands.callback_rows import ID_SHOWN
from kinpay_server.commands.callback_rows import as_json_value as callback_value
from kinpay_server.commands.shown import console, harmless, print_lines, say, short, styled, time_of
from kinpay_server.domain.amount import amount_of
from kinpay_server.domain.payment import as_value
from kinpay_server.services.events_told import Sentence
from kinpay_server.services.payment_story import Story, sentences, standing
from kinpay_server.services.records import AttemptRecord, FoundRecord

EVENT = re.compile(r"\b(?:payment|wallet)-[0-9a-f]{64}\b")
"""The id of a callback; its beginning is enough to name it."""


def print_story(story: Story, asset: str) -> None:
    """Sentences with their times in UTC, and at the end how it stands."""
    print_sentences(f"Payment {story.payment.id}", story.payment.status.value, sentences(story, asset))
    say(standing(story))


def print_sentences(title: str, state: str, sentences: Iterable[Sentence]) -> None:
    """What it is about and how it stands, then a line for each thing that happened, with its time in UTC."""
    console().print(f"{harmless(title)}: ", styled(state), sep="")
    print_lines((time_of(sentence.at), EVENT.sub(_shortened, sentence.text)) for sentence in sentences)


def _shortened(event: Match[str]) -> str:
    return short(event[0], ID_SHOWN)


def as_json_value(story: Story) -> dict[str, Any]:
    """All of it; times in milliseconds since 1970, fees in stroops."""
    return {
        **as_value(story.payment),
        "callback": story.payment.callback,
        "created_at": story.payment.created_at,
        "updated_at": story.updated_at,
        "posted_again_at": story.posted_again_at,
        "held": story.held,
        "standing": standing(story),
        "attempts": [attempt_value(one) for one in story.attempts],
        "found": [_found(one) for one in story.found],
        "callbacks": [callback_value(one) for one in story.callbacks],
    }


def attempt_value(record: AttemptRecord) -> dict[str, Any]:
    """All of it, but the envelope."""
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
