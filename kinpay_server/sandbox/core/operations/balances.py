"""Moving amounts between accounts and trustlines, with the reasons why it may not be."""

from enum import Enum

from ..assets import Asset
from ..reserves import line_room, line_spendable, room, spendable
from ..state import Txn


class Move(Enum):
    """How a balance took to a change."""

    DONE = 0
    NO_ACCOUNT = 1
    NO_TRUST = 2
    NOT_AUTHORIZED = 3
    UNDERFUNDED = 4
    FULL = 5


def add(txn: Txn, account_id: bytes, asset: Asset, amount: int) -> Move:
    """Gives an amount to an account; an issuer can take any amount of its own asset."""
    if asset.is_native:
        account = txn.account(account_id)
        if account is None:
            return Move.NO_ACCOUNT
        if amount > room(account):
            return Move.FULL
        txn.put(account._replace(balance=account.balance + amount))
        return Move.DONE
    if asset.issuer == account_id:
        return Move.DONE
    line = txn.trustline(account_id, asset)
    if line is None:
        return Move.NO_TRUST
    if not line.is_authorized:
        return Move.NOT_AUTHORIZED
    if amount > line_room(line):
        return Move.FULL
    txn.put(line._replace(balance=line.balance + amount))
    return Move.DONE


def take(txn: Txn, account_id: bytes, asset: Asset, amount: int) -> Move:
    """Takes an amount from an account; an issuer can give any amount of its own asset."""
    if asset.is_native:
        account = txn.account(account_id)
        if account is None:
            return Move.NO_ACCOUNT
        if amount > spendable(account):
            return Move.UNDERFUNDED
        txn.put(account._replace(balance=account.balance - amount))
        return Move.DONE
    if asset.issuer == account_id:
        return Move.DONE
    line = txn.trustline(account_id, asset)
    if line is None:
        return Move.NO_TRUST
    if not line.is_authorized:
        return Move.NOT_AUTHORIZED
    if amount > line_spendable(line):
        return Move.UNDERFUNDED
    txn.put(line._replace(balance=line.balance - amount))
    return Move.DONE
