"""Misbehaviour that a client must live with."""

import pytest
import requests
from stellar_sdk import Keypair

from kinpay_server.sandbox.faults import Faults


def order(server, **settings):
    reply = requests.post(server.horizon_url + "/_sandbox/faults", json=settings, timeout=30)
    assert reply.status_code == 200, reply.text


def submit(server, text, path="/transactions_async"):
    return requests.post(server.horizon_url + path, data={"tx": text}, timeout=40)


def close(server, ledgers=1):
    requests.post(f"{server.horizon_url}/_sandbox/close?ledgers={ledgers}", timeout=30)


def applied(server, address):
    return server.node.network.state.account(Keypair.from_public_key(address).raw_public_key()) is not None


@pytest.mark.parametrize("path", ["/transactions", "/transactions_async"])
def test_an_answer_lost_after_acceptance_is_applied_all_the_same(still, path):
    order(still, lost_after=1)
    address = Keypair.random().public_key
    with pytest.raises(requests.ConnectionError):
        submit(still, still.node.gift(address), path)
    close(still)
    assert applied(still, address)


def test_an_answer_lost_before_acceptance_leaves_no_trace(still):
    order(still, lost_before=1)
    address = Keypair.random().public_key
    with pytest.raises(requests.ConnectionError):
        submit(still, still.node.gift(address))
    close(still)
    assert not applied(still, address)


@pytest.mark.parametrize(("kind", "status"), [("timeout_after", 504), ("error_after", 500), ("empty_after", 500)])
def test_errors_after_acceptance(still, kind, status):
    order(still, **{kind: 1})
    address = Keypair.random().public_key
    assert submit(still, still.node.gift(address)).status_code == status
    close(still)
    assert applied(still, address)


def test_half_an_answer_is_no_json(still):
    order(still, cut_after=1)
    with pytest.raises(requests.JSONDecodeError):
        submit(still, still.node.gift(Keypair.random().public_key)).json()


def test_one_that_vanishes_was_pending_and_never_comes(still):
    order(still, vanish=1)
    address = Keypair.random().public_key
    assert submit(still, still.node.gift(address)).json()["tx_status"] == "PENDING"
    close(still, 3)
    assert not applied(still, address)


def test_everybody_is_turned_away_but_the_sandboxs_own_calls(still):
    order(still, rate_limited=1)
    reply = requests.get(still.horizon_url + "/fee_stats", timeout=30)
    assert (reply.status_code, reply.headers["Retry-After"]) == (429, "1")
    order(still, rate_limited=0)
    assert requests.get(still.horizon_url + "/fee_stats", timeout=30).status_code == 200


def test_history_stands_still_while_ledgers_go_on(still):
    order(still, ingestion_lag=2)
    address = Keypair.random().public_key
    submit(still, still.node.gift(address))
    url = f"{still.horizon_url}/accounts/{address}"
    close(still, 2)
    assert applied(still, address)
    assert requests.get(url, timeout=30).status_code == 404
    close(still)
    assert requests.get(url, timeout=30).status_code == 200


def test_replicas_take_turns_and_each_answer_is_one_snapshot(still):
    address = Keypair.random().public_key
    close(still, 5)
    submit(still, still.node.gift(address))
    close(still)
    order(still, replica_lags=[0, 3])
    url = f"{still.horizon_url}/accounts/{address}"
    seen = [requests.get(url, timeout=30) for _ in range(4)]
    assert [reply.status_code for reply in seen] == [200, 404, 200, 404]
    newest = still.node.history.latest.header.sequence
    assert [reply.headers["Latest-Ledger"] for reply in seen[:2]] == [str(newest), str(newest - 3)]


def test_a_core_that_is_down_forgets_its_queue_and_history_is_served_on(still):
    address = Keypair.random().public_key
    gift = still.node.gift(address)
    submit(still, gift)
    order(still, core_down=True)
    assert submit(still, gift).status_code == 500
    assert requests.get(still.horizon_url + "/health", timeout=30).status_code == 503
    assert requests.get(still.horizon_url + "/ledgers", timeout=30).status_code == 200
    order(still, core_down=False)
    close(still)
    assert not applied(still, address)
    assert submit(still, gift).json()["tx_status"] == "PENDING"


def test_other_peoples_traffic_raises_what_it_takes(still):
    order(still, surge_ops=1000, surge_bid=200_000)
    reply = submit(still, still.node.gift(Keypair.random().public_key))
    assert reply.json()["tx_status"] == "ERROR"


def test_the_same_seed_and_requests_have_the_same_luck_in_any_order():
    subjects = [str(number).encode() for number in range(200)]
    one, two = Faults(seed=7, lost_after=0.3), Faults(seed=7, lost_after=0.3)
    first = {s: one.strikes("lost_after", s) for s in subjects}
    second = {s: two.strikes("lost_after", s) for s in reversed(subjects)}
    assert first == second
    assert 30 < sum(first.values()) < 90
    assert first != {s: Faults(seed=8, lost_after=0.3).strikes("lost_after", s) for s in subjects}


@pytest.mark.parametrize("wrong", [{"nonsense": 1}, {"lost_after": 2}, {"ingestion_lag": -1}, {"core_down": 1}, []])
def test_faults_that_are_none_are_refused_with_a_reason(still, wrong):
    reply = requests.post(still.horizon_url + "/_sandbox/faults", json=wrong, timeout=30)
    assert reply.status_code == 400
    assert reply.json()["detail"]
