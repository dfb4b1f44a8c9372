"""Let a payment that is held for the operator be tried again, once the ledger has said that it is not paid."""

from typing import Protocol

from kinpay_server.services.not_landed import must_not_have_landed
from kinpay_server.services.payment_story import Story, StoryReader, payment_story
from kinpay_server.services.ports import Clock, Ledger
from kinpay_server.services.refusals import Refused


class HeldStore(StoryReader, Protocol):
    """What it reads and writes."""

    async def accept_again(self, payment_id: str, reason: str, now: int) -> bool:
        """Submitted → accepted, if it is still held for that reason and no attempt of it is open or has paid.

        True when it was; False, with nothing changed, when it was not.
        """


class RetryPayment:
    """The use case behind `kinpay payments retry`."""

    def __init__(self, store: HeldStore, ledger: Ledger, *, passphrase: str, clock: Clock) -> None:
        self._store = store
        self._ledger = ledger
        self._passphrase = passphrase
        self._clock = clock

    async def __call__(self, payment_id: str) -> None:
        """Submitted → accepted, in these steps:

        1. It must be held: on its way, with a reason, without an open attempt (`domain.attempt.judge` has decided all
           of them, or the ledger has shown them as failed).
        2. The ledger is asked once more for each attempt by its hash: none may have paid, and each that is known to
           have failed there must be shown as failed. A Horizon that cannot show it is of no use to decide this.
        3. One conditional update, which finds the payment exactly as it was judged or changes nothing.

        Raises `PaymentNotFound`, `Refused`, `LedgerUnavailable`.
        """
        story = await payment_story(self._store, payment_id)
        self._must_be_held(story)
        await must_not_have_landed(self._ledger, self._passphrase, story.attempts, f"payment {payment_id} is paid")
        if not await self._store.accept_again(payment_id, story.payment.reason or "", self._clock()):
            raise Refused(f"payment {payment_id} has changed meanwhile: look at it again")

    def _must_be_held(self, story: Story) -> None:
        payment = story.payment
        if story.held:
            return
        if story.open_attempt is not None:
            why = f"its attempt {story.open_attempt.attempt.hash} may still land, and the service follows it"
        else:
            why = f"it is {payment.status} and not held for the operator"
        raise Refused(f"payment {payment.id} is not tried again: {why}")
