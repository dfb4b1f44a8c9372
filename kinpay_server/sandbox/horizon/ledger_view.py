"""A ledger as Horizon shows it."""

import base64
from typing import Any

from ..core.header import ALL_COINS, PROTOCOL
from ..core.reserves import BASE_RESERVE
from .links import link, paged
from .records import LedgerRecord
from .values import amount


def ledger(record: LedgerRecord, base: str) -> dict[str, Any]:
    """The document."""
    header = record.header
    own = f"{base}/ledgers/{header.sequence}"
    return {
        "_links": {
            "self": link(own),
            **{name: paged(f"{own}/{name}") for name in ("transactions", "operations", "payments", "effects")},
        },
        "id": record.hash.hex(),
        "paging_token": str(record.token),
        "hash": record.hash.hex(),
        "prev_hash": header.previous.hex(),
        "sequence": header.sequence,
        "successful_transaction_count": record.successful,
        "failed_transaction_count": record.failed,
        "operation_count": record.operations,
        "tx_set_operation_count": record.used,
        "closed_at": record.closed_at,
        "total_coins": amount(ALL_COINS),
        "fee_pool": amount(header.fee_pool),
        "base_fee_in_stroops": 100,
        "base_reserve_in_stroops": BASE_RESERVE,
        "max_tx_set_size": header.max_ops,
        "protocol_version": PROTOCOL,
        "header_xdr": base64.b64encode(header.to_xdr()).decode(),
    }
