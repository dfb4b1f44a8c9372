"""Effects of sponsorship, which any operation may have besides its own."""

from typing import Any

from ..core.addresses import address_of
from ..core.entries import Account, ClaimableBalance, Data, Entry, Offer, Trustline
from .records import OpRecord
from .transaction_view import signer_address
from .values import asset_text

Rows = list[tuple[bytes, int | None, str, dict[str, Any]]]


def of(record: OpRecord) -> Rows:
    """What changed about who pays reserves."""
    rows: Rows = []
    for before, after in record.tx.applied.operations[record.index]:
        rows += _of_entry(record, before, after)
        if isinstance(before or after, Account):
            rows += _of_signers(before, after)  # type: ignore[arg-type]
    return rows


def _of_entry(record: OpRecord, before: Entry | None, after: Entry | None) -> Rows:
    entry = after if after is not None else before
    old, new = before.sponsor if before is not None else None, after.sponsor if after is not None else None
    if entry is None or isinstance(entry, Offer) or old == new:
        return []
    word, fields = _change(old, new)
    op = record.operation
    if isinstance(entry, Account):
        return [(entry.id, None, f"account_sponsorship_{word}", fields)]
    if isinstance(entry, Trustline):
        fields = {"asset_type": "", "asset": asset_text(entry.asset), **fields}
        return [(entry.account, None, f"trustline_sponsorship_{word}", fields)]
    if isinstance(entry, Data):
        fields = {"data_name": entry.name.decode("utf-8", "replace"), **fields}
        return [(op.source, op.muxed, f"data_sponsorship_{word}", fields)]
    assert isinstance(entry, ClaimableBalance)  # noqa: S101 - nothing else is left
    fields = {"balance_id": "00000000" + entry.balance_id.hex(), **fields}
    return [(op.source, op.muxed, f"claimable_balance_sponsorship_{word}", fields)]


def _of_signers(before: Account | None, after: Account | None) -> Rows:
    account = after if after is not None else before
    assert account is not None  # noqa: S101
    old, new = _sponsors(before), _sponsors(after)
    rows: Rows = []
    for signer in sorted({*old, *new}):
        if old.get(signer) != new.get(signer):
            word, fields = _change(old.get(signer), new.get(signer))
            rows.append((account.id, None, f"signer_sponsorship_{word}", {"signer": signer, **fields}))
    return rows


def _sponsors(account: Account | None) -> dict[str, bytes]:
    signers = account.signers if account is not None else ()
    return {signer_address(s.key): s.sponsor for s in signers if s.sponsor is not None}


def _change(old: bytes | None, new: bytes | None) -> tuple[str, dict[str, Any]]:
    if old is None:
        assert new is not None  # noqa: S101 - one of them there is
        return "created", {"sponsor": address_of(new)}
    if new is None:
        return "removed", {"former_sponsor": address_of(old)}
    return "updated", {"former_sponsor": address_of(old), "new_sponsor": address_of(new)}
