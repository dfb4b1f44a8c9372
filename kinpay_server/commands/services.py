"""`kinpay services`: who is told of payments, and at which addresses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from kinpay_server.commands.options import as_json, with_settings

if TYPE_CHECKING:
    from kinpay_server.config import Settings
    from kinpay_server.services.records import ServiceRecord, WatchRecord


@click.group()
def services() -> None:
    """List the services that are told of payments, show one."""


@services.command("list")
@with_settings
@as_json
def list_(settings: Settings, as_json: bool) -> None:
    """List services: callback, number of addresses, temporary watches."""
    from kinpay_server.commands.opened import database_of, now, run
    from kinpay_server.commands.shown import moment, print_json, print_table
    from kinpay_server.storage.service_list import ServiceList

    async def read() -> list[ServiceRecord]:
        with database_of(settings) as database:
            return await ServiceList(database).services(now())

    found = run(read())
    if as_json:
        print_json({"services": [_value(one) for one in found]})
        return
    rows = [(one.id, one.callback, one.addresses, one.watches, moment(one.updated_at)) for one in found]
    columns = ("id", "callback", "addresses", "watches", "put (UTC)")
    print_table(columns, rows, numbers=("addresses", "watches"), nothing="no services")


@services.command()
@with_settings
@click.argument("service_id", metavar="ID")
@as_json
def show(settings: Settings, service_id: str, as_json: bool) -> None:
    """Show a service: the addresses that it watches, and the single payments."""
    from kinpay_server.commands.opened import database_of, now, run
    from kinpay_server.services.refusals import Refused
    from kinpay_server.storage.service_list import ServiceList

    async def read() -> tuple[ServiceRecord, list[str], list[WatchRecord]]:
        with database_of(settings) as database:
            store = ServiceList(database)
            one = next((one for one in await store.services(now()) if one.id == service_id), None)
            if one is None:
                raise Refused(f"no service with id {service_id}")
            return one, await store.addresses(service_id), await store.watches(service_id, now())

    _tell(*run(read()), as_json=as_json)


def _tell(one: ServiceRecord, addresses: Sequence[str], watches: Sequence[WatchRecord], *, as_json: bool) -> None:
    from kinpay_server.commands.shown import print_json, print_lines, say, time_of

    if as_json:
        told = [{"address": w.address, "payment_id": w.payment_id, "expires_at": w.expires_at} for w in watches]
        print_json({**_value(one), "wallet_addresses": addresses, "payment_watches": told})
        return
    say(f"Service {one.id}, told at {one.callback}")
    print_lines(("address", address) for address in addresses)
    print_lines(
        ("payment", f"{watch.payment_id} at {watch.address}, until {time_of(watch.expires_at)} UTC")
        for watch in watches
    )


def _value(one: ServiceRecord) -> dict[str, Any]:
    return {
        "service_id": one.id,
        "callback": one.callback,
        "addresses": one.addresses,
        "watches": one.watches,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
    }
