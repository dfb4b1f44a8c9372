"""`kinpay payments`: list them, find some, show the story of one, let a held one be tried again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from kinpay_server.commands.options import as_json, limit, with_settings
from kinpay_server.domain.amount import readable
from kinpay_server.domain.payment import Payment, PaymentStatus, as_value

if TYPE_CHECKING:
    from kinpay_server.config import Settings
    from kinpay_server.services.payment_story import Story

STATUSES = [status.value for status in PaymentStatus]


@click.group()
def payments() -> None:
    """List payments, find some, show one, try a held one again."""


@payments.command("list")
@with_settings
@click.option("--status", type=click.Choice(STATUSES), help="Only those with this status.")
@click.option("--app", "app_id", help="Only those of this app.")
@limit
@as_json
def list_(settings: Settings, status: str | None, app_id: str | None, limit: int, as_json: bool) -> None:
    """List payments, the newest first.

    \b
    Examples:
      kinpay payments list -c kinpay.ini --status failed
      kinpay payments list -c kinpay.ini --json | jq '.payments[].id'
    """
    from kinpay_server.commands.opened import database_of, run
    from kinpay_server.commands.shown import print_json
    from kinpay_server.storage.payments import Payments

    async def read() -> list[Payment]:
        with database_of(settings) as database:
            wanted = PaymentStatus(status) if status else None
            return await Payments(database).payments(status=wanted, app_id=app_id, before=None, limit=limit)

    found = run(read())
    if as_json:
        print_json({"payments": [_value(payment) for payment in found]})
    else:
        _print_list(found)


@payments.command()
@with_settings
@click.argument("text")
@as_json
def find(settings: Settings, text: str, as_json: bool) -> None:
    """Find payments by the beginning of an id, recipient or transaction, or by an app.

    \b
    Examples:
      kinpay payments find -c kinpay.ini order-17
      kinpay payments find -c kinpay.ini 4d5bcf421…
    """
    from kinpay_server.commands.opened import database_of, run
    from kinpay_server.commands.shown import CUT, print_json
    from kinpay_server.services.find_payments import find_payments
    from kinpay_server.storage.payment_search import PaymentSearch

    async def read() -> list[Payment]:
        with database_of(settings) as database:
            return await find_payments(PaymentSearch(database), text.removesuffix(CUT))

    found = run(read())
    if as_json:
        print_json({"payments": [_value(payment) for payment in found]})
    else:
        _print_list(found)


@payments.command()
@with_settings
@click.argument("payment_id", metavar="ID")
@as_json
def show(settings: Settings, payment_id: str, as_json: bool) -> None:
    """Tell the whole story of a payment: attempts, what the ledger said, callbacks."""
    from kinpay_server.commands.opened import database_of, run
    from kinpay_server.commands.shown import print_json
    from kinpay_server.commands.stories import as_json_value, print_story
    from kinpay_server.services.payment_story import payment_story
    from kinpay_server.storage.stories import Stories

    async def read() -> Story:
        with database_of(settings) as database:
            return await payment_story(Stories(database), payment_id)

    story = run(read())
    if as_json:
        print_json(as_json_value(story))
    else:
        print_story(story, settings.stellar.kin_token_name)


@payments.command()
@with_settings
@click.argument("payment_id", metavar="ID")
def retry(settings: Settings, payment_id: str) -> None:
    """Let a payment that is held for the operator be tried again.

    The ledger is asked first whether it has been paid: nothing is signed anew without that proof.
    """
    from kinpay_server.commands.opened import database_of, ledger_of, now, run
    from kinpay_server.commands.shown import say
    from kinpay_server.services.retry_payment import RetryPayment
    from kinpay_server.storage.stories import Stories

    async def work() -> None:
        with database_of(settings) as database:
            async with ledger_of(settings) as (ledger, _):
                store, passphrase = Stories(database), settings.stellar.network
                await RetryPayment(store, ledger, passphrase=passphrase, clock=now)(payment_id)

    run(work())
    say(f"payment {payment_id} is accepted again: the service sends it within seconds, and whatever waited for that")


def _print_list(found: list[Payment]) -> None:
    from kinpay_server.commands.shown import moment, print_table, short, styled

    rows = [
        (
            moment(one.created_at),
            one.id,
            one.app_id,
            readable(one.amount),
            short(one.recipient_address),
            styled(one.status.value),
            one.reason or short(one.transaction_id),
        )
        for one in found
    ]
    columns = ("posted (UTC)", "id", "app", "amount", "recipient", "status", "transaction or reason")
    print_table(columns, rows, numbers=("amount",), nothing="no payments")


def _value(payment: Payment) -> Mapping[str, Any]:
    return {**as_value(payment), "created_at": payment.created_at}
