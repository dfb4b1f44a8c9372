"""How callbacks are shown."""

from collections.abc import Sequence
from typing import Any

from kinpay_server.commands.shown import console, harmless, moment, print_lines, print_table, short, styled, time_of
from kinpay_server.domain.callback import CallbackState
from kinpay_server.services.records import CallbackRecord

ID_SHOWN, PAYMENT_SHOWN, ANSWER_SHOWN = 20, 14, 40


def print_list(found: Sequence[CallbackRecord]) -> None:
    """A row for each."""
    columns = ("written (UTC)", "id", "payment", "state", "tries", "last answer or reason", "next try (UTC)", "url")
    rows = [
        (
            moment(one.created_at),
            short(one.id, ID_SHOWN),
            short(one.payment_id, PAYMENT_SHOWN),
            styled(one.state.value),
            one.tries,
            short(_word(one), ANSWER_SHOWN),
            moment(_next_try(one)),
            one.url,
        )
        for one in found
    ]
    print_table(columns, rows, numbers=("tries",), wide=("next try (UTC)", "url"), nothing="no callbacks")


def print_one(one: CallbackRecord) -> None:
    """All of it, the body as it is posted."""
    console().print(f"Callback {harmless(one.id)}: ", styled(one.state.value), sep="")
    facts = {
        "payment": one.payment_id or "not of one payment of ours",
        "url": one.url,
        "written": f"{time_of(one.created_at)} UTC",
        "tries": str(one.tries),
        "last answer": one.last_answer or "none yet",
        **({"withdrawn": one.reason} if one.reason else {}),
        "last change": f"{time_of(one.updated_at)} UTC",
        "next try": f"{time_of(_next_try(one))} UTC" if _next_try(one) else "none",
        "body": one.body.decode(errors="replace"),
    }
    print_lines(facts.items())


def as_json_value(one: CallbackRecord) -> dict[str, Any]:
    """All of it; times in milliseconds since 1970, the body as text."""
    return {
        "id": one.id,
        "payment_id": one.payment_id,
        "url": one.url,
        "state": one.state.value,
        "tries": one.tries,
        "last_status": one.last_status,
        "last_error": one.last_error,
        "reason": one.reason,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "next_try_at": _next_try(one),
        "body": one.body.decode(errors="replace"),
    }


def _word(one: CallbackRecord) -> str | None:
    return one.reason if one.state is CallbackState.WITHDRAWN else one.last_answer


def _next_try(one: CallbackRecord) -> int | None:
    return one.next_try_at if one.state is CallbackState.WAITING else None
