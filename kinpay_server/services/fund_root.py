"""Fund the root account: XLM, a trustline and some of the asset, each from where a test network gives it away.

Each step looks first at what the ledger has, so a run that was broken off is simply repeated.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from kinpay_server.domain.amount import readable
from kinpay_server.services.ports import AccountState, Ledger, LedgerUnavailable
from kinpay_server.services.refusals import Refused

PAUSE_SECONDS = 0.5
LONGEST_SECONDS = 90.0
"""What was done must be seen on the ledger within that."""

Tell = Callable[[str, str], None]
"""Told of each step as it is done: what it is about, and a sentence."""


class Faucets(Protocol):
    """Where XLM and KIN are given away. Both raise `Refused`."""

    async def give_xlm(self, address: str) -> None:
        """Ask for XLM, which makes the account."""

    async def give_kin(self, address: str, amount: int) -> None:
        """Ask for so many stroops of KIN."""


class RootKey(Protocol):
    """What signs for the account."""

    address: str

    async def trust(self, sequence: int) -> None:
        """Sign and send the trustline with that number of the account. Raises `Refused`."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the account is to have: `amount` stroops of the asset if it has none, on the network of the passphrase."""

    passphrase: str
    asset_code: str
    amount: int


class FundRoot:
    """The use case behind `kinpay generate-funding-address`."""

    def __init__(
        self, ledger: Ledger, key: RootKey, faucets: Faucets, wanted: Wanted, *, pause: float = PAUSE_SECONDS
    ) -> None:
        self._ledger = ledger
        self._key = key
        self._faucets = faucets
        self._wanted = wanted
        self._pause = pause

    async def __call__(self, tell: Tell) -> AccountState:
        """The account when it has everything. Raises `Refused`, `LedgerUnavailable`; what is done by then stays done.

        1. It exists, or the XLM faucet makes it.
        2. It has a trustline, or signs one.
        3. It has some of the asset, or the KIN faucet gives it `amount`.
        """
        await self._must_be_our_network()
        account = await self._with_kin(await self._with_trustline(await self._with_xlm(tell), tell), tell)
        if not account.kin_authorized:
            raise Refused(
                f"the issuer has not authorised {self._key.address} to hold {self._wanted.asset_code}: ask it"
            )
        return account

    async def _must_be_our_network(self) -> None:
        serves = (await self._ledger.network()).passphrase
        if serves != self._wanted.passphrase:
            raise Refused(
                f"Horizon serves the network {serves!r}, but [stellar] network is {self._wanted.passphrase!r}"
            )

    async def _with_xlm(self, tell: Tell) -> AccountState:
        account = await self._ledger.account(self._key.address)
        if account is not None:
            tell("XLM", f"it exists already, with {readable(account.xlm_balance)} XLM")
            return account
        await self._faucets.give_xlm(self._key.address)
        account = await self._seen("the faucet's XLM", lambda _: True)
        tell("XLM", f"{readable(account.xlm_balance)} XLM from the faucet")
        return account

    async def _with_trustline(self, account: AccountState, tell: Tell) -> AccountState:
        code = self._wanted.asset_code
        if account.kin_balance is not None:
            tell("trustline", f"it trusts {code} already")
            return account
        await self._key.trust(account.sequence + 1)
        account = await self._seen("the trustline", lambda one: one.kin_balance is not None)
        tell("trustline", f"it trusts {code} of the configured issuer")
        return account

    async def _with_kin(self, account: AccountState, tell: Tell) -> AccountState:
        code = self._wanted.asset_code
        if account.kin_held:
            tell(code, f"it has {readable(account.kin_held)} {code} already")
            return account
        await self._faucets.give_kin(self._key.address, self._wanted.amount)
        account = await self._seen(f"the faucet's {code}", lambda one: one.kin_held > 0)
        tell(code, f"{readable(account.kin_held)} {code} from the faucet")
        return account

    async def _seen(self, what: str, there: Callable[[AccountState], bool]) -> AccountState:
        """The account once the ledger shows it. A Horizon that does not answer now and then is asked again."""
        tries, silent = max(1, round(LONGEST_SECONDS / self._pause)), ""
        for _ in range(tries):
            try:
                account = await self._ledger.account(self._key.address)
            except LedgerUnavailable as error:
                silent = f" ({error})"
            else:
                if account is not None and there(account):
                    return account
            await asyncio.sleep(self._pause)
        raise Refused(
            f"{what} cannot be seen on the ledger after {LONGEST_SECONDS:g} s{silent}: try again with --resume"
        )
