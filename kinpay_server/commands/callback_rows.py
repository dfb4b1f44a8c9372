"""How callbacks are shown."""

from collections.abc import Sequence
from typing import Any

from kinpay_server.commands.shown import console, print_table, styled, time_of
from kinpay_server.domain.callback import CallbackState
from kinpay_server.services.records import CallbackRecord


def print_list(found: Sequence[CallbackRecord]) -> None:
    """A row for each."""
    columns = ("written (UTC)", "id", "payment", "state", "tries", "last answer", "next try (UTC)", "url")
    rows = [
        (
            time_of(one.created_at),
            one.id,
            one.payment_id,
            one.state.value,
            one.tries,
            one.last_answer,
            time_of(_next_try(one)),
            one.url,
        )
        for one in found
    ]
    print_table(columns, rows, numbers=("tries",))


def print_one(one: CallbackRecord) -> None:
    """All of it, the body as it is posted."""
    shown = console()
    shown.print(f"Callback {one.id}: ", styled(one.state.value), sep="", markup=False)
    facts = {
        "payment": one.payment_id,
        "url": one.url,
        "written": f"{time_of(one.created_at)} UTC",
        "tries": one.tries,
        "last answer": one.last_answer or "none yet",
        "last change": f"{time_of(one.updated_at)} UTC",
        "next try": f"{time_of(_next_try(one))} UTC" if _next_try(one) else "none",
        "body": one.body.decode(errors="replace"),
    }
    for name, value in facts.items():
        shown.print(f"  {name:12} {value}", markup=False)


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
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "next_try_at": _next_try(one),
        "body": one.body.decode(errors="replace"),
    }


def _next_try(one: CallbackRecord) -> int | None:
    return one.next_try_at if one.state is CallbackState.WAITING else None
