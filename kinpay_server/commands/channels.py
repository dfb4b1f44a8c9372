"""`kinpay channels`: list the channel accounts, create some, retire one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kinpay_server.commands.options import as_json, with_settings

if TYPE_CHECKING:
    from kinpay_server.config import Settings
    from kinpay_server.services.records import ChannelRecord


@click.group()
def channels() -> None:
    """List channel accounts, create some, retire one."""


@channels.command("list")
@with_settings
@as_json
def list_(settings: Settings, as_json: bool) -> None:
    """List the channels: state, number, balance in XLM, and what each carries."""
    from kinpay_server.commands.opened import database_of, run
    from kinpay_server.commands.shown import print_json, print_table, short, styled
    from kinpay_server.domain.amount import readable
    from kinpay_server.storage.channel_list import ChannelList

    async def read() -> list[ChannelRecord]:
        with database_of(settings) as database:
            return await ChannelList(database).channels()

    found = run(read())
    if as_json:
        print_json({"channels": [_value(record) for record in found]})
        return
    rows = [
        (c.index, short(c.address), styled(c.state.value), c.sequence, readable(c.balance), record.carries)
        for record in found
        for c in (record.channel,)
    ]
    columns = ("index", "address", "state", "number", "XLM", "carries")
    print_table(
        columns, rows, numbers=("index", "number", "XLM"), nothing="no channels yet: payments that wait have some made"
    )


@channels.command()
@with_settings
@click.argument("count", metavar="N", type=click.IntRange(1, 65536))
@as_json
def create(settings: Settings, count: int, as_json: bool) -> None:
    """Create N more channels, within [stellar] max_channels.

    A running service opens them, and this waits for it; without one they are opened here. The root account sponsors
    their reserves (1 XLM each) and gives each the XLM of [stellar] channel_xlm for its fees.

    \b
    Example:
      kinpay channels create -c kinpay.ini 20
    """
    from kinpay_server.commands.creating import create_channels
    from kinpay_server.commands.opened import run
    from kinpay_server.commands.shown import print_json, say

    indexes = run(create_channels(settings, count))
    if as_json:
        print_json({"created": indexes})
        return
    say(f"{count} {'channel is' if count == 1 else 'channels are'} open: {_range(indexes)}")


@channels.command()
@with_settings
@click.argument("index", type=click.IntRange(0, 65535))
def retire(settings: Settings, index: int) -> None:
    """Retire the channel INDEX, which must be free: it is never lent again.

    Its account stays on the ledger, and the root account goes on sponsoring its reserve.
    """
    from kinpay_server.commands.opened import run
    from kinpay_server.commands.shown import say

    run(_retire(settings, index))
    say(
        f"channel {index} is retired and never lent again; its account stays on the ledger with the XLM that it has, "
        "and its reserve of 1 XLM stays sponsored by the root account"
    )


async def _retire(settings: Settings, index: int) -> None:
    from kinpay_server.commands.opened import database_of, now
    from kinpay_server.services.refusals import Refused
    from kinpay_server.storage.channel_list import ChannelList

    with database_of(settings) as database:
        store = ChannelList(database)
        if await store.retire(index, now()):
            return
        state = (await store.states([index])).get(index)
    if state is None:
        raise Refused(f"there is no channel {index}: see `kinpay channels list`")
    raise Refused(f"channel {index} is {state} and not retired: only a free one that is not being topped up can be")


def _value(record: ChannelRecord) -> dict[str, Any]:
    from kinpay_server.domain.amount import amount_of

    channel = record.channel
    return {
        "index": channel.index,
        "address": channel.address,
        "state": channel.state.value,
        "sequence": channel.sequence,
        "xlm": amount_of(channel.balance),
        "carries": record.carries,
        "updated_at": record.updated_at,
    }


def _range(indexes: list[int]) -> str:
    return str(indexes[0]) if len(indexes) == 1 else f"{indexes[0]} to {indexes[-1]}"
