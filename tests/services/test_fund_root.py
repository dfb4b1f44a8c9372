"""Each thing that the root account lacks is asked for once, and waited for until the ledger shows it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from kinpay_server.services import fund_root
from kinpay_server.services.fund_root import FundRoot, Wanted
from kinpay_server.services.refusals import Refused
from tests.services.fake_ledger import PASSPHRASE, FakeLedger, account

ROOT = "root"


@dataclass
class Giver:
    """Faucets and a key that do what they are asked for, on the ledger at once or never."""

    ledger: FakeLedger
    given: list[str] = field(default_factory=list)
    does: bool = True
    address: str = ROOT
    after: Callable[[], None] = lambda: None

    async def give_xlm(self, address: str) -> None:
        self._give("XLM", account(address, kin_balance=None, sequence=7))

    async def trust(self, sequence: int) -> None:
        assert sequence == self.ledger.accounts[ROOT].sequence + 1
        self._give("trustline", replace(self.ledger.accounts[ROOT], kin_balance=0))

    async def give_kin(self, address: str, amount: int) -> None:
        self._give(f"KIN {amount}", replace(self.ledger.accounts[ROOT], kin_balance=amount, kin_held=amount))

    def _give(self, what: str, then: object) -> None:
        self.given.append(what)
        if self.does:
            self.ledger.accounts[ROOT] = then  # type: ignore[assignment]
        self.after()


def fund(giver: Giver) -> FundRoot:
    wanted = Wanted(PASSPHRASE, "KIN", 50)
    return FundRoot(giver.ledger, giver, giver, wanted, pause=0.001)  # type: ignore[arg-type]


@pytest.mark.gen_test
async def test_what_is_missing_is_given_in_order_and_told() -> None:
    giver, told = Giver(FakeLedger(ROOT)), []
    done = await fund(giver)(lambda title, text: told.append(title))
    assert giver.given == ["XLM", "trustline", "KIN 50"]
    assert told == ["XLM", "trustline", "KIN"]
    assert done.kin_held == 50


@pytest.mark.gen_test
async def test_an_account_that_has_everything_is_left_as_it_is() -> None:
    giver = Giver(FakeLedger(ROOT, accounts={ROOT: account(ROOT, kin_held=1)}))
    await fund(giver)(lambda title, text: None)
    assert giver.given == []


@pytest.mark.gen_test
async def test_another_network_gets_nothing() -> None:
    giver = Giver(FakeLedger(ROOT, passphrase="another"))
    with pytest.raises(Refused, match="another"):
        await fund(giver)(lambda title, text: None)
    assert giver.given == []


@pytest.mark.gen_test
async def test_what_the_ledger_never_shows_ends_the_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fund_root, "LONGEST_SECONDS", 0.01)
    giver = Giver(FakeLedger(ROOT), does=False)
    with pytest.raises(Refused, match="--resume"):
        await fund(giver)(lambda title, text: None)
    assert giver.given == ["XLM"]


@pytest.mark.gen_test
async def test_a_horizon_that_is_silent_for_a_while_is_asked_again() -> None:
    ledger = FakeLedger(ROOT)
    answer, silent = ledger.account, iter([True, True, False])

    async def sometimes(address: str) -> object:
        ledger.down = bool(giver.given) and next(silent, False)
        return await answer(address)

    giver = Giver(ledger)
    ledger.account = sometimes  # type: ignore[assignment, method-assign]
    assert (await fund(giver)(lambda title, text: None)).kin_held == 50


@pytest.mark.gen_test
async def test_an_issuer_that_has_not_authorised_the_account_is_named() -> None:
    giver = Giver(FakeLedger(ROOT, accounts={ROOT: account(ROOT, kin_held=1, kin_authorized=False)}))
    with pytest.raises(Refused, match="issuer"):
        await fund(giver)(lambda title, text: None)
