"""`kinpay callbacks`: list them, show one, send some again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kinpay_server.commands.options import as_json, limit, with_settings

if TYPE_CHECKING:
    from kinpay_server.config import Settings
    from kinpay_server.services.records import CallbackRecord
    from kinpay_server.storage.callback_list import CallbackList


@click.group()
def callbacks() -> None:
    """List callbacks, show one, send some again."""


@callbacks.command("list")
@with_settings
@click.option("--dead", is_flag=True, help="Only those that were given up.")
@limit
@as_json
def list_(settings: Settings, dead: bool, limit: int, as_json: bool) -> None:
    """List callbacks, the newest first."""
    from kinpay_server.commands.callback_rows import as_json_value, print_list
    from kinpay_server.commands.opened import database_of, run
    from kinpay_server.commands.shown import print_json
    from kinpay_server.storage.callback_list import CallbackList

    async def read() -> list[CallbackRecord]:
        with database_of(settings) as database:
            return await CallbackList(database).newest(dead=dead, limit=limit)

    found = run(read())
    if as_json:
        print_json({"callbacks": [as_json_value(one) for one in found]})
    else:
        print_list(found)


@callbacks.command()
@with_settings
@click.argument("callback_id", metavar="ID")
@as_json
def show(settings: Settings, callback_id: str, as_json: bool) -> None:
    """Show a callback: its URL, tries, last answer and body. The beginning of its ID is enough."""
    from kinpay_server.commands.callback_rows import as_json_value, print_one
    from kinpay_server.commands.opened import database_of, run
    from kinpay_server.commands.shown import print_json
    from kinpay_server.storage.callback_list import CallbackList

    async def read() -> CallbackRecord:
        with database_of(settings) as database:
            return await _the_one(CallbackList(database), callback_id)

    found = run(read())
    if as_json:
        print_json(as_json_value(found))
    else:
        print_one(found)


@callbacks.command()
@with_settings
@click.argument("callback_id", metavar="ID", required=False)
@click.option("--all-dead", is_flag=True, help="All that were given up.")
@as_json
def replay(settings: Settings, callback_id: str | None, all_dead: bool, as_json: bool) -> None:
    """Send a callback again, delivered or not, or all dead ones; tries are counted from the start.

    The event keeps its id, so a receiver that had it knows it again. The beginning of the ID is enough. A `fail` is not
    sent again once its payment has been posted again, or paid.

    \b
    Examples:
      kinpay callbacks replay -c kinpay.ini payment-4d5bcf4211
      kinpay callbacks replay -c kinpay.ini --all-dead
    """
    if (callback_id is None) is not all_dead:
        raise click.UsageError("give an ID, or --all-dead")
    from kinpay_server.commands.opened import run
    from kinpay_server.commands.shown import print_json, say

    count = run(_replay(settings, callback_id))
    if as_json:
        print_json({"due": count})
        return
    say(f"{count} {'callback is' if count == 1 else 'callbacks are'} due now: the service sends what is due in seconds")


async def _replay(settings: Settings, callback_id: str | None) -> int:
    from kinpay_server.commands.opened import database_of, now
    from kinpay_server.services.refusals import Refused
    from kinpay_server.storage.callback_list import CallbackList

    with database_of(settings) as database:
        store = CallbackList(database)
        if callback_id is None:
            return await store.replay_dead(now())
        one = await _the_one(store, callback_id)
        if not await store.replay(one.id, now()):
            raise Refused(f"callback {one.id} is not sent again: its payment has been posted again, or paid, since")
        return 1


async def _the_one(store: CallbackList, callback_id: str) -> CallbackRecord:
    """The callback with that id, or whose id begins with it, as it is shown cut off on a terminal."""
    from kinpay_server.commands.shown import CUT
    from kinpay_server.services.refusals import Refused

    beginning = callback_id.removesuffix(CUT)
    found = await store.beginning_with(beginning) if beginning else []
    if not found:
        raise Refused(f"no callback with id {callback_id}")
    if len(found) > 1 and found[0].id != beginning:
        raise Refused(f"more than one callback has an id that begins with {beginning}")
    return found[0]
