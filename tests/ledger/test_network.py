import json

from kinpay_server.ledger.network import parse_fees, parse_network
from kinpay_server.services.ports import NetworkFees, NetworkState


def test_the_root_document_tells_what_history_covers(recorded):
    assert parse_network(json.loads(recorded("root/root", "GET").body)) == NetworkState(
        passphrase="Standalone Network ; February 2017",
        latest_ledger=1827,
        elder_ledger=8,
        core_ledger=1827,
        closed_at=1_795_462_940,
    )


def test_the_usual_bid_is_what_nine_of_ten_were_charged_at_most(recorded):
    stats = json.loads(recorded("root/fee_stats", "GET").body)
    assert parse_fees(stats) == NetworkFees(100, 100)
    stats["fee_charged"]["p90"] = "1234"
    stats["max_fee"]["p90"] = "99999"
    assert parse_fees(stats) == NetworkFees(100, 1234)


def test_the_usual_bid_is_never_below_the_base_fee(recorded):
    stats = json.loads(recorded("root/fee_stats", "GET").body)
    stats["last_ledger_base_fee"] = "200"
    assert parse_fees(stats) == NetworkFees(200, 200)
