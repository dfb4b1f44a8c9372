"""Check the root account: does it exist, can it pay, and has it enough of everything?"""

from collections.abc import Iterator
from dataclasses import dataclass

from kinpay_server.domain.amount import STROOPS_PER_UNIT, readable
from kinpay_server.services.findings import Finding, bad, good
from kinpay_server.services.ports import AccountState

CHANNEL_RESERVE = STROOPS_PER_UNIT
"""What root lays aside for each channel that it sponsors: two base reserves of 0.5 XLM, in stroops."""


@dataclass(frozen=True, slots=True)
class RootAccount:
    """What is asked of it; amounts in stroops. `waiting` is the KIN that payments wait for."""

    address: str
    asset_code: str
    waiting: int
    channels_to_come: int
    channel_xlm: int
    max_channels: int
    wallets_to_come: int
    starting_balance: int

    @property
    def xlm_to_come(self) -> int:
        """The XLM that channels which are still to be opened, and wallets that wait, will need of it."""
        channels = self.channels_to_come * (CHANNEL_RESERVE + self.channel_xlm)
        return channels + self.wallets_to_come * self.starting_balance

    @property
    def to_come(self) -> str:
        """What those are."""
        channels = f"{self.channels_to_come} of {self.max_channels} channels are still to come"
        wallets = f"{self.wallets_to_come} new wallets wait"
        counted = ((channels, self.channels_to_come), (wallets, self.wallets_to_come))
        return ", ".join(what for what, count in counted if count)


def account_findings(account: AccountState | None, root: RootAccount) -> Iterator[Finding]:
    """One finding each; what cannot be told of an account that lacks something is left out."""
    if account is None:
        yield bad(
            "root account", f"{root.address} does not exist on this network", "create it, with XLM; is the seed right?"
        )
        return
    yield good("root account", root.address)
    yield from _kin(account, root)
    yield _xlm(account, root)
    if account.signs_payments:
        yield good("signers", "the root account's own key may sign its payments")
    else:
        yield bad("signers", "the root account's own key may not sign its payments", "mend its signers, or the seed")


def _kin(account: AccountState, root: RootAccount) -> Iterator[Finding]:
    code, balance = root.asset_code, account.kin_balance
    if balance is None:
        yield bad("trustline", f"none for {code} of the configured issuer", "add one to the root account")
        return
    yield good("trustline", f"for {code}")
    if account.kin_authorized:
        yield good("authorised", f"the issuer lets it pay in {code}")
    else:
        yield bad("authorised", f"the issuer has frozen its {code}", "ask the issuer")
    waiting = f", and {readable(root.waiting)} wait to be paid" if root.waiting else ""
    text = f"{readable(balance)} {code} may be spent{waiting}"
    if balance < max(root.waiting, 1):
        yield bad(code, text, f"send it {code}")
    else:
        yield good(code, text)


def _xlm(account: AccountState, root: RootAccount) -> Finding:
    has, needs = account.xlm_spendable, root.xlm_to_come
    text = f"{readable(has)} XLM above its reserve"
    if has <= 0:
        return bad("XLM", text, "send it XLM for fees and reserves")
    if not root.to_come:
        return good("XLM", f"{text}, all {root.max_channels} channels are there")
    text = f"{text}; {root.to_come} and need {readable(needs)}"
    if has < needs:
        otherwise = ", or lower max_channels" if root.channels_to_come else ""
        return bad("XLM", text, f"send it {readable(needs - has)} XLM{otherwise}")
    return good("XLM", text)
