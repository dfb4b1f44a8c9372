"""How the result of reconciling is shown."""

from typing import Any

from kinpay_server.commands.shown import print_table, say, short
from kinpay_server.services.differences import Reconciled

MEANINGS = {
    "not ours": "on the ledger, and its memo names no payment",
    "unknown": "on the ledger, and the database has no such payment",
    "unpaid": "on the ledger, and the database believes it unpaid",
    "unsettled": "on the ledger, and not settled yet: the service does so when it runs",
    "other terms": "the amount, recipient or app differs",
    "other transaction": "the database names a transaction that is not on the ledger",
    "paid twice": "another transaction has paid it too",
    "missing": "paid for the database, and not on the ledger",
}


def print_result(done: Reconciled) -> None:
    """What was compared, and a table of what differs."""
    say(
        f"ledgers {done.first_ledger} to {done.last_ledger}: {done.on_ledger:,} KIN payments out of the root account, "
        f"{done.in_database:,} that the database believes paid"
    )
    if done.first_ledger == done.elder_ledger and done.elder_ledger > 1:
        say(f"Horizon's history begins at ledger {done.elder_ledger}: what was paid before is not compared")
    if not done.differences:
        say("no difference")
        return
    columns = ("payment", "difference", "the ledger says", "the database says", "transaction")
    print_table(
        columns,
        [(d.payment_id, d.kind, d.ledger_says, d.database_says, short(d.transaction)) for d in done.differences],
    )
    for kind in sorted({d.kind for d in done.differences}):
        say(f"{kind}: {MEANINGS[kind]}")
    say(f"{len(done.differences) + done.more:,} differences" + (f", {done.more:,} not shown" if done.more else ""))


def as_json_value(done: Reconciled) -> dict[str, Any]:
    """All of it."""
    return {
        "first_ledger": done.first_ledger,
        "last_ledger": done.last_ledger,
        "payments_on_ledger": done.on_ledger,
        "paid_in_database": done.in_database,
        "differences": [
            {
                "kind": d.kind.value,
                "payment_id": d.payment_id,
                "transaction": d.transaction,
                "ledger_says": d.ledger_says,
                "database_says": d.database_says,
            }
            for d in done.differences
        ],
        "not_shown": done.more,
    }
