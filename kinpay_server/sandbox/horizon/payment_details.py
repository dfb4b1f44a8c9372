"""What Horizon shows of operations that move money: those that /payments lists."""

from typing import Any

from stellar_sdk import xdr

from ..core.addresses import address_of
from ..core.assets import Asset, account_from_xdr, asset_from_xdr
from ..core.envelope import muxed_from_xdr
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
        result = record.result.tr.path_payment_strict_receive_result.success  # type: ignore[union-attr]
        sold = list(result.offers) if result else []
        first = [_claim(c) for c in sold]
        send = asset_from_xdr(op.body.send_asset)
        spent = amount(sum(c[1] for c in first if c[0] == send) if first else op.body.dest_amount.int64)
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


def _claim(claim: xdr.ClaimAtom) -> tuple[Asset, int]:
    """What was given for the offer: asset and amount."""
    book = claim.order_book
    assert book is not None  # noqa: S101 - no pools here
    return asset_from_xdr(book.asset_bought), book.amount_bought.int64


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
