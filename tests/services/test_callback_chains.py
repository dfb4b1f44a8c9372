"""Which callbacks are sent one after another, and which beside each other."""

from collections.abc import Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from kinpay_server.domain.callback import Callback
from kinpay_server.services.callback_chains import MOST_IN_A_CHAIN, Chain, Chains
from kinpay_server.services.ports import DueCallback, WantedCallbacks


def due(*lanes: Sequence[int]) -> list[DueCallback]:
    return [DueCallback(Callback(str(n), "http://a/", b""), "http://a", 0, tuple(one)) for n, one in enumerate(lanes)]


def ids(chains: Sequence[Chain]) -> list[str]:
    return ["".join(one.callback.id for one in chain.callbacks) for chain in chains]


def test_what_has_no_lane_goes_by_itself_and_a_lane_is_a_chain() -> None:
    assert ids(Chains().add(due([], [1], [], [1], [2], [1]))) == ["0", "135", "2", "4"]


def test_a_payment_between_two_addresses_joins_a_chain_of_one_and_waits_for_chains_of_both() -> None:
    assert ids(Chains().add(due([1], [1, 2], [2]))) == ["012"]
    chains = Chains()
    [one, other] = chains.add(due([1], [2], [1, 2], [1], [2], [3, 1], [3]))
    assert ids([one, other]) == ["0", "1"]
    assert one.passed_over
    assert one.lanes | other.lanes == {1, 2, 3}


def test_nothing_is_read_of_lanes_that_are_under_way_and_nothing_twice() -> None:
    chains = Chains()
    [alone, chain] = chains.add(due([], [4]))
    wanted = chains.wanted("http://a", 7)
    assert (wanted.limit, wanted.under_way, wanted.busy) == (7, ("0",), (4,))
    chains.ended(alone)
    assert len(chains) == 1
    chains.ended(chain)
    assert (chains.wanted("http://a", 7).busy, len(chains)) == ((), 0)
    assert chain.passed_over


def test_a_chain_is_no_longer_than_so_many() -> None:
    [chain] = Chains().add(due(*[[1]] * (MOST_IN_A_CHAIN + 5)))
    assert len(chain.callbacks) == MOST_IN_A_CHAIN
    assert chain.passed_over


def may_be_read(one: DueCallback, wanted: WantedCallbacks) -> bool:
    return one.callback.id not in wanted.under_way and not (one.lanes and {*one.lanes} <= {*wanted.busy})


@given(st.lists(st.lists(st.integers(0, 5), max_size=2, unique=True), max_size=60), st.randoms(use_true_random=False))
def test_whatever_ends_when_all_are_sent_and_each_lane_in_order(lanes: list[list[int]], chance: Random) -> None:
    waiting, chains, under_way, sent = due(*lanes), Chains(), list[Chain](), list[DueCallback]()

    def end_some() -> None:
        for _ in range(chance.randint(0, len(under_way))):
            ended = under_way.pop(chance.randrange(len(under_way)))
            sent.extend(ended.callbacks)
            for one in ended.callbacks:
                waiting.remove(one)
            chains.ended(ended)

    while waiting:
        wanted = chains.wanted("", chance.randint(1, 8))
        read = [one for one in waiting if may_be_read(one, wanted)][: wanted.limit]
        end_some()
        under_way += chains.add(one for one in read)
        end_some()
    assert len(sent) == len(lanes)
    for lane in range(6):
        of_lane = [int(one.callback.id) for one in sent if lane in one.lanes]
        assert of_lane == sorted(of_lane)
