"""Effects of trades, claimable balances and clawbacks."""

from typing import Any

from stellar_sdk import xdr

from ..core.addresses import address_of
from ..core.assets import account_from_xdr, asset_from_xdr
from ..core.entries import ClaimableBalance
from ..core.envelope import muxed_from_xdr
from .claimable_view import balance_id
from .claims import claims_of
from .predicates import predicate
from .records import OpRecord
from .values import account_fields, amount, asset_fields, asset_text

Rows = list[tuple[bytes, int | None, str, dict[str, Any]]]


def of_trades(record: OpRecord) -> Rows:
    """Two effects for each offer that was taken: the taker's and the seller's."""
    op = record.operation
    rows: Rows = []
    for claim in claims_of(record):
        if not claim.sold_amount and not claim.bought_amount:
            continue
        got = (claim.sold_amount, asset_fields(claim.sold, "bought_"), asset_fields(claim.sold, "sold_"))
        gave = (claim.bought_amount, asset_fields(claim.bought, "sold_"), asset_fields(claim.bought, "bought_"))
        offer = {"offer_id": str(claim.offer_id)}
        taker = {"seller": address_of(claim.seller), **offer, "sold_amount": amount(gave[0]), **gave[1]}
        taker |= {"bought_amount": amount(got[0]), **got[1]}
        seller = {**account_fields("seller", op.source, op.muxed), **offer, "sold_amount": amount(got[0]), **got[2]}
        seller |= {"bought_amount": amount(gave[0]), **gave[2]}
        rows += [(op.source, op.muxed, "trade", taker), (claim.seller, None, "trade", seller)]
    return rows


def of_created_balance(record: OpRecord) -> Rows:
    """The balance, each of its claimants, and what the source gave."""
    op = record.operation
    body: xdr.CreateClaimableBalanceOp = op.body
    created = next(after for before, after in _balances(record) if before is None and after is not None)
    shared = _shared(created)
    rows: Rows = [(op.source, op.muxed, "claimable_balance_created", shared)]
    for claimant in body.claimants:
        part = claimant.v0
        assert part is not None  # noqa: S101 - the only version
        fields = {**shared, "predicate": predicate(part.predicate)}
        rows.append((account_from_xdr(part.destination), None, "claimable_balance_claimant_created", fields))
    return [*rows, (op.source, op.muxed, "account_debited", _moved(created))]


def of_claimed_balance(record: OpRecord) -> Rows:
    """The balance, and what the claimant got."""
    op = record.operation
    claimed = _gone(record)
    return [
        (op.source, op.muxed, "claimable_balance_claimed", _shared(claimed)),
        (op.source, op.muxed, "account_credited", _moved(claimed)),
    ]


def of_clawback(record: OpRecord) -> Rows:
    """The issuer gets what the holder loses, though it is burnt."""
    op = record.operation
    body: xdr.ClawbackOp = op.body
    fields = {**asset_fields(asset_from_xdr(body.asset)), "amount": amount(body.amount.int64)}
    holder, number = muxed_from_xdr(body.from_)
    return [(op.source, op.muxed, "account_credited", fields), (holder, number, "account_debited", fields)]


def of_balance_clawback(record: OpRecord) -> Rows:
    """The balance that went back to its issuer."""
    op = record.operation
    gone = _gone(record)
    name = {"balance_id": balance_id(gone)}
    return [
        (op.source, op.muxed, "claimable_balance_clawed_back", name),
        (op.source, op.muxed, "account_credited", _moved(gone)),
    ]


def _balances(record: OpRecord) -> list[tuple[ClaimableBalance | None, ClaimableBalance | None]]:
    changes = record.tx.applied.operations[record.index]
    return [(b, a) for b, a in changes if isinstance(b or a, ClaimableBalance)]  # type: ignore[misc]


def _gone(record: OpRecord) -> ClaimableBalance:
    return next(before for before, after in _balances(record) if before is not None and after is None)


def _shared(balance: ClaimableBalance) -> dict[str, Any]:
    return {"asset": asset_text(balance.asset), "balance_id": balance_id(balance), "amount": amount(balance.amount)}


def _moved(balance: ClaimableBalance) -> dict[str, Any]:
    return {**asset_fields(balance.asset), "amount": amount(balance.amount)}
