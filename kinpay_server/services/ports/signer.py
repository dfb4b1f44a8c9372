"""What makes signed envelopes, and what it makes them of. Amounts and fees in stroops."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kinpay_server.domain.attempt import Attempt
from kinpay_server.domain.channel import Channel
from kinpay_server.domain.payment import Payment
from kinpay_server.domain.wallet import Wallet


@dataclass(frozen=True, slots=True)
class Bounds:
    """Until when an envelope is valid: `max_ledger` is exclusive, `max_time` is in seconds since 1970."""

    max_ledger: int
    max_time: int


@dataclass(frozen=True, slots=True)
class PaymentDraft:
    """What a payment's envelope is made of. `fee` is the whole fee that the channel bids."""

    payment: Payment
    channel: Channel
    fee: int
    bump_bid: int | None


@dataclass(frozen=True, slots=True)
class WalletDraft:
    """What a wallet's envelope is made of: root gives it `starting_balance` stroops of XLM."""

    wallet: Wallet
    channel: Channel
    starting_balance: int
    fee: int
    bump_bid: int | None


@dataclass(frozen=True, slots=True)
class OpeningDraft:
    """What an envelope that opens channels is made of: `source` None means root, with the number `sequence`.

    `min_sequence` is needed where root's number leaves a gap (as `domain.channel.Channel` has it for channels).
    `starting_balance` is what each new channel gets for its own fees; root sponsors its reserve.
    """

    source: Channel | None
    sequence: int
    min_sequence: int | None
    indexes: tuple[int, ...]
    starting_balance: int
    fee: int


@dataclass(frozen=True, slots=True)
class TopUp:
    """So many stroops of XLM for a channel."""

    index: int
    address: str
    amount: int


@dataclass(frozen=True, slots=True)
class TopUpDraft:
    """What an envelope that gives channels XLM for their fees is made of; `source` carries it, root gives."""

    source: Channel
    top_ups: tuple[TopUp, ...]
    fee: int


class Signer(Protocol):
    """Makes signed envelopes; holds the keys. Signing is deterministic and sends nothing."""

    @property
    def root_address(self) -> str:
        """The account that pays."""

    def channel_address(self, index: int) -> str:
        """The address of channel `index`, derived as the contract fixes it (section 3)."""

    async def sign_payments(self, drafts: Sequence[PaymentDraft], bounds: Bounds, now: int) -> list[Attempt]:
        """One attempt for each draft, in order: the channel is the source, root the payment operation's source."""

    async def sign_wallets(self, drafts: Sequence[WalletDraft], bounds: Bounds, now: int) -> list[Attempt]:
        """One attempt for each draft, in order: the channel is the source, root creates the account."""

    async def sign_openings(self, drafts: Sequence[OpeningDraft], bounds: Bounds, now: int) -> list[Attempt]:
        """One attempt for each draft, in order: create_account between begin and end of root's sponsorship."""

    async def sign_top_up(self, draft: TopUpDraft, bounds: Bounds, now: int) -> Attempt:
        """An attempt that pays XLM from root to up to 100 channels."""
