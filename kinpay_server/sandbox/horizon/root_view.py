"""The service document."""

from typing import Any

from ..core.header import PROTOCOL
from .history import History
from .links import link, template

_PAGE = "cursor,limit,order"
_PAIR = "base_asset_type={base_asset_type}&base_asset_code={base_asset_code}&base_asset_issuer={base_asset_issuer}&" + (
    "counter_asset_type={counter_asset_type}&counter_asset_code={counter_asset_code}&"
    "counter_asset_issuer={counter_asset_issuer}"
)
_SIDES = ",".join(f"{side}_asset_{part}" for side in ("selling", "buying") for part in ("type", "code", "issuer"))
_TO = "destination_asset_type,destination_asset_issuer,destination_asset_code,destination_amount"
_FROM = "source_asset_type,source_asset_issuer,source_asset_code,source_amount"

_TEMPLATES = {
    "account": "/accounts/{account_id}",
    "accounts": f"/accounts{{?signer,sponsor,asset,liquidity_pool,{_PAGE}}}",
    "account_transactions": f"/accounts/{{account_id}}/transactions{{?{_PAGE}}}",
    "claimable_balances": f"/claimable_balances{{?asset,sponsor,claimant,{_PAGE}}}",
    "assets": f"/assets{{?asset_code,asset_issuer,{_PAGE}}}",
    "effects": f"/effects{{?{_PAGE}}}",
    "ledger": "/ledgers/{sequence}",
    "ledgers": f"/ledgers{{?{_PAGE}}}",
    "liquidity_pools": f"/liquidity_pools{{?reserves,account,{_PAGE}}}",
    "offer": "/offers/{offer_id}",
    "offers": f"/offers{{?selling,buying,seller,sponsor,{_PAGE}}}",
    "operation": "/operations/{id}",
    "operations": f"/operations{{?{_PAGE},include_failed}}",
    "order_book": f"/order_book{{?{_SIDES},limit}}",
    "payments": f"/payments{{?{_PAGE},include_failed}}",
    "strict_receive_paths": f"/paths/strict-receive{{?source_assets,source_account,destination_account,{_TO}}}",
    "strict_send_paths": f"/paths/strict-send{{?destination_account,destination_assets,{_FROM}}}",
    "trade_aggregations": f"/trade_aggregations?{_PAIR}",
    "trades": f"/trades?{_PAIR}",
    "transaction": "/transactions/{hash}",
    "transactions": f"/transactions{{?{_PAGE}}}",
}


def root(history: History, base: str, *, passphrase: str, core_ledger: int, version: str) -> dict[str, Any]:
    """The document; `core_ledger` is what the network has closed, which history may not have read yet."""
    latest = history.latest
    number = latest.header.sequence
    return {
        "_links": {
            **{name: template(base + path) for name, path in _TEMPLATES.items()},
            "fee_stats": link(base + "/fee_stats"),
            "friendbot": template(base + "/friendbot/{?addr}"),
            "self": link(base + "/"),
        },
        "horizon_version": f"22.0.3-kinpay-sandbox-{version}",
        "core_version": f"kinpay-sandbox {version}",
        "ingest_latest_ledger": number,
        "history_latest_ledger": number,
        "history_latest_ledger_closed_at": latest.closed_at,
        "history_elder_ledger": history.elder,
        "core_latest_ledger": core_ledger,
        "network_passphrase": passphrase,
        "current_protocol_version": PROTOCOL,
        "supported_protocol_version": PROTOCOL,
        "core_supported_protocol_version": PROTOCOL,
    }
