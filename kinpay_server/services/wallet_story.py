"""The whole story of one wallet's creation, in sentences, as `services.payment_story` tells a payment's."""

from dataclasses import dataclass
from typing import Protocol

from kinpay_server.domain.wallet import Wallet, WalletStatus
from kinpay_server.services.events_told import Sentence, of_attempts, of_callbacks, open_among
from kinpay_server.services.records import AttemptRecord, CallbackRecord
from kinpay_server.services.refusals import Refused


@dataclass(frozen=True, slots=True)
class WalletStory:
    """All that the database knows of a wallet; attempts and callbacks the oldest first."""

    wallet: Wallet
    updated_at: int
    attempts: tuple[AttemptRecord, ...]
    callbacks: tuple[CallbackRecord, ...]

    @property
    def open_attempt(self) -> AttemptRecord | None:
        """The attempt whose fate is not known; there is one at most."""
        return open_among(self.attempts)

    @property
    def held(self) -> bool:
        """True when it waits for an operator."""
        return self.wallet.held and self.open_attempt is None


class WalletStoryReader(Protocol):
    """Where they are kept."""

    async def story(self, address: str) -> WalletStory | None:
        """The story of one wallet, from one snapshot."""


async def wallet_story(reader: WalletStoryReader, address: str) -> WalletStory:
    """The story. Raises `Refused`."""
    story = await reader.story(address)
    if story is None:
        raise Refused(f"no wallet with the address {address} was posted here")
    return story


def sentences(story: WalletStory) -> list[Sentence]:
    """What happened, in order."""
    told = [_of_post(story.wallet), *of_attempts(story.attempts), *of_callbacks(story.callbacks)]
    return sorted(told, key=lambda sentence: sentence.at)


def standing(story: WalletStory) -> str:
    """How it stands now, and what to do if it needs anybody."""
    wallet = story.wallet
    if wallet.status is WalletStatus.CREATED:
        return "It is created."
    if wallet.status is WalletStatus.FAILED:
        return f"It was not created: {wallet.reason}."
    if wallet.status is WalletStatus.ACCEPTED:
        return "It waits to be signed and sent."
    if story.held:
        return (
            f"It is held for the operator: {wallet.reason}. Once the cause is mended, "
            f"`kinpay wallets retry {wallet.address}` lets it be tried again."
        )
    if story.open_attempt is None:
        return "It has been taken to be signed, and nothing has been signed yet."
    return "It is on its way: the fate of its last attempt is not known yet, and only the ledger can tell."


def _of_post(wallet: Wallet) -> Sentence:
    named = f" as {wallet.id}" if wallet.id else ""
    callback = f", to be told to {wallet.callback}" if wallet.callback else ""
    return Sentence(wallet.created_at, f"Posted by {wallet.app_id}{named}{callback}.")
