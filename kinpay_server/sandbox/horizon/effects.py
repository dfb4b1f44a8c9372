"""What operations did to accounts, one effect each."""

from collections.abc import Callable
from typing import Any, NamedTuple

from stellar_sdk import xdr

from ..core.addresses import address_of
from ..core.assets import account_from_xdr, asset_from_xdr
from ..core.entries import Data, Trustline
from ..core.envelope import muxed_from_xdr
from . import market_effects, settings_effects, sponsorship_effects
from .links import link
from .operation_view import operation
from .records import OpRecord
from .values import account_fields, amount, asset_fields

TYPES = {
    "account_created": 0,
    "account_removed": 1,
    "account_credited": 2,
    "account_debited": 3,
    "account_thresholds_updated": 4,
    "account_home_domain_updated": 5,
    "account_flags_updated": 6,
    "account_inflation_destination_updated": 7,
    "signer_created": 10,
    "signer_removed": 11,
    "signer_updated": 12,
    "trustline_created": 20,
    "trustline_removed": 21,
    "trustline_updated": 22,
    "trustline_authorized": 23,
    "trustline_deauthorized": 24,
    "trustline_authorized_to_maintain_liabilities": 25,
    "trustline_flags_updated": 26,
    "trade": 33,
    "data_created": 40,
    "data_removed": 41,
    "data_updated": 42,
    "sequence_bumped": 43,
    "claimable_balance_created": 50,
    "claimable_balance_claimant_created": 51,
    "claimable_balance_claimed": 52,
    "account_sponsorship_created": 60,
    "account_sponsorship_updated": 61,
    "account_sponsorship_removed": 62,
    "trustline_sponsorship_created": 63,
    "trustline_sponsorship_updated": 64,
    "trustline_sponsorship_removed": 65,
    "data_sponsorship_created": 66,
    "data_sponsorship_updated": 67,
    "data_sponsorship_removed": 68,
    "claimable_balance_sponsorship_created": 69,
    "claimable_balance_sponsorship_updated": 70,
    "claimable_balance_sponsorship_removed": 71,
    "signer_sponsorship_created": 72,
    "signer_sponsorship_updated": 73,
    "signer_sponsorship_removed": 74,
    "claimable_balance_clawed_back": 80,
}


class Effect(NamedTuple):
    """`order` counts the effects of an operation from 1."""

    record: OpRecord
    order: int
    account: bytes
    muxed: int | None
    kind: str
    fields: dict[str, Any]

    @property
    def token(self) -> str:
        """Its paging token."""
        return f"{self.record.token}-{self.order}"

    @property
    def place(self) -> tuple[int, int]:
        """What orders effects."""
        return self.record.token, self.order

    def document(self, base: str) -> dict[str, Any]:
        """As Horizon shows it."""
        cursor = f"{base}/effects?order={{}}&cursor={self.token}"
        return {
            "_links": {
                "operation": link(f"{base}/operations/{self.record.token}"),
                "succeeds": link(cursor.format("desc")),
                "precedes": link(cursor.format("asc")),
            },
            "id": f"{self.record.token:019}-{self.order:010}",
            "paging_token": self.token,
            **account_fields("account", self.account, self.muxed),
            "type": self.kind,
            "type_i": TYPES[self.kind],
            "created_at": self.record.tx.ledger.closed_at,
            **self.fields,
        }


Rows = list[tuple[bytes, int | None, str, dict[str, Any]]]


def effects_of(record: OpRecord) -> list[Effect]:
    """All effects of an operation; none if its transaction failed."""
    if not record.successful:
        return []
    make = _MAKERS.get(record.operation.type)
    rows = (make(record) if make is not None else []) + sponsorship_effects.of(record)
    return [Effect(record, order, *row) for order, row in enumerate(rows, 1)]


def _create_account(record: OpRecord) -> Rows:
    op = record.operation
    created, balance = account_from_xdr(op.body.destination), amount(op.body.starting_balance.int64)
    return [
        (created, None, "account_created", {"starting_balance": balance}),
        (op.source, op.muxed, "account_debited", {"asset_type": "native", "amount": balance}),
        (created, None, "signer_created", {"weight": 1, "public_key": address_of(created), "key": ""}),
    ]


def _payment(record: OpRecord) -> Rows:
    op = record.operation
    fields = {**asset_fields(asset_from_xdr(op.body.asset)), "amount": amount(op.body.amount.int64)}
    destination, number = muxed_from_xdr(op.body.destination)
    return [
        (destination, number, "account_credited", fields),
        (op.source, op.muxed, "account_debited", fields),
    ]


def _path_payment(record: OpRecord) -> Rows:
    op, shown = record.operation, operation(record, "")
    destination, number = muxed_from_xdr(op.body.destination)
    got = {**asset_fields(asset_from_xdr(op.body.dest_asset)), "amount": shown["amount"]}
    gave = {**asset_fields(asset_from_xdr(op.body.send_asset)), "amount": shown["source_amount"]}
    return [
        (destination, number, "account_credited", got),
        (op.source, op.muxed, "account_debited", gave),
        *market_effects.of_trades(record),
    ]


def _merge(record: OpRecord) -> Rows:
    op = record.operation
    result = record.result.tr
    assert result is not None  # noqa: S101
    assert result.account_merge_result is not None  # noqa: S101
    moved: xdr.Int64 = result.account_merge_result.source_account_balance  # type: ignore[assignment]
    fields = {"asset_type": "native", "amount": amount(moved.int64)}
    destination, number = muxed_from_xdr(op.body)
    return [
        (op.source, op.muxed, "account_debited", fields),
        (destination, number, "account_credited", fields),
        (op.source, op.muxed, "account_removed", {}),
    ]


def _change_trust(record: OpRecord) -> Rows:
    op = record.operation
    for before, after in record.tx.applied.operations[record.index]:
        if isinstance(before or after, Trustline):
            kind = "trustline_" + ("created" if before is None else "removed" if after is None else "updated")
            fields = {**asset_fields(asset_from_xdr(op.body.line)), "limit": amount(op.body.limit.int64)}
            return [(op.source, op.muxed, kind, fields)]
    return []


def _manage_data(record: OpRecord) -> Rows:
    op, shown = record.operation, operation(record, "")
    for before, after in record.tx.applied.operations[record.index]:
        if isinstance(before or after, Data):
            kind = "data_" + ("created" if before is None else "removed" if after is None else "updated")
            fields = {"name": shown["name"], **({} if after is None else {"value": shown["value"]})}
            return [(op.source, op.muxed, kind, fields)]
    return []


def _bump_sequence(record: OpRecord) -> Rows:
    op = record.operation
    if not record.tx.applied.operations[record.index]:
        return []
    return [(op.source, op.muxed, "sequence_bumped", {"new_seq": str(op.body.bump_to.sequence_number.int64)})]


_MAKERS: dict[int, Callable[[OpRecord], Rows]] = {
    0: _create_account,
    1: _payment,
    2: _path_payment,
    3: market_effects.of_trades,
    4: market_effects.of_trades,
    5: settings_effects.of_options,
    6: _change_trust,
    7: settings_effects.of_allow_trust,
    8: _merge,
    10: _manage_data,
    11: _bump_sequence,
    12: market_effects.of_trades,
    13: _path_payment,
    14: market_effects.of_created_balance,
    15: market_effects.of_claimed_balance,
    19: market_effects.of_clawback,
    20: market_effects.of_balance_clawback,
    21: settings_effects.of_trust_flags,
}
