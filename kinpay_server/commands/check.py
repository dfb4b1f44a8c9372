"""`kinpay check`: one line for each thing that a payment needs: what, good or bad, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kinpay_server.commands.options import as_json, config_file

if TYPE_CHECKING:
    from kinpay_server.config import Settings
    from kinpay_server.services.findings import Finding
    from kinpay_server.storage.condition import DatabaseFile

LITTLE_SPACE = 100 * 2**20
"""Bytes; a database on a disk with less than that may soon be unable to take a payment."""


@click.command()
@config_file
@as_json
def check(config_file: Path | None, as_json: bool) -> None:
    """Look at everything that a payment needs, while the service runs or not.

    A line for each thing: what, good or bad, what was found, what to do. Exit status 1 if anything is bad.

    \b
    Examples:
      kinpay check -c kinpay.ini
      kinpay check -c kinpay.ini --json | jq '.findings[] | select(.ok | not)'
    """
    from kinpay_server.commands.shown import print_json

    findings = _findings(config_file)
    if as_json:
        told = [{"what": f.what, "ok": f.ok, "found": f.found, "to_do": f.to_do} for f in findings]
        print_json({"ok": all(f.ok for f in findings), "findings": told})
    else:
        _print(findings)
    raise SystemExit(0 if all(finding.ok for finding in findings) else 1)


def _findings(config_file: Path | None) -> list[Finding]:
    from kinpay_server.commands.opened import run
    from kinpay_server.commands.options import settings
    from kinpay_server.services.findings import bad, good

    name = str(config_file or "the environment")
    try:
        configured = settings(config_file)
    except click.ClickException as error:
        return [bad("config", line, f"mend {name}") for line in error.message.splitlines()]
    return [good("config", name), *run(_look(configured))]


async def _look(settings: Settings) -> list[Finding]:
    from kinpay_server.commands.opened import database_of, ledger_of, now
    from kinpay_server.services.check_setup import CheckSetup, Setup
    from kinpay_server.storage.condition import backlog, file_of
    from kinpay_server.storage.served import is_served

    stellar, waiting, served = settings.stellar, None, False
    findings, usable = _database(settings)
    if usable:
        with database_of(settings) as database:
            waiting = await backlog(database)
        served = is_served(file_of(settings.storage.url))
    setup = Setup(
        stellar.horizon_url,
        stellar.network,
        stellar.kin_token_name,
        stellar.max_channels,
        stellar.channel_xlm,
        stellar.initial_xlm_amount,
    )
    async with ledger_of(settings) as (ledger, signer):
        look = CheckSetup(setup, ledger, signer, backlog=waiting, served=served, clock=now)
        return [*findings, *await look()]


def _database(settings: Settings) -> tuple[list[Finding], bool]:
    """What is found, and whether it can be read."""
    from kinpay_server.services.findings import bad
    from kinpay_server.services.refusals import Refused
    from kinpay_server.storage.condition import look_at_file

    try:
        file = look_at_file(settings.storage.url)
    except Refused as error:
        return [bad("database", str(error), "name another file in [storage] url, or restore a backup")], False
    return [_file(file)], file.revision == file.wanted_revision


def _file(file: DatabaseFile) -> Finding:
    from kinpay_server.services.findings import bad, good

    if not file.writable:
        return bad("database", f"{file.path} cannot be written", "give this user the file and its folder")
    if file.free_bytes < LITTLE_SPACE:
        free = f"only {_size(file.free_bytes)} are free beside {file.path}"
        return bad("database", free, "make room on that disk: a full one takes no payments")
    if not file.exists:
        return good("database", f"{file.path} is not there yet: `kinpay serve` makes it; {_size(file.free_bytes)} free")
    if file.revision != file.wanted_revision:
        wants = f"its schema is at {file.revision or 'nothing'}, this kinpay needs {file.wanted_revision}"
        return bad("database", f"{file.path}: {wants}", "`kinpay db upgrade`; a newer schema needs a newer kinpay")
    return good("database", f"{file.path}, schema {file.revision}, writable, {_size(file.free_bytes)} free")


def _size(count: int) -> str:
    return f"{count / 2**30:,.1f} GiB" if count >= 2**30 else f"{count / 2**20:,.1f} MiB"


def _print(findings: Sequence[Finding]) -> None:
    """In a pipe a line for each; on a terminal what is to be done has a line of its own."""
    from kinpay_server.commands.shown import is_terminal, print_columns, print_table, say, styled

    words = [styled("good" if f.ok else "bad") for f in findings]
    if not is_terminal():
        rows = [(f.what, word, f.found, f.to_do) for f, word in zip(findings, words, strict=True)]
        print_table(("what", "", "found", "what to do"), rows)
        return
    for finding, word in zip(findings, words, strict=True):
        print_columns((14, finding.what), (4, word), (0, finding.found))
        if finding.to_do:
            print_columns((14, ""), (4, ""), (0, f"→ {finding.to_do}"))
    bad = sum(not finding.ok for finding in findings)
    verb = "is" if bad == 1 else "are"
    say(f"{bad} of {len(findings)} {verb} bad: → says what to do" if bad else "all is well")
