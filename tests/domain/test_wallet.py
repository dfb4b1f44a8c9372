"""What a repeat of a wallet's address means: the address is the lock, as the id is of a payment."""

from dataclasses import replace

import pytest

from kinpay_server.domain.wallet import (
    ACCOUNT_EXISTS,
    TRANSITIONS,
    NewWallet,
    Repeat,
    Wallet,
    WalletStatus,
    judge_repeat,
)

POSTED = NewWallet("G1", "app", "id", "http://app.example/", "request-1", 1)
OTHERS = replace(POSTED, request_id="request-2")


def known(status: WalletStatus, reason: str | None = None) -> Wallet:
    return replace(Wallet.posted(POSTED), status=status, reason=reason)


@pytest.mark.parametrize("status", [WalletStatus.ACCEPTED, WalletStatus.SUBMITTED])
@pytest.mark.parametrize("posted", [POSTED, OTHERS])
def test_while_it_is_on_its_way_a_post_of_its_address_does_nothing_more(
    status: WalletStatus, posted: NewWallet
) -> None:
    assert judge_repeat(known(status), posted) is Repeat.NOTHING


@pytest.mark.parametrize("status", [WalletStatus.ACCEPTED, WalletStatus.SUBMITTED])
def test_while_it_is_on_its_way_who_is_to_be_told_otherwise_is_told_too(status: WalletStatus) -> None:
    for changes in ({"id": "another"}, {"callback": "http://other.example/"}):
        assert judge_repeat(known(status), replace(OTHERS, **changes)) is Repeat.TELL_TOO
    assert judge_repeat(known(status), replace(OTHERS, id="another", callback=None)) is Repeat.NOTHING


@pytest.mark.parametrize("status", list(WalletStatus))
def test_the_very_same_post_again_does_nothing_more(status: WalletStatus) -> None:
    assert judge_repeat(known(status, "any reason"), POSTED) is Repeat.NOTHING


@pytest.mark.parametrize(
    "wallet", [known(WalletStatus.CREATED), known(WalletStatus.FAILED, ACCOUNT_EXISTS)], ids=["by us", "by another"]
)
def test_one_that_exists_is_told_so(wallet: Wallet) -> None:
    assert judge_repeat(wallet, OTHERS) is Repeat.TELL_EXISTS


def test_one_that_could_not_be_created_is_tried_again() -> None:
    assert judge_repeat(known(WalletStatus.FAILED, "another reason"), OTHERS) is Repeat.TRY_AGAIN


def test_what_was_created_stays_created_and_only_what_was_submitted_can_fail() -> None:
    assert TRANSITIONS[WalletStatus.CREATED] == frozenset()
    assert [before for before, after in TRANSITIONS.items() if WalletStatus.FAILED in after] == [WalletStatus.SUBMITTED]
