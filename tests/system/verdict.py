"""What must be true in the end, whatever was done to the service: the ledger and the receivers are the judges."""

from collections.abc import Collection

from kinpay_server.demo.network import Network
from tests.system.clients import wait_until
from tests.system.conftest import Told, payments_on_ledger, show


def wait_until_told(told: Told, ids: Collection[str]) -> None:
    """Wait until each of them was told as success."""
    missing = set(ids)

    def all_told() -> bool:
        states = told.read()
        missing.difference_update([one for one in missing if one in states and states[one]["success"]])
        return not missing

    wait_until(all_told, lambda: {"not told": sorted(missing)})


def assert_paid_once(network: Network, root: str, ids: Collection[str]) -> None:
    """The ledger holds one payment out of root for each of the ids, and nothing else."""
    paid = payments_on_ledger(network, root)
    wanted = {f"1-test-{one}" for one in ids}
    assert not wanted - paid.keys(), show({"missing": sorted(wanted - paid.keys())})
    assert not {memo: times for memo, times in paid.items() if times != 1 or memo not in wanted}, show(paid)


def assert_told(told: Told, ids: Collection[str], failing: Collection[str] = ()) -> None:
    """Each of the ids was told as success and none as fail, but for those that fail, which are told as nothing else."""
    states = told.read()
    failed = [one for one, counted in states.items() if counted["fail"] and one not in failing]
    assert not [one for one in failing if states[one]["success"]], show(states)
    untold = [one for one in ids if not states[one]["success"]]
    assert not failed, show(failed)
    assert not untold, show(untold)
