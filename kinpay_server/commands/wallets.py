"""`kinpay wallets`: list those that were posted, show the story of one, let a held one be tried again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from kinpay_server.commands.options import as_json, limit, with_settings
from kinpay_server.domain.wallet import Wallet, WalletStatus

if TYPE_CHECKING:
    from kinpay_server.config import Settings
    from kinpay_server.services.wallet_story import WalletStory

STATUSES = [status.value for status in WalletStatus]


@click.group()
def wallets() -> None:
    """List wallets, show one, try a held one again."""


@wallets.command("list")
@with_settings
@click.option("--status", type=click.Choice(STATUSES), help="Only those with this status.")
@click.option("--held", is_flag=True, help="Only those that wait for the operator.")
@limit
@as_json
def list_(settings: Settings, status: str | None, held: bool, limit: int, as_json: bool) -> None:
    """List wallets that were posted, the newest first."""
    from kinpay_server.commands.opened import database_of, run
    from kinpay_server.commands.shown import print_json
    from kinpay_server.storage.wallet_stories import WalletStories

    async def read() -> list[Wallet]:
        with database_of(settings) as database:
            wanted = WalletStatus(status) if status else None
            return await WalletStories(database).newest(status=wanted, held=held, limit=limit)

    found = run(read())
    if as_json:
        print_json({"wallets": [_value(wallet) for wallet in found]})
    else:
        _print_list(found)


@wallets.command()
@with_settings
@click.argument("address")
@as_json
def show(settings: Settings, address: str, as_json: bool) -> None:
    """Tell the whole story of a wallet: attempts, what the ledger said, callbacks."""
    from kinpay_server.commands.opened import database_of, run
    from kinpay_server.services.wallet_story import wallet_story
    from kinpay_server.storage.wallet_stories import WalletStories

    async def read() -> WalletStory:
        with database_of(settings) as database:
            return await wallet_story(WalletStories(database), address)

    _tell(run(read()), as_json=as_json)


@wallets.command()
@with_settings
@click.argument("address")
def retry(settings: Settings, address: str) -> None:
    """Let a wallet that is held for the operator be tried again.

    The ledger is asked first whether it has been created.
    """
    from kinpay_server.commands.opened import database_of, ledger_of, now, run
    from kinpay_server.commands.shown import say
    from kinpay_server.services.retry_wallet import RetryWallet
    from kinpay_server.storage.wallet_stories import WalletStories

    async def work() -> None:
        with database_of(settings) as database:
            async with ledger_of(settings) as (ledger, _):
                store, passphrase = WalletStories(database), settings.stellar.network
                await RetryWallet(store, ledger, passphrase=passphrase, clock=now)(address)

    run(work())
    say(f"wallet {address} is accepted again: the service sends it within seconds, and whatever waited for that")


def _print_list(found: Sequence[Wallet]) -> None:
    from kinpay_server.commands.shown import moment, print_table, short, styled

    rows = [
        (moment(one.created_at), short(one.address), one.id, one.app_id, styled(one.status.value), one.reason)
        for one in found
    ]
    print_table(("posted (UTC)", "address", "id", "app", "status", "reason"), rows, nothing="no wallets")


def _tell(story: WalletStory, *, as_json: bool) -> None:
    from kinpay_server.commands.callback_rows import as_json_value as callback_value
    from kinpay_server.commands.shown import print_json, say
    from kinpay_server.commands.stories import attempt_value, print_sentences
    from kinpay_server.services.wallet_story import sentences, standing

    if not as_json:
        print_sentences(f"Wallet {story.wallet.address}", story.wallet.status.value, sentences(story))
        say(standing(story))
        return
    told = {"updated_at": story.updated_at, "held": story.held, "standing": standing(story)}
    attempts = [attempt_value(one) for one in story.attempts]
    print_json(
        {
            **_value(story.wallet),
            **told,
            "attempts": attempts,
            "callbacks": [callback_value(c) for c in story.callbacks],
        }
    )


def _value(wallet: Wallet) -> dict[str, Any]:
    return {
        "wallet_address": wallet.address,
        "id": wallet.id,
        "app_id": wallet.app_id,
        "status": wallet.status.value,
        "reason": wallet.reason,
        "callback": wallet.callback,
        "created_at": wallet.created_at,
    }
