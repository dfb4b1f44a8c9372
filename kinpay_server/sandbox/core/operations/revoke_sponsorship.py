"""REVOKE_SPONSORSHIP: who pays a reserve from now on (CAP-33)."""

from stellar_sdk import xdr
from stellar_sdk.xdr import OperationType
from stellar_sdk.xdr import RevokeSponsorshipResultCode as Code

from ..assets import account_from_xdr, asset_from_xdr
from ..entries import Account, ClaimableBalance, Entry, Key, Offer, claimable_key, data_key, offer_key
from ..envelope import Operation
from ..reserves import Reserve, let_go, spendable, take_on
from ..results import OP_NOT_SUPPORTED, op_result
from ..state import Txn
from .context import Context, reserve_failure

TYPE = OperationType.REVOKE_SPONSORSHIP.value


def check(op: Operation) -> bytes | None:
    """Pools and contracts have no entries here."""
    key = op.body.ledger_key
    if key is None:
        return None
    if key.trust_line is not None and key.trust_line.asset.type == xdr.AssetType.ASSET_TYPE_POOL_SHARE:
        return OP_NOT_SUPPORTED
    return None if _key_of(key) is not None else op_result(TYPE, Code.REVOKE_SPONSORSHIP_MALFORMED)


def apply(txn: Txn, op: Operation, context: Context) -> bytes:
    """Only who sponsors, or the owner of what nobody sponsors, may do it."""
    if op.body.signer is not None:
        return _signer(txn, op, context)
    key = _key_of(op.body.ledger_key)
    entry = txn.get(key) if key is not None else None
    if entry is None:
        return op_result(TYPE, Code.REVOKE_SPONSORSHIP_DOES_NOT_EXIST)
    owner = _owner(entry)
    if (entry.sponsor or owner) != op.source:
        return op_result(TYPE, Code.REVOKE_SPONSORSHIP_NOT_SPONSOR)
    new = context.sponsors.get(op.source)
    if isinstance(entry, ClaimableBalance) and new is None:
        return op_result(TYPE, Code.REVOKE_SPONSORSHIP_ONLY_TRANSFERABLE)
    count = _count(entry)
    failure = _hand_over(txn, owner, entry.sponsor, new, count)
    if failure is not None:
        return failure
    current = txn.get(entry.key)
    assert current is not None  # noqa: S101 - only its counters may have changed
    txn.put(current._replace(sponsor=new))
    return op_result(TYPE, Code.REVOKE_SPONSORSHIP_SUCCESS)


def _signer(txn: Txn, op: Operation, context: Context) -> bytes:
    owner = account_from_xdr(op.body.signer.account_id)
    key = op.body.signer.signer_key.to_xdr_bytes()
    account = txn.account(owner)
    old = next((s for s in account.signers if s.key == key), None) if account is not None else None
    if old is None:
        return op_result(TYPE, Code.REVOKE_SPONSORSHIP_DOES_NOT_EXIST)
    if (old.sponsor or owner) != op.source:
        return op_result(TYPE, Code.REVOKE_SPONSORSHIP_NOT_SPONSOR)
    new = context.sponsors.get(op.source)
    failure = _hand_over(txn, owner, old.sponsor, new, 1)
    if failure is not None:
        return failure
    account = txn.account(owner)
    assert account is not None  # noqa: S101
    signers = tuple(s._replace(sponsor=new) if s.key == key else s for s in account.signers)
    txn.put(account._replace(signers=signers))
    return op_result(TYPE, Code.REVOKE_SPONSORSHIP_SUCCESS)


def _hand_over(txn: Txn, owner: bytes | None, old: bytes | None, new: bytes | None, count: int) -> bytes | None:
    """Moves the burden; a result if nobody can bear it."""
    if old == new:
        return None
    if old is not None:
        let_go(txn, old, count)
        _count_for(txn, owner, -count)
    if new is not None:
        outcome = take_on(txn, new, count)
        if outcome is not Reserve.FINE:
            return reserve_failure(outcome, TYPE, Code.REVOKE_SPONSORSHIP_LOW_RESERVE)
        _count_for(txn, owner, count)
    elif owner is not None:
        account = txn.account(owner)
        if account is None or spendable(account) < 0:
            return op_result(TYPE, Code.REVOKE_SPONSORSHIP_LOW_RESERVE)
    return None


def _count_for(txn: Txn, owner: bytes | None, delta: int) -> None:
    """A claimable balance has no owner."""
    account = txn.account(owner) if owner is not None else None
    if account is not None:
        txn.put(account._replace(sponsored=account.sponsored + delta))


def _key_of(key: xdr.LedgerKey) -> Key | None:
    if key.account is not None:
        return account_from_xdr(key.account.account_id)
    if key.trust_line is not None:
        return (account_from_xdr(key.trust_line.account_id), asset_from_xdr(key.trust_line.asset))
    if key.offer is not None:
        return offer_key(key.offer.offer_id.int64)
    if key.data is not None:
        return data_key(account_from_xdr(key.data.account_id), key.data.data_name.string64)
    if key.claimable_balance is not None and key.claimable_balance.balance_id.v0 is not None:
        return claimable_key(key.claimable_balance.balance_id.v0.hash)
    return None


def _owner(entry: Entry) -> bytes | None:
    if isinstance(entry, Account):
        return entry.id
    if isinstance(entry, Offer):
        return entry.seller
    return None if isinstance(entry, ClaimableBalance) else entry.account


def _count(entry: Entry) -> int:
    if isinstance(entry, Account):
        return 2
    return len(entry.claimants) if isinstance(entry, ClaimableBalance) else 1
