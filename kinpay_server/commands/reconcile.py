"""`kinpay reconcile`: the ledger against the database; and going on after a gap in history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kinpay_server.commands.options import as_json, with_settings

if TYPE_CHECKING:
    from kinpay_server.config import Settings
    from kinpay_server.services.accept_gap import Gap
    from kinpay_server.services.differences import Reconciled

NO_GAP = "there is no gap: Horizon has all that the service has not read yet"


@click.command()
@with_settings
@click.option("--from-ledger", type=click.IntRange(1), help="Begin with this ledger; without it: all that Horizon has.")
@click.option(
    "--from-archive-gap",
    "archive",
    metavar="[URL]",
    is_flag=False,
    flag_value="",
    help="Compare nothing; read what Horizon has forgotten from another one. Without URL: accept that it is unknown.",
)
@click.option("--accept-gap", is_flag=True, help="The same as --from-archive-gap without URL.")
@click.option("--yes", is_flag=True, help="Do not ask before a gap is accepted.")
@as_json
def reconcile(
    settings: Settings, from_ledger: int | None, archive: str | None, accept_gap: bool, yes: bool, as_json: bool
) -> None:
    """Compare every KIN payment out of the root account with the database, both ways.

    Exit status 1 if they differ in anything. Changes nothing, except with --from-archive-gap: after Horizon has
    forgotten ledgers that the service had not read, nothing is sent until these are read from the Horizon at URL, which
    must have them (stop the service meanwhile), or, without URL, until you have confirmed that it may go on although
    nobody knows what was paid in them.

    \b
    Examples:
      kinpay reconcile -c kinpay.ini
      kinpay reconcile -c kinpay.ini --from-ledger 50000000 --json
      kinpay reconcile -c kinpay.ini --from-archive-gap https://horizon.example
    """
    from kinpay_server.commands.opened import run

    if archive is not None or accept_gap:
        if from_ledger is not None or as_json or (archive and accept_gap):
            raise click.UsageError("a gap goes with no other option but --yes")
        if archive:
            _read_archive(settings, archive)
        else:
            run(_accept_gap(settings, yes=yes))
        return
    done = run(_compare(settings, from_ledger, show=not as_json))
    _tell(done, as_json=as_json)
    raise SystemExit(1 if done.differences else 0)


async def _compare(settings: Settings, from_ledger: int | None, *, show: bool) -> Reconciled:
    from kinpay_server.commands.opened import database_of, ledger_of
    from kinpay_server.commands.progress import reading
    from kinpay_server.ledger.payment_history import HorizonPayments
    from kinpay_server.services.reconcile import Reconcile
    from kinpay_server.storage.comparisons import Comparisons

    stellar = settings.stellar
    with database_of(settings) as database, reading(show=show) as progress:
        async with (
            ledger_of(settings) as (ledger, signer),
            HorizonPayments(
                stellar.horizon_url, asset_code=stellar.kin_token_name, asset_issuer=stellar.kin_issuer_address
            ) as history,
        ):
            work = Reconcile(
                Comparisons(database),
                ledger,
                history,
                root_address=signer.root_address,
                passphrase=stellar.network,
            )
            return await work(from_ledger=from_ledger, progress=progress)


def _tell(done: Reconciled, *, as_json: bool) -> None:
    from kinpay_server.commands.differences import as_json_value, print_result
    from kinpay_server.commands.shown import print_json

    if as_json:
        print_json(as_json_value(done))
    else:
        print_result(done)


def _read_archive(settings: Settings, url: str) -> None:
    from kinpay_server.commands.archive import read_archive
    from kinpay_server.commands.opened import run
    from kinpay_server.commands.progress import reading
    from kinpay_server.commands.shown import say
    from kinpay_server.config_values import http_url

    try:
        http_url(url)
    except ValueError as error:
        raise click.UsageError(f"--from-archive-gap {url!r}: expected {error}") from None
    with reading(show=True) as progress:
        done = run(read_archive(settings, url, progress))
    if done is None:
        say(NO_GAP)
        return
    for warning in done.warnings:
        say(warning)
    say(
        f"read ledgers {done.gap.first} to {done.gap.last}: {done.found} payments were found that the database did not "
        f"know, and {done.settled} attempts settled; nothing is unknown, and the service goes on when it is started"
    )


async def _accept_gap(settings: Settings, *, yes: bool) -> None:
    from kinpay_server.commands.opened import database_of, ledger_of, now
    from kinpay_server.commands.shown import say
    from kinpay_server.services.accept_gap import AcceptGap
    from kinpay_server.storage.gap import Gaps

    with database_of(settings) as database:
        async with ledger_of(settings) as (ledger, _):
            work = AcceptGap(Gaps(database), ledger, passphrase=settings.stellar.network, clock=now)
            gap = await work.gap()
            if gap is None:
                say(NO_GAP)
                return
            if not yes:
                click.confirm(_question(gap), abort=True)
            await work.accept(gap)
            say(f"accepted: the service goes on with ledger {gap.last + 1}")


def _question(gap: Gap) -> str:
    return (
        f"Ledgers {gap.first} to {gap.last} have not been read, and this Horizon does not have them any more. What was "
        "paid in them and the database does not know is paid again when its id is posted again, or if it is one of "
        f"the {gap.unpaid} payments that are not finished here. A Horizon that has them, named by --from-archive-gap "
        "URL, would tell. Go on without?"
    )
