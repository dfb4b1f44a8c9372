"""`kinpay check`: each line is good or bad, and a bad one says what to do."""

from dataclasses import dataclass, replace

import pytest

from kinpay_server.services.check_backlog import Backlog, Held
from kinpay_server.services.check_setup import CheckSetup, Setup
from kinpay_server.services.findings import Finding
from tests.services.fake_ledger import PASSPHRASE, FakeLedger, account

ROOT = "root"
CLOSED = 1_700_000_000
"""When the fake ledger's newest ledger closed."""

CALM = Backlog(
    waiting=0,
    waiting_amount=0,
    held=Held(0, ()),
    wallets_waiting=0,
    wallets_held=Held(0, ()),
    channels={"free": 3},
    a_channel=(0, "channel 0"),
    callbacks_waiting=0,
    callbacks_dead=0,
    cursor=str(100 << 32),
    at_work=CLOSED * 1000,
)


@dataclass
class Keys:
    """What `CheckSetup` asks a signer."""

    root_address: str = ROOT

    def channel_address(self, index: int) -> str:
        return f"channel {index}"


async def look(
    backlog: Backlog | None = CALM, *, late: int = 1, served: bool = True, ledger: FakeLedger | None = None
) -> dict[str, Finding]:
    """All findings by what they are about, `late` seconds after the newest ledger closed."""
    ledger = ledger or FakeLedger(ROOT, accounts={ROOT: account(ROOT)})
    setup = Setup("http://horizon", PASSPHRASE, "KIN", 10, 5_000_000, 20_000_000)
    check = CheckSetup(
        setup,
        ledger,  # type: ignore[arg-type]
        Keys(),  # type: ignore[arg-type]
        backlog=backlog,
        served=served,
        clock=lambda: (CLOSED + late) * 1000,
    )
    findings = await check()
    assert all(bool(finding.to_do) is not finding.ok for finding in findings)
    return {finding.what: finding for finding in findings}


def bad(findings: dict[str, Finding]) -> list[str]:
    return [what for what, finding in findings.items() if not finding.ok]


@pytest.mark.gen_test
async def test_all_is_good_when_all_is_well() -> None:
    findings = await look()
    assert bad(findings) == []
    assert findings["payments"].found == "0 wait, none is held"


@pytest.mark.gen_test
async def test_payments_and_wallets_that_are_held_are_named_with_what_to_do() -> None:
    backlog = replace(CALM, held=Held(7, ("p-1", "p-2")), wallets_held=Held(1, ("GABC",)))
    findings = await look(backlog)
    assert bad(findings) == ["payments", "wallets"]
    assert "7 held: p-1, p-2, …" in findings["payments"].found
    assert "1 held: GABC" in findings["wallets"].found
    assert "`kinpay wallets retry ADDRESS`" in findings["wallets"].to_do


@pytest.mark.gen_test
async def test_dead_callbacks_are_bad_and_waiting_ones_are_not() -> None:
    assert bad(await look(replace(CALM, callbacks_waiting=5))) == []
    assert bad(await look(replace(CALM, callbacks_dead=5))) == ["callbacks"]


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("late", "wrong"), [(-6, ["clock"]), (-5, []), (0, []), (60, []), (61, ["service", "newest ledger"])]
)
async def test_a_clock_that_disagrees_with_the_ledger_is_noticed(late: int, wrong: list[str]) -> None:
    assert bad(await look(late=late)) == wrong


@pytest.mark.gen_test
async def test_history_that_begins_after_what_was_read_is_bad() -> None:
    ledger = FakeLedger(ROOT, accounts={ROOT: account(ROOT)})
    assert bad(await look(replace(CALM, cursor="0"), ledger=ledger)) == []
    network = ledger.network

    async def forgetful() -> object:
        return replace(await network(), elder_ledger=50)

    ledger.network = forgetful  # type: ignore[assignment, method-assign]
    assert bad(await look(replace(CALM, cursor=str(48 << 32)), ledger=ledger)) == ["history"]
    assert bad(await look(replace(CALM, cursor=str(49 << 32)), ledger=ledger)) == []


@pytest.mark.gen_test
async def test_a_silent_horizon_and_another_network_are_told_and_no_more_is_asked() -> None:
    findings = await look(ledger=FakeLedger(ROOT, down=True))
    assert bad(findings) == ["horizon"]
    assert bad(await look(ledger=FakeLedger(ROOT, passphrase="another"))) == ["passphrase"]


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"kin_balance": None}, "trustline"),
        ({"kin_balance": 0}, "KIN"),
        ({"kin_authorized": False}, "authorised"),
        ({"xlm_spendable": 0}, "XLM"),
        ({"signs_payments": False}, "signers"),
    ],
)
async def test_what_the_root_account_lacks_is_told(changes: dict[str, object], wrong: str) -> None:
    assert bad(await look(ledger=FakeLedger(ROOT, accounts={ROOT: account(ROOT, **changes)}))) == [wrong]


@pytest.mark.gen_test
async def test_channels_that_the_keys_do_not_give_are_bad() -> None:
    assert bad(await look(replace(CALM, a_channel=(0, "of another salt")))) == ["channel keys"]


@pytest.mark.gen_test
async def test_without_a_database_or_a_service_the_rest_is_looked_at() -> None:
    findings = await look(None, served=False)
    assert bad(findings) == []
    assert findings["service"].found == "does not run at present"
    assert "channels" not in findings


@pytest.mark.gen_test
async def test_xlm_for_the_channels_to_come_is_counted_and_a_retired_one_makes_room() -> None:
    poor = FakeLedger(ROOT, accounts={ROOT: account(ROOT, xlm_spendable=89_999_999)})
    findings = await look(replace(CALM, channels={"free": 3, "lent": 1, "retired": 4}), ledger=poor)
    assert bad(findings) == ["XLM"]
    assert "6 of 10 channels are still to come and need 9" in findings["XLM"].found


@pytest.mark.gen_test
async def test_xlm_for_wallets_that_wait_is_counted() -> None:
    poor = FakeLedger(ROOT, accounts={ROOT: account(ROOT, xlm_spendable=59_999_999)})
    all_there = replace(CALM, channels={"free": 10}, wallets_waiting=3)
    findings = await look(all_there, ledger=poor)
    assert bad(findings) == ["XLM"]
    assert "3 new wallets wait and need 6" in findings["XLM"].found
    assert findings["XLM"].to_do == "send it 0.0000001 XLM"
    assert bad(await look(all_there)) == []
