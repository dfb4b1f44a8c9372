"""PATH_PAYMENT_STRICT_RECEIVE and PATH_PAYMENT_STRICT_SEND."""

import struct

from stellar_sdk.xdr import OperationType
from stellar_sdk.xdr import PathPaymentStrictReceiveResultCode as Receive
from stellar_sdk.xdr import PathPaymentStrictSendResultCode as Send

from ..assets import Asset, asset_from_xdr, is_valid
from ..entries import Offer
from ..envelope import Operation, muxed_from_xdr
from ..exchange import Rounding
from ..order_book import Claim, Stop, convert
from ..reserves import MAX_AMOUNT
from ..results import OP_EXCEEDED_WORK_LIMIT, op_result
from ..state import Txn
from .balances import Move, add, take
from .context import Context

RECEIVE = OperationType.PATH_PAYMENT_STRICT_RECEIVE.value
SEND = OperationType.PATH_PAYMENT_STRICT_SEND.value

_WORDS = {
    Move.NO_TRUST: "NO_TRUST",
    Move.NOT_AUTHORIZED: "NOT_AUTHORIZED",
    Move.FULL: "LINE_FULL",
    Move.NO_ACCOUNT: "NO_DESTINATION",
    Move.UNDERFUNDED: "UNDERFUNDED",
}


class Failed(Exception):
    """A result that ends the operation."""

    def __init__(self, result: bytes) -> None:
        super().__init__()
        self.result = result


def check_receive(op: Operation) -> bytes | None:
    """A result if it can never succeed, whatever the ledger holds."""
    body = op.body
    if body.dest_amount.int64 <= 0 or body.send_max.int64 <= 0 or not _good_assets(op):
        return op_result(RECEIVE, Receive.PATH_PAYMENT_STRICT_RECEIVE_MALFORMED)
    return None


def check_send(op: Operation) -> bytes | None:
    """A result if it can never succeed, whatever the ledger holds."""
    body = op.body
    if body.send_amount.int64 <= 0 or body.dest_min.int64 <= 0 or not _good_assets(op):
        return op_result(SEND, Send.PATH_PAYMENT_STRICT_SEND_MALFORMED)
    return None


def apply_receive(txn: Txn, op: Operation, context: Context) -> bytes:
    """Backwards from the destination: it gets exactly what was said, the source pays what that takes."""
    body = op.body
    try:
        destination = _destination(txn, op)
        wanted = body.dest_amount.int64
        _moved(op, add(txn, destination, asset_from_xdr(body.dest_asset), wanted), source=False)
        claims: tuple[Claim, ...] = ()
        receive, need = asset_from_xdr(body.dest_asset), wanted
        for sheep in reversed([asset_from_xdr(body.send_asset), *(asset_from_xdr(a) for a in body.path)]):
            if sheep == receive:
                continue
            need, more = _step(txn, op, sheep, MAX_AMOUNT, receive, need, Rounding.STRICT_RECEIVE)
            claims = more + claims
            receive = sheep
        if need > body.send_max.int64:
            raise Failed(op_result(RECEIVE, Receive.PATH_PAYMENT_STRICT_RECEIVE_OVER_SENDMAX))
        _moved(op, take(txn, op.source, asset_from_xdr(body.send_asset), need), source=True)
    except Failed as failed:
        return failed.result
    return op_result(RECEIVE, 0, _success(claims, destination, asset_from_xdr(body.dest_asset), wanted))


def apply_send(txn: Txn, op: Operation, context: Context) -> bytes:
    """Forwards from the source: it pays exactly what was said, the destination gets what that brings."""
    body = op.body
    try:
        destination = _destination(txn, op)
        give, have = asset_from_xdr(body.send_asset), body.send_amount.int64
        _moved(op, take(txn, op.source, give, have), source=True)
        claims: tuple[Claim, ...] = ()
        for wheat in (*(asset_from_xdr(a) for a in body.path), asset_from_xdr(body.dest_asset)):
            if wheat == give:
                continue
            have, more = _step(txn, op, give, have, wheat, MAX_AMOUNT, Rounding.STRICT_SEND)
            claims += more
            give = wheat
        if have < body.dest_min.int64:
            raise Failed(op_result(SEND, Send.PATH_PAYMENT_STRICT_SEND_UNDER_DESTMIN))
        _moved(op, add(txn, destination, give, have), source=False)
    except Failed as failed:
        return failed.result
    return op_result(SEND, 0, _success(claims, destination, give, have))


def _step(
    txn: Txn, op: Operation, sheep: Asset, max_send: int, wheat: Asset, max_receive: int, rounding: Rounding
) -> tuple[int, tuple[Claim, ...]]:
    """One market on the way -> (what it took or brought, whose offers)"""

    def check(offer: Offer) -> Stop | None:
        return Stop.SELF if offer.seller == op.source else None

    done = convert(txn, sheep, max_send, wheat, max_receive, rounding, check)
    if done.stop is Stop.SELF:
        raise Failed(_fail(op, "OFFER_CROSS_SELF"))
    if done.stop is Stop.TOO_MANY:
        raise Failed(OP_EXCEEDED_WORK_LIMIT)
    receiving = rounding is Rounding.STRICT_RECEIVE
    if (done.received != max_receive) if receiving else (done.sent != max_send):
        raise Failed(_fail(op, "TOO_FEW_OFFERS"))
    return (done.sent if receiving else done.received), done.claims


def _destination(txn: Txn, op: Operation) -> bytes:
    """It must exist, unless an asset goes straight home to its issuer."""
    body = op.body
    destination = muxed_from_xdr(body.destination)[0]
    asset = asset_from_xdr(body.dest_asset)
    straight = not body.path and asset_from_xdr(body.send_asset) == asset and asset.issuer == destination
    if not straight and txn.account(destination) is None:
        raise Failed(_fail(op, "NO_DESTINATION"))
    return destination


def _moved(op: Operation, move: Move, *, source: bool) -> None:
    if move is Move.DONE:
        return
    prefix = "SRC_" if source and move is not Move.UNDERFUNDED else ""
    raise Failed(_fail(op, prefix + _WORDS[move]))


def _fail(op: Operation, word: str) -> bytes:
    if op.type == RECEIVE:
        return op_result(RECEIVE, Receive[f"PATH_PAYMENT_STRICT_RECEIVE_{word}"])
    return op_result(SEND, Send[f"PATH_PAYMENT_STRICT_SEND_{word}"])


def _success(claims: tuple[Claim, ...], destination: bytes, asset: Asset, amount: int) -> bytes:
    atoms = struct.pack(">I", len(claims)) + b"".join(claim.to_xdr() for claim in claims)
    return atoms + b"\0\0\0\0" + destination + asset.to_xdr() + struct.pack(">q", amount)


def _good_assets(op: Operation) -> bool:
    body = op.body
    return all(is_valid(asset_from_xdr(a)) for a in (body.send_asset, body.dest_asset, *body.path))
