"""Who posted a wallet on its way, to be told elsewhere or by another id: told of its end as the first one is."""

from collections.abc import Iterator, Sequence
from hashlib import sha256

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from kinpay_server.domain.wallet import NewWallet, WalletStatus, wallet_created, wallet_failed
from kinpay_server.exact_json import dumps
from kinpay_server.services.ports import NewCallback, Settlement
from kinpay_server.storage.callbacks import insert_callbacks, without_known
from kinpay_server.storage.tables import wallet_posts

ENDS = (WalletStatus.CREATED, WalletStatus.FAILED)


def note_post(connection: Connection, posted: NewWallet) -> None:
    """Have it told of the wallet's end; the same id and callback once."""
    row = {
        "address": posted.address,
        "key": _key(posted.id, posted.callback),
        "id": posted.id,
        "callback": posted.callback,
        "request_id": posted.request_id,
        "created_at": posted.created_at,
    }
    connection.execute(insert(wallet_posts).on_conflict_do_nothing(), row)


def callback_id(address: str, posted_id: str | None, callback: str, request_id: str) -> str:
    """The id of what a post is told that did not begin the creation: one thing, however often it is repeated."""
    return f"wallet-{address}-{_key(posted_id, callback, request_id)}"


def _key(*of: str | None) -> str:
    return sha256(dumps(of)).hexdigest()[:32]


def tell_posts(connection: Connection, settlements: Sequence[Settlement], now: int) -> None:
    """Write their callbacks, in the commit of the ends of their wallets; of its first end if it has several."""
    ended = [one for one in settlements if one.wallet is not None and one.wallet.status in ENDS]
    told = {callback.id: callback for one in ended for callback in _of(connection, one)}
    if told:
        insert_callbacks(connection, without_known(connection, list(told.values())), now)


def _of(connection: Connection, settlement: Settlement) -> Iterator[NewCallback]:
    after = settlement.wallet
    assert after is not None  # noqa: S101 - the caller selects
    for row in connection.execute(select(wallet_posts).where(wallet_posts.c.address == after.address)):
        wallet = NewWallet(after.address, "", row.id, row.callback, "", row.created_at)
        event = wallet_created(wallet)
        if after.status is WalletStatus.FAILED:
            event = wallet_failed(wallet, after.reason or "", settlement.reason)
        told_by = callback_id(after.address, row.id, row.callback, row.request_id)
        yield NewCallback(told_by, None, None, row.callback, dumps(event.body()))
