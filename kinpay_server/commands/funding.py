"""`kinpay generate-funding-address`: a root account with all that it needs, from the faucets of a test network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kinpay_server.commands.options import as_json, config_file

if TYPE_CHECKING:
    from kinpay_server.config import Settings
    from kinpay_server.services.ports import AccountState

DEFAULT_AMOUNT = "100000"


@click.command("generate-funding-address")
@config_file
@click.option(
    "--secret-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File of the seed.  [default: [stellar] base_seed_file]",
)
@click.option("--amount", default=DEFAULT_AMOUNT, show_default=True, help="What the KIN faucet is asked for.")
@click.option("--resume", is_flag=True, help="Go on with a secret file, which must be there.")
@click.option("--overwrite", is_flag=True, help="Put a secret file that is there aside, and make a new key.")
@as_json
def generate_funding_address(
    config_file: Path | None, secret_file: Path | None, amount: str, resume: bool, overwrite: bool, as_json: bool
) -> None:
    """Make a root account: a key, XLM from the XLM faucet, a trustline, KIN from the KIN faucet.

    A secret file that is there is never overwritten: its key is used, and what its account has already is left as it
    is. So a run that was broken off is simply repeated. Faucets are those of [faucet] in the configuration.

    \b
    Examples:
      kinpay generate-funding-address -c kinpay.ini
      kinpay generate-funding-address -c kinpay.ini --resume
    """
    if resume and overwrite:
        raise click.UsageError("--resume and --overwrite exclude each other")
    from kinpay_server.commands.opened import refusing, run
    from kinpay_server.commands.options import settings
    from kinpay_server.commands.root_seed import find_or_make

    configured = settings(config_file, read_seed=False)
    wanted = _stroops(amount)
    with refusing():
        _must_not_be_served(configured)
        found = find_or_make(configured, secret_file, resume=resume, overwrite=overwrite)
    steps = Steps(quiet=as_json)
    for title, text in found.steps:
        steps(title, text)
    account = run(_fund(configured, found.seed, wanted, steps))
    _tell(account, found.path, config_file, configured, as_json=as_json)


class Steps:
    """Prints each step as it is done."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet

    def __call__(self, title: str, text: str) -> None:
        """One of them."""
        from kinpay_server.commands.shown import print_columns

        if not self._quiet:
            print_columns((10, title), (0, text))


async def _fund(settings: Settings, seed: str, amount: int, steps: Steps) -> AccountState:
    from dataclasses import replace

    from kinpay_server.commands.opened import ledger_of
    from kinpay_server.commands.progress import waiting
    from kinpay_server.ledger.connection import HorizonConnection
    from kinpay_server.ledger.faucets import HttpFaucets
    from kinpay_server.ledger.root_key import NewRootKey, Trusted
    from kinpay_server.services.fund_root import FundRoot, Wanted

    stellar = settings.stellar
    code, passphrase = stellar.kin_token_name, stellar.network
    trusted = Trusted(passphrase, code, stellar.kin_issuer_address, stellar.max_base_fee)
    faucets = HttpFaucets(settings.faucet.xlm_faucet, settings.faucet.kin_faucet, asset_code=code)
    seeded = replace(settings, stellar=replace(stellar, base_seed=seed))
    connection = HorizonConnection(stellar.horizon_url, timeout=60.0)
    await connection.open()
    try:
        async with ledger_of(seeded) as (ledger, _):
            key = NewRootKey(seed, connection, ledger, trusted)
            with waiting("waiting for the ledger") as above:
                fund = FundRoot(ledger, key, faucets, Wanted(passphrase, code, amount))
                return await fund(lambda title, text: above(lambda: steps(title, text)))
    finally:
        await connection.close()


def _must_not_be_served(settings: Settings) -> None:
    """The service may use the root account's numbers too."""
    from kinpay_server.services.refusals import Refused
    from kinpay_server.storage.condition import file_of
    from kinpay_server.storage.served import is_served

    if is_served(file_of(settings.storage.url)):
        raise Refused("a service runs on this configuration: stop it first, or name another configuration")


def _stroops(amount: str) -> int:
    from kinpay_server.domain.amount import InvalidAmount, parse_amount

    try:
        return parse_amount(amount)
    except InvalidAmount as error:
        raise click.UsageError(f"--amount {amount}: it {error}") from None


def _tell(
    account: AccountState, path: Path | None, config_file: Path | None, settings: Settings, *, as_json: bool
) -> None:
    from kinpay_server.commands.shown import print_json, say
    from kinpay_server.domain.amount import amount_of

    if as_json:
        balances = {"xlm": amount_of(account.xlm_balance), "kin": amount_of(account.kin_held)}
        print_json({"address": account.address, "secret_file": None if path is None else str(path), **balances})
        return
    configured = f" -c {config_file}" if config_file else ""
    if path is not None and path != settings.stellar.base_seed_file:
        say(f"The service uses it with [stellar] base_seed_file = {path}")
    say(f"Next: kinpay check{configured}, then kinpay serve{configured}")
