"""What the status page gets, as JSON: times in milliseconds since 1970; amounts as text, since a browser's numbers
are floats.
"""

from typing import Any

from kinpay_server.domain.amount import STROOPS_PER_UNIT, amount_of
from kinpay_server.domain.payment import Payment, as_value
from kinpay_server.services.activity import SPAN, Moment
from kinpay_server.services.failing_receivers import Failure
from kinpay_server.services.latencies import Latencies
from kinpay_server.services.outstanding import Outstanding, Receiver, Square
from kinpay_server.services.overview import Overview
from kinpay_server.services.payment_story import Story, sentences, standing
from kinpay_server.services.ports import NetworkState
from kinpay_server.services.records import AttemptRecord, CallbackRecord, FoundRecord
from kinpay_server.services.root_balances import Funds

MEDIAN, MOST = 0.5, 0.95


def overview_value(overview: Overview) -> dict[str, Any]:
    """`GET /page/overview`."""
    rows, said = overview.outstanding, overview.standing
    return {
        "at": overview.at,
        "standing": {
            "level": said.level.value,
            "sentence": said.sentence,
            "matters": [{"about": matter.about, "text": matter.text} for matter in said.matters],
        },
        "activity": _activity(overview.moments),
        "queue": _queue(rows),
        "receivers": [_receiver(one, overview.failures.get(one.name)) for one in rows.receivers],
        "more_receivers": rows.more_receivers,
        "dead": {"count": rows.dead_count, "newest": [callback_value(one) for one in rows.dead]},
        "channels": {"counts": dict(rows.channel_counts), "squares": [_square(one) for one in rows.channels]},
        "root": {"kin": _funds(overview.kin), "xlm": _funds(overview.xlm)},
        "network": _network(overview.network),
        "watcher": overview.watcher,
    }


def row_value(payment: Payment) -> dict[str, Any]:
    """A payment in the table."""
    return {**as_value(payment), "amount": _money(payment.amount), "created_at": payment.created_at}


def story_value(story: Story, asset: str) -> dict[str, Any]:
    """`GET /page/payments/{id}`."""
    return {
        **row_value(story.payment),
        "callback": story.payment.callback,
        "updated_at": story.updated_at,
        "standing": standing(story),
        "sentences": [{"at": one.at, "text": one.text} for one in sentences(story, asset)],
        "attempts": [_attempt(one) for one in story.attempts],
        "found": [_found(one) for one in story.found],
        "callbacks": [callback_value(one) for one in story.callbacks],
    }


def callback_value(callback: CallbackRecord) -> dict[str, Any]:
    """A callback; its body as the receiver gets it."""
    return {
        "id": callback.id,
        "payment_id": callback.payment_id,
        "url": callback.url,
        "state": callback.state.value,
        "tries": callback.tries,
        "last_answer": callback.last_answer,
        "reason": callback.reason,
        "created_at": callback.created_at,
        "updated_at": callback.updated_at,
        "next_try_at": callback.next_try_at,
        "body": callback.body.decode(errors="replace"),
    }


def _money(stroops: int) -> str:
    return format(amount_of(stroops), "f") if stroops % STROOPS_PER_UNIT else str(stroops // STROOPS_PER_UNIT)


def _activity(moments: list[Moment]) -> dict[str, Any]:
    """The moments side by side, and what all of them come to."""
    whole = {
        "to_ledger": Latencies.together(one.to_ledger for one in moments),
        "to_callback": Latencies.together(one.to_callback for one in moments),
    }
    return {
        "start": moments[0].start,
        "span": SPAN,
        "accepted": [one.accepted for one in moments],
        "landed": [one.landed for one in moments],
        "failed": [one.failed for one in moments],
        "to_ledger": [one.to_ledger.quantile(MEDIAN) for one in moments],
        "to_callback": [one.to_callback.quantile(MEDIAN) for one in moments],
        "latency": {name: [one.quantile(MEDIAN), one.quantile(MOST)] for name, one in whole.items()},
    }


def _queue(rows: Outstanding) -> dict[str, Any]:
    queue = rows.queue
    return {"most": rows.most, "accepted": queue.accepted, "submitted": queue.submitted, "oldest": queue.oldest}


def _receiver(receiver: Receiver, failure: Failure | None) -> dict[str, Any]:
    return {
        "receiver": receiver.name,
        "waiting": receiver.waiting,
        "next_try_at": receiver.next_try_at,
        "tries": failure.tries if failure else 0,
        "last_answer": failure.answer if failure else "",
    }


def _square(square: Square) -> dict[str, Any]:
    return {
        "index": square.index,
        "state": square.state,
        "since": square.since,
        "payment_id": square.payment_id,
        "purpose": square.purpose,
    }


def _funds(funds: Funds | None) -> dict[str, Any] | None:
    if funds is None:
        return None
    return {
        "held": _money(max(0, funds.held)),
        "spent": _money(funds.spent),
        "watched": funds.watched,
        "lasts": funds.lasts,
    }


def _network(state: NetworkState | None) -> dict[str, int] | None:
    if state is None:
        return None
    return {
        "ledger": state.latest_ledger,
        "closed_at": state.closed_at * 1000,
        "behind": max(0, state.core_ledger - state.latest_ledger),
    }


def _attempt(record: AttemptRecord) -> dict[str, Any]:
    attempt = record.attempt
    return {
        "hash": attempt.hash,
        "state": attempt.state.value,
        "channel": attempt.channel,
        "fee": attempt.fee,
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
        "amount": _money(found.amount),
        "ledger": found.ledger,
        "found_at": found.found_at,
    }
