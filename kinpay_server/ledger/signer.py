"""Makes signed envelopes; the only place that holds seeds."""

import asyncio
from collections.abc import Sequence

from stellar_sdk import Asset, Keypair
from stellar_sdk.exceptions import Ed25519SecretSeedInvalidError

from kinpay_server.domain.attempt import Attempt, Purpose
from kinpay_server.domain.channel import Channel
from kinpay_server.ledger.bumps import fee_bump, operation_count
from kinpay_server.ledger.channels import ChannelKeys
from kinpay_server.ledger.envelopes import SignedEnvelope, network_id, sign_envelope
from kinpay_server.ledger.keys import AccountKey
from kinpay_server.ledger.openings import opening_signers, opening_transaction
from kinpay_server.ledger.top_ups import top_up_transaction
from kinpay_server.ledger.transactions import PaymentTemplate, pack_preconditions, preconditions_of
from kinpay_server.ledger.wallets import WalletTemplate
from kinpay_server.services.ports import Bounds, OpeningDraft, PaymentDraft, TopUpDraft, WalletDraft


class InvalidSeed(ValueError):
    """The root seed is no valid `S…` seed. The text does not hold it."""


class StellarSigner:
    """The `Signer` of a root account: one asset, one network, channels by one salt.

    Raises `InvalidSeed`, or the SDK's `ValueError` for an invalid asset.
    """

    def __init__(
        self, root_seed: str, *, channel_salt: str, passphrase: str, asset_code: str, asset_issuer: str
    ) -> None:
        self._root = _root_key(root_seed)
        self._channels = ChannelKeys(self._root, channel_salt)
        self._network = network_id(passphrase)
        self._wallet_template = WalletTemplate(self._root)
        self._template = PaymentTemplate(self._root, Asset(asset_code, asset_issuer))
        self.passphrase = passphrase

    @property
    def root_address(self) -> str:
        """The account that pays."""
        return self._root.address

    def channel_address(self, index: int) -> str:
        """The address of channel `index`."""
        return self._channels.key(index).address

    async def sign_payments(self, drafts: Sequence[PaymentDraft], bounds: Bounds, now: int) -> list[Attempt]:
        """One attempt for each draft, in order, with the channel's next number. Works in a thread.

        Raises `ValueError` for a channel that has another address than root's seed and the salt give.
        """
        return await asyncio.to_thread(self._sign_payments, drafts, bounds, now)

    async def sign_wallets(self, drafts: Sequence[WalletDraft], bounds: Bounds, now: int) -> list[Attempt]:
        """One attempt for each draft, in order, with the channel's next number. Works in a thread."""
        return await asyncio.to_thread(lambda: [self._sign_wallet(draft, bounds, now) for draft in drafts])

    async def sign_openings(self, drafts: Sequence[OpeningDraft], bounds: Bounds, now: int) -> list[Attempt]:
        """One attempt for each draft, in order. A channel as source uses its next number, root `draft.sequence`."""
        return await asyncio.to_thread(lambda: [self._sign_opening(draft, bounds, now) for draft in drafts])

    async def sign_top_up(self, draft: TopUpDraft, bounds: Bounds, now: int) -> Attempt:
        """An attempt that pays XLM from root to channels; `draft.source` carries it with its next number."""
        return await asyncio.to_thread(self._sign_top_up, draft, bounds, now)

    def bump(self, attempt: Attempt, bid: int) -> SignedEnvelope:
        """Root's fee bump around the attempt at `bid` stroops for each operation; the same bytes every time."""
        return fee_bump(attempt, bid, root=self._root, network=self._network)

    def counted_operations(self, attempt: Attempt) -> int:
        """How many operations the network counts for an attempt as it is sent: one more in a bump."""
        return operation_count(attempt) + (attempt.bump_bid is not None)

    def _sign_payments(self, drafts: Sequence[PaymentDraft], bounds: Bounds, now: int) -> list[Attempt]:
        return [self._sign_payment(draft, bounds, now) for draft in drafts]

    def _sign_payment(self, draft: PaymentDraft, bounds: Bounds, now: int) -> Attempt:
        channel, payment = self._channel_key(draft.channel), draft.payment
        sequence = draft.channel.next_sequence
        transaction = self._template.fill(
            channel,
            fee=draft.fee,
            sequence=sequence,
            preconditions=pack_preconditions(bounds, draft.channel.min_sequence),
            memo=payment.memo,
            destination=payment.recipient_address,
            amount=payment.amount,
        )
        signed = sign_envelope(self._network, transaction, (channel, self._root))
        return Attempt(
            purpose=Purpose.PAYMENT,
            payment_id=payment.id,
            channel=draft.channel.index,
            source=channel.address,
            sequence=sequence,
            hash=signed.hash,
            envelope=signed.envelope,
            fee=draft.fee,
            max_ledger=bounds.max_ledger,
            created_at=now,
            bump_bid=draft.bump_bid,
        )

    def _sign_wallet(self, draft: WalletDraft, bounds: Bounds, now: int) -> Attempt:
        channel, wallet = self._channel_key(draft.channel), draft.wallet
        sequence = draft.channel.next_sequence
        transaction = self._wallet_template.fill(
            channel,
            fee=draft.fee,
            sequence=sequence,
            preconditions=pack_preconditions(bounds, draft.channel.min_sequence),
            memo=wallet.memo,
            address=wallet.address,
            starting_balance=draft.starting_balance,
        )
        signed = sign_envelope(self._network, transaction, (channel, self._root))
        return Attempt(
            purpose=Purpose.WALLET,
            payment_id=None,
            wallet_address=wallet.address,
            channel=draft.channel.index,
            source=channel.address,
            sequence=sequence,
            hash=signed.hash,
            envelope=signed.envelope,
            fee=draft.fee,
            max_ledger=bounds.max_ledger,
            created_at=now,
            bump_bid=draft.bump_bid,
        )

    def _sign_opening(self, draft: OpeningDraft, bounds: Bounds, now: int) -> Attempt:
        source, sequence, min_sequence = self._root, draft.sequence, draft.min_sequence
        if draft.source is not None:
            source = self._channel_key(draft.source)
            sequence, min_sequence = draft.source.next_sequence, draft.source.min_sequence
        channels = [self._channels.key(index) for index in draft.indexes]
        transaction = opening_transaction(
            source,
            root=self._root,
            channels=channels,
            starting_balance=draft.starting_balance,
            fee=draft.fee,
            sequence=sequence,
            preconditions=preconditions_of(bounds, min_sequence),
        )
        signed = sign_envelope(self._network, transaction, opening_signers(source, self._root, channels))
        return Attempt(
            purpose=Purpose.OPEN_CHANNELS,
            payment_id=None,
            channel=None if draft.source is None else draft.source.index,
            source=source.address,
            sequence=sequence,
            hash=signed.hash,
            envelope=signed.envelope,
            fee=draft.fee,
            max_ledger=bounds.max_ledger,
            created_at=now,
        )

    def _sign_top_up(self, draft: TopUpDraft, bounds: Bounds, now: int) -> Attempt:
        source = self._channel_key(draft.source)
        sequence = draft.source.next_sequence
        transaction = top_up_transaction(
            source,
            root=self._root,
            top_ups=draft.top_ups,
            fee=draft.fee,
            sequence=sequence,
            preconditions=preconditions_of(bounds, draft.source.min_sequence),
        )
        signed = sign_envelope(self._network, transaction, (source, self._root))
        return Attempt(
            purpose=Purpose.TOP_UP,
            payment_id=None,
            channel=draft.source.index,
            source=source.address,
            sequence=sequence,
            hash=signed.hash,
            envelope=signed.envelope,
            fee=draft.fee,
            max_ledger=bounds.max_ledger,
            created_at=now,
        )

    def _channel_key(self, channel: Channel) -> AccountKey:
        """The channel's key, which must be the one that its address belongs to."""
        key = self._channels.key(channel.index)
        if key.address != channel.address:
            raise ValueError(f"channel {channel.index} is {channel.address}, but seed and salt give {key.address}")
        return key


def _root_key(seed: str) -> AccountKey:
    """Decode the seed, with an error that does not hold it."""
    try:
        return AccountKey(Keypair.from_secret(seed))
    except (Ed25519SecretSeedInvalidError, ValueError, TypeError):
        raise InvalidSeed("the root seed is not a valid secret seed (S…)") from None
