"""What Horizon shows of operations that move money: those that /payments lists."""

from itertools import takewhile
from typing import Any

from ..core.addresses import address_of
from ..core.assets import account_from_xdr, asset_from_xdr
from ..core.envelope import muxed_from_xdr
from .claims import claims_of
from .records import OpRecord
from .values import account_fields, amount, asset_fields

Fields = dict[str, Any]


def create_account(record: OpRecord) -> Fields:
    """Who made it, with how much."""
    op = record.operation
    return {
        "starting_balance": amount(op.body.starting_balance.int64),
        **account_fields("funder", op.source, op.muxed),
        "account": address_of(account_from_xdr(op.body.destination)),
    }


def payment(record: OpRecord) -> Fields:
    """From whom to whom, and what."""
    op = record.operation
    return {
        **asset_fields(asset_from_xdr(op.body.asset)),
        **account_fields("from", op.source, op.muxed),
        **account_fields("to", *muxed_from_xdr(op.body.destination)),
        "amount": amount(op.body.amount.int64),
    }


def path_receive(record: OpRecord) -> Fields:
    """What it took is known afterwards only."""
    op = record.operation
    spent = "0.0000000"
    if record.successful:
        claims = claims_of(record)
        first = takewhile(lambda claim: claim.bought == claims[0].bought, claims)
        spent = amount(sum(claim.bought_amount for claim in first) if claims else op.body.dest_amount.int64)
    return {
        **asset_fields(asset_from_xdr(op.body.dest_asset)),
        **account_fields("from", op.source, op.muxed),
        **account_fields("to", *muxed_from_xdr(op.body.destination)),
        "amount": amount(op.body.dest_amount.int64),
        "path": [asset_fields(asset_from_xdr(a)) for a in op.body.path],
        "source_amount": spent,
        "source_max": amount(op.body.send_max.int64),
        **asset_fields(asset_from_xdr(op.body.send_asset), "source_"),
    }


def path_send(record: OpRecord) -> Fields:
    """What it brought is known afterwards only."""
    op = record.operation
    got = 0
    if record.successful:
        success = record.result.tr.path_payment_strict_send_result.success  # type: ignore[union-attr]
        got = success.last.amount.int64  # type: ignore[union-attr]
    return {
        **asset_fields(asset_from_xdr(op.body.dest_asset)),
        **account_fields("from", op.source, op.muxed),
        **account_fields("to", *muxed_from_xdr(op.body.destination)),
        "amount": amount(got),
        "path": [asset_fields(asset_from_xdr(a)) for a in op.body.path],
        "source_amount": amount(op.body.send_amount.int64),
        "destination_min": amount(op.body.dest_min.int64),
        **asset_fields(asset_from_xdr(op.body.send_asset), "source_"),
    }


def merge(record: OpRecord) -> Fields:
    """Which account went into which."""
    op = record.operation
    into = account_fields("into", *muxed_from_xdr(op.body))
    return account_fields("account", op.source, op.muxed) | into
