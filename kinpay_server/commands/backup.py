"""`kinpay backup`: an online copy of the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kinpay_server.commands.options import as_json, with_settings

if TYPE_CHECKING:
    from kinpay_server.config import Settings


@click.command()
@with_settings
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@as_json
def backup(settings: Settings, file: Path, as_json: bool) -> None:
    """Copy the database to FILE, also while the service runs, and check the copy.

    FILE must not exist. It holds every payment, and no keys: the seed and channel_salt are in other files.

    \b
    Example:
      kinpay backup -c kinpay.ini "kinpay-$(date +%F).db"
    """
    from kinpay_server.commands.progress import waiting
    from kinpay_server.commands.shown import print_json, say
    from kinpay_server.services.refusals import Refused
    from kinpay_server.storage.backup import back_up
    from kinpay_server.storage.condition import file_of, require_schema

    try:
        require_schema(settings.storage.url)
        with waiting(f"copying {file_of(settings.storage.url)}"):
            copy = back_up(file_of(settings.storage.url), file)
    except Refused as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        print_json({"file": str(copy.path), "bytes": copy.bytes, "payments": copy.payments, "schema": copy.revision})
        return
    say(f"{copy.path}: {copy.payments:,} payments in {copy.bytes:,} bytes, schema {copy.revision}, opened and checked")
