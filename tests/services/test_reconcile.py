"""Each way in which ledger and database may differ, and that they are told of nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from kinpay_server.domain.outcome import LedgerTransaction
from kinpay_server.domain.payment import Payment, PaymentStatus
from kinpay_server.services.differences import Believed, HistoryPage, HistoryPayment, Kind, Paid, Reconciled
from kinpay_server.services.ports import NetworkState
from kinpay_server.services.reconcile import Reconcile
from kinpay_server.services.refusals import Refused

PASSPHRASE = "Test Kin Network ; 2026"
LEDGER = 150


def a_hash(number: int) -> str:
    return f"{number:064x}"


PAID = HistoryPayment(a_hash(1), None, LEDGER, "1-app-p1", "G1", 50)
PAYMENT = Payment(
    "p1", "app", 50, "G1", "http://a", "r", 1, PaymentStatus.SUCCEEDED, "root", a_hash(1), "2026-11-25T00:00:00Z"
)


@dataclass
class Fakes:
    """All that reconciling asks: the list of payments, transactions by hash, and the database."""

    listed: list[HistoryPayment] = field(default_factory=lambda: [PAID])
    found: set[str] = field(default_factory=set)
    payments: list[Payment] = field(default_factory=lambda: [PAYMENT])
    open_hashes: dict[str, str] = field(default_factory=dict)
    settled_after: int | None = None
    looks: int = 0

    async def network(self) -> NetworkState:
        return NetworkState(PASSPHRASE, 200, 100, 200, 1_700_000_000)

    async def find(self, transaction_hash: str) -> LedgerTransaction | None:
        there = transaction_hash in self.found
        return LedgerTransaction((transaction_hash,), LEDGER, "", 100, "", None) if there else None

    async def payments_out_of(self, address: str, cursor: str) -> HistoryPage:
        after = int(cursor) >> 32
        return HistoryPage(tuple(one for one in self.listed if one.ledger > after), 200, None)

    async def believed(self, ids: Sequence[str]) -> dict[str, Believed]:
        self.looks += 1
        if self.settled_after is not None and self.looks > self.settled_after:
            self.payments, self.open_hashes = [PAYMENT], {}
        return {one.id: Believed(one, self.open_hashes.get(one.id)) for one in self.payments if one.id in ids}

    async def paid_after(self, payment_id: str, limit: int) -> list[Paid]:
        paid = [one for one in self.payments if one.status is PaymentStatus.SUCCEEDED and one.id > payment_id]
        return [Paid(one.id, one.transaction_id or "", LEDGER) for one in paid]

    async def reconciled(self, *, from_ledger: int | None = None, passphrase: str = PASSPHRASE) -> Reconciled:
        work = Reconcile(self, self, self, root_address="root", passphrase=passphrase, pause=0)
        return await work(from_ledger=from_ledger, progress=lambda *_: None)


@pytest.fixture
def fakes() -> Fakes:
    """One payment, on which both sides agree."""
    return Fakes()


async def kinds(fakes: Fakes) -> list[tuple[Kind, str | None]]:
    return [(one.kind, one.payment_id) for one in (await fakes.reconciled()).differences]


@pytest.mark.gen_test
async def test_where_both_sides_agree_there_is_nothing_to_tell(fakes: Fakes) -> None:
    done = await fakes.reconciled()
    assert (done.on_ledger, done.in_database, done.differences, done.more) == (1, 1, (), 0)


@pytest.mark.gen_test
async def test_a_bumped_payment_agrees_by_either_of_its_hashes(fakes: Fakes) -> None:
    fakes.listed = [replace(PAID, hash=a_hash(9), inner_hash=a_hash(1))]
    assert await kinds(fakes) == []


@pytest.mark.parametrize("memo", [None, "", "lunch", "1-app-"])
@pytest.mark.gen_test
async def test_a_payment_whose_memo_names_none_is_not_ours(fakes: Fakes, memo: str | None) -> None:
    fakes.listed.append(replace(PAID, hash=a_hash(2), memo=memo))
    assert await kinds(fakes) == [(Kind.NOT_OURS, None)]


@pytest.mark.gen_test
async def test_a_payment_that_the_database_does_not_have_is_unknown(fakes: Fakes) -> None:
    fakes.payments = []
    assert await kinds(fakes) == [(Kind.UNKNOWN, "p1")]


@pytest.mark.parametrize("status", [PaymentStatus.ACCEPTED, PaymentStatus.SUBMITTED, PaymentStatus.FAILED])
@pytest.mark.gen_test
async def test_a_payment_that_the_database_believes_unpaid_is_told(fakes: Fakes, status: PaymentStatus) -> None:
    fakes.payments = [replace(PAYMENT, status=status, transaction_id=None)]
    assert await kinds(fakes) == [(Kind.UNPAID, "p1")]


@pytest.mark.gen_test
async def test_what_a_running_service_settles_meanwhile_is_no_difference(fakes: Fakes) -> None:
    fakes.payments = [replace(PAYMENT, status=PaymentStatus.SUBMITTED, transaction_id=None)]
    fakes.open_hashes, fakes.settled_after = {"p1": a_hash(1)}, 2
    assert await kinds(fakes) == []


@pytest.mark.gen_test
async def test_what_nobody_settles_is_told_as_such(fakes: Fakes) -> None:
    fakes.payments = [replace(PAYMENT, status=PaymentStatus.SUBMITTED, transaction_id=None)]
    fakes.open_hashes = {"p1": a_hash(1)}
    assert await kinds(fakes) == [(Kind.UNSETTLED, "p1")]


@pytest.mark.parametrize("terms", [{"amount": 51}, {"recipient": "G2"}, {"memo": "1-other-p1"}])
@pytest.mark.gen_test
async def test_another_amount_recipient_or_app_is_told(fakes: Fakes, terms: dict[str, object]) -> None:
    fakes.listed = [replace(PAID, **terms)]  # type: ignore[arg-type]
    assert await kinds(fakes) == [(Kind.OTHER_TERMS, "p1")]


@pytest.mark.gen_test
async def test_a_payment_by_another_transaction_than_the_one_that_is_named_is_told_once(fakes: Fakes) -> None:
    fakes.listed = [replace(PAID, hash=a_hash(2))]
    assert await kinds(fakes) == [(Kind.OTHER_TRANSACTION, "p1")]


@pytest.mark.gen_test
async def test_two_transactions_for_one_payment_are_paid_twice(fakes: Fakes) -> None:
    fakes.listed.append(replace(PAID, hash=a_hash(2), ledger=LEDGER + 1))
    assert await kinds(fakes) == [(Kind.PAID_TWICE, "p1")]


@pytest.mark.gen_test
async def test_the_first_of_two_is_found_by_its_hash_when_it_is_before_what_is_compared(fakes: Fakes) -> None:
    fakes.listed, fakes.found = [replace(PAID, hash=a_hash(2))], {a_hash(1)}
    assert await kinds(fakes) == [(Kind.PAID_TWICE, "p1")]


@pytest.mark.gen_test
async def test_two_payments_in_one_transaction_are_paid_twice(fakes: Fakes) -> None:
    fakes.listed.append(PAID)
    assert await kinds(fakes) == [(Kind.PAID_TWICE, "p1")]


@pytest.mark.gen_test
async def test_what_is_paid_for_the_database_only_is_missing(fakes: Fakes) -> None:
    fakes.listed = []
    assert await kinds(fakes) == [(Kind.MISSING, "p1")]


@pytest.mark.gen_test
async def test_a_list_that_lags_makes_nothing_missing_that_its_hash_finds(fakes: Fakes) -> None:
    fakes.listed, fakes.found = [], {a_hash(1)}
    assert await kinds(fakes) == []


@pytest.mark.gen_test
async def test_what_is_in_other_ledgers_than_those_compared_is_left_out(fakes: Fakes) -> None:
    done = await fakes.reconciled(from_ledger=LEDGER + 1)
    assert (done.on_ledger, done.in_database, done.differences) == (0, 0, ())


@pytest.mark.parametrize("ledger", [99, 201])
@pytest.mark.gen_test
async def test_ledgers_that_horizon_does_not_have_are_refused(fakes: Fakes, ledger: int) -> None:
    with pytest.raises(Refused, match="ledgers 100 to 200"):
        await fakes.reconciled(from_ledger=ledger)


@pytest.mark.gen_test
async def test_another_network_is_refused(fakes: Fakes) -> None:
    with pytest.raises(Refused, match="serves the network"):
        await fakes.reconciled(passphrase="another")
