"""Offers that an operation took: what its result says of them."""

from stellar_sdk import xdr

from ..core.assets import account_from_xdr, asset_from_xdr
from ..core.order_book import Claim
from .records import OpRecord

TRADING_TYPES = frozenset({2, 3, 4, 12, 13})
"""Path payments and offers."""


def has_claims(result: bytes) -> bool:
    """Whether a successful OperationResult of a trading type lists offers: their count comes first."""
    return result[12:16] != b"\0\0\0\0"


def claims_of(record: OpRecord) -> list[Claim]:
    """The offers, in the order in which they were taken; those that only went away are left out as empty ones."""
    if record.operation.type not in TRADING_TYPES or not record.successful:
        return []
    success = _success(record)
    atoms = success.offers if hasattr(success, "offers") else success.offers_claimed
    return [_claim(atom) for atom in atoms]


def own_offer_of(record: OpRecord) -> int | None:
    """The offer that was left in the book by an offer's operation."""
    success = _success(record)
    offer = success.offer.offer if hasattr(success, "offer") else None
    return None if offer is None else int(offer.offer_id.int64)


def _success(record: OpRecord) -> xdr.ManageOfferSuccessResult | xdr.PathPaymentStrictSendResultSuccess:
    tr = record.result.tr
    assert tr is not None  # noqa: S101 - it was successful
    results = (
        tr.path_payment_strict_receive_result,
        tr.path_payment_strict_send_result,
        tr.manage_sell_offer_result,
        tr.manage_buy_offer_result,
        tr.create_passive_sell_offer_result,
    )
    found = next(result for result in results if result is not None)
    assert found.success is not None  # noqa: S101
    return found.success  # type: ignore[return-value]


def _claim(atom: xdr.ClaimAtom) -> Claim:
    book = atom.order_book
    assert book is not None  # noqa: S101 - there are no pools here
    return Claim(
        account_from_xdr(book.seller_id),
        book.offer_id.int64,
        asset_from_xdr(book.asset_sold),
        book.amount_sold.int64,
        asset_from_xdr(book.asset_bought),
        book.amount_bought.int64,
    )
