"""Let a wallet that is held for the operator be tried again, once the ledger has said that it is not created by us."""

from typing import Protocol

from kinpay_server.services.not_landed import must_not_have_landed
from kinpay_server.services.ports import Clock, Ledger
from kinpay_server.services.refusals import Refused
from kinpay_server.services.wallet_story import WalletStory, WalletStoryReader, wallet_story


class HeldWalletStore(WalletStoryReader, Protocol):
    """What it reads and writes."""

    async def accept_again(self, address: str, reason: str, now: int) -> bool:
        """Submitted → accepted, if it is still held for that reason and no attempt of it is open or has created it.

        True when it was; False, with nothing changed, when it was not.
        """


class RetryWallet:
    """The use case behind `kinpay wallets retry`; the steps are those of `services.retry_payment.RetryPayment`.

    An account that somebody else has made meanwhile does no harm: the new attempt fails, and that is told.
    """

    def __init__(self, store: HeldWalletStore, ledger: Ledger, *, passphrase: str, clock: Clock) -> None:
        self._store = store
        self._ledger = ledger
        self._passphrase = passphrase
        self._clock = clock

    async def __call__(self, address: str) -> None:
        """Submitted → accepted. Raises `Refused`, `LedgerUnavailable`."""
        story = await wallet_story(self._store, address)
        _must_be_held(story)
        await must_not_have_landed(self._ledger, self._passphrase, story.attempts, f"wallet {address} is created")
        if not await self._store.accept_again(address, story.wallet.reason or "", self._clock()):
            raise Refused(f"wallet {address} has changed meanwhile: look at it again")


def _must_be_held(story: WalletStory) -> None:
    if story.held:
        return
    if story.open_attempt is not None:
        why = f"its attempt {story.open_attempt.attempt.hash} may still land, and the service follows it"
    else:
        why = f"it is {story.wallet.status} and not held for the operator"
    raise Refused(f"wallet {story.wallet.address} is not tried again: {why}")
