"""The sockets that storage, ledger, callbacks and jobs plug into. Each `Store` method is one durable transaction.

Times are in milliseconds since 1970, amounts and fees in stroops.
"""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import Protocol

from kinpay_server.domain.amount import MAX_STROOPS
from kinpay_server.domain.attempt import AccountEvidence, Attempt
from kinpay_server.domain.callback import Callback, Delivery
from kinpay_server.domain.channel import Channel
from kinpay_server.domain.outcome import Answer, LedgerPayment, LedgerTransaction
from kinpay_server.domain.payment import NewPayment, Payment, PaymentStatus
from kinpay_server.domain.wallet import NewWallet, Wallet, WalletStatus
from kinpay_server.domain.watch import PaymentWatch, SeenPayment, Service

Clock = Callable[[], int]
"""Now, in milliseconds since 1970. Only for ages and retries: bounds on the ledger use the ledger's time."""


class LedgerUnavailable(Exception):
    """Horizon did not answer, or not with what was asked for; nothing is known. The text says why."""


class StaleSettlement(Exception):
    """Something else has changed a row meanwhile: nothing was written; read again."""


# --- ledger ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NetworkState:
    """Horizon's root document: what history covers (`elder_ledger` to `latest_ledger`) and how far core is.

    `closed_at` is the close time of `latest_ledger` in seconds since 1970.
    """

    passphrase: str
    latest_ledger: int
    elder_ledger: int
    core_ledger: int
    closed_at: int


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account as one answer of Horizon shows it, in ledger `ledger`.

    `kin_balance` (what may be spent) is None without a trustline, `kin_authorized` False when the issuer froze it;
    `kin_held` is the whole balance, 0 without a trustline. `xlm_spendable` is what lies above the reserve.
    `signs_payments` is True while its own key alone may sign them.
    """

    address: str
    ledger: int
    sequence: int
    xlm_balance: int
    xlm_spendable: int
    kin_balance: int | None
    kin_authorized: bool
    signs_payments: bool
    kin_held: int = 0


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
class TopUpDraft:
    """What an envelope that gives channels XLM for their fees is made of; `source` carries it, root gives."""

    source: Channel
    top_ups: tuple["TopUp", ...]
    fee: int


@dataclass(frozen=True, slots=True)
class TopUp:
    """So many stroops of XLM for a channel."""

    index: int
    address: str
    amount: int


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


class PaymentsPage(Protocol):
    """A page of a list of payments: `count` records, `full` when there may be more behind it.

    `last` is the last one's position on the ledger, and `closed_at` when that ledger closed, in milliseconds; None for
    an empty page.
    """

    count: int
    full: bool
    last: int | None
    closed_at: int | None

    def watched(self, addresses: Set[str]) -> list[SeenPayment]:
        """The KIN payments from or to these addresses, in order. Raises `LedgerUnavailable`."""


class Ledger(Protocol):
    """Horizon. Every method but `submit` raises `LedgerUnavailable` when it cannot answer for sure."""

    async def network(self) -> NetworkState:
        """The root document."""

    async def usual_bid(self) -> int:
        """What transactions pay for each operation at present, in stroops, from `/fee_stats`."""

    async def submit(self, attempts: Sequence[Attempt]) -> list[Answer]:
        """Send all side by side, each as it stands (in a bump when it has a `bump_bid`); one answer each, in order.

        Never raises for a network failure: that is an answer too (`Verdict.ASK`).
        """

    async def find(self, transaction_hash: str) -> LedgerTransaction | None:
        """What history shows for an inner or outer hash; None for a 404, which proves nothing."""

    async def evidence(self, address: str) -> AccountEvidence:
        """Sequence number and ledger of one snapshot."""

    async def account(self, address: str) -> AccountState | None:
        """The account; None when it does not exist."""

    async def sponsored_accounts(self, sponsor: str) -> list[AccountState]:
        """All accounts whose reserve `sponsor` pays."""

    def payments_in(self, transaction: LedgerTransaction) -> list[LedgerPayment]:
        """The payments of KIN that a transaction of history makes, by payment operations."""

    async def transactions_of(self, address: str, cursor: str, limit: int) -> list[LedgerTransaction]:
        """An account's transactions, failed ones too, after `cursor` (`now`, `0` or a paging token), oldest first."""

    async def payments_of(
        self, address: str | None, position: int | None, limit: int, *, newest_first: bool = False
    ) -> PaymentsPage:
        """The payments in the list of an account, or for None in that of the network, after a position, oldest first.

        Newest first, those before it. Without a position from the beginning of the list.
        An account that does not exist has none.
        """

    async def payments_per_second(self, until: int) -> float:
        """How many payments the network has made of late, up to a ledger that closed at `until` (s since 1970)."""


# --- storage --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claim:
    """A payment that was taken to be sent and the free channel that is lent to it."""

    payment: Payment
    channel: Channel


@dataclass(frozen=True, slots=True)
class WalletClaim:
    """A wallet that was taken to be created and the free channel that is lent to it."""

    wallet: Wallet
    channel: Channel


@dataclass(frozen=True, slots=True)
class NewCallback:
    """A callback to be written with the change that it tells of.

    `attempt_hash` ends once, and has one at most; None when no attempt of ours made the payment.
    """

    id: str
    attempt_hash: str | None
    payment_id: str | None
    url: str
    body: bytes


@dataclass(frozen=True, slots=True)
class ChannelAfter:
    """What is known of the channel that comes back: its numbers (`domain.channel`), and what it paid in fees.

    `sequence` is None when its account is gone (merged): then it is retired.
    """

    index: int
    sequence: int | None
    signed: int
    spent: int


@dataclass(frozen=True, slots=True)
class PaymentAfter:
    """What becomes of the payment: a status, why, and for a success what only a finished one has."""

    id: str
    status: PaymentStatus
    reason: str | None
    sender_address: str | None = None
    transaction_id: str | None = None
    timestamp: str | None = None


@dataclass(frozen=True, slots=True)
class WalletAfter:
    """What becomes of the wallet: a status, and why."""

    address: str
    status: WalletStatus
    reason: str | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """The end of one attempt, and all that follows from it; written in one commit or not at all.

    `landed` False means proven dead. `opened` are the channels that the attempt opened, as the ledger has them;
    `topped_up` says that the channels which it was to top up have got their XLM. Whatever else it was to fund is free
    to be funded by another attempt.
    """

    attempt: Attempt
    landed: bool
    successful: bool
    reason: str
    ledger: int | None = None
    fee_charged: int = 0
    payment: PaymentAfter | None = None
    wallet: WalletAfter | None = None
    channel: ChannelAfter | None = None
    callback: NewCallback | None = None
    opened: tuple[Channel, ...] = ()
    topped_up: bool = False


@dataclass(frozen=True, slots=True)
class FoundPayment:
    """A KIN payment out of root that no attempt of ours made: an older backup was restored, or another instance ran.

    `callback` tells the client of a payment that the database knew and believed unpaid; None when it knew none, or
    was told before.
    """

    payment: Payment
    transaction: LedgerTransaction
    callback: "NewCallback | None" = None


class AcceptanceStore(Protocol):
    """Where payments are recorded."""

    async def accept(self, posted: NewPayment) -> Payment:
        """Insert the idempotency row, or judge the repeat (`domain.payment.judge_repeat`), durably.

        Returns the payment as the answer shows it. Raises `PaymentExists`, `Unavailable`.
        """


class PaymentReader(Protocol):
    """Where payments are looked up."""

    async def payment(self, payment_id: str) -> Payment | None:
        """The payment with that id."""

    async def payments(
        self, *, status: PaymentStatus | None, app_id: str | None, before: tuple[int, str] | None, limit: int
    ) -> list[Payment]:
        """A page, newest first; `before` is (created_at, id) of the last payment of the page before."""


class SubmissionStore(Protocol):
    """What submitting reads and writes."""

    async def claim(self, limit: int, now: int, *, most: int = MAX_STROOPS) -> list[Claim]:
        """Take the oldest accepted payments (→ submitted) and as many free channels (→ lent), at most `limit`.

        Payments of more than `most` stroops are left waiting.
        """

    async def record_attempts(self, attempts: Sequence[Attempt]) -> None:
        """Write them before anything is sent."""

    async def release(self, claims: Sequence[Claim], now: int) -> None:
        """Give claims back of which nothing was signed."""

    async def record_answers(self, answered: Sequence[tuple[Attempt, Answer]], now: int) -> None:
        """Note what was answered, the bid that was sent and when; ends nothing."""

    async def waiting_payments(self) -> int:
        """How many payments are accepted and not claimed."""

    async def waiting_wallets(self) -> int:
        """How many wallets are accepted and not claimed: they want channels too."""

    async def oldest_waiting(self) -> Payment | None:
        """The payment that is next to be claimed."""


class WalletAcceptanceStore(Protocol):
    """Where wallets are recorded."""

    async def accept_wallet(self, posted: NewWallet) -> None:
        """Insert the row, or judge the repeat (`domain.wallet.judge_repeat`), durably. Raises `Unavailable`."""


class WalletStore(Protocol):
    """What creating wallets reads and writes."""

    async def claim_wallets(self, limit: int, now: int) -> list[WalletClaim]:
        """As `SubmissionStore.claim`."""

    async def record_attempts(self, attempts: Sequence[Attempt]) -> None:
        """Write them before anything is sent."""

    async def release_wallets(self, claims: Sequence[WalletClaim], now: int) -> None:
        """Give claims back of which nothing was signed."""

    async def waiting_wallets(self) -> int:
        """How many wallets are accepted and not claimed."""


class SettlementStore(Protocol):
    """What settling reads and writes."""

    async def attempts_by_hash(self, hashes: Sequence[str]) -> dict[str, Attempt]:
        """The attempts, open or ended, with those inner hashes."""

    async def found_among(self, hashes: Sequence[str]) -> set[str]:
        """Those of the hashes that have been recorded as found payments."""

    async def record_found(self, found: Sequence[FoundPayment], now: int) -> None:
        """Record payments that the ledger shows and no attempt of ours made; their ids are paid from then on."""

    async def open_attempts(self, *, sent_before: int, limit: int) -> list[Attempt]:
        """Open attempts that were last sent, or signed and never known to be sent, before that time; oldest first."""

    async def wallets_by_address(self, addresses: Sequence[str]) -> dict[str, Wallet]:
        """The wallets with those addresses."""

    async def payments_by_id(self, ids: Sequence[str]) -> dict[str, Payment]:
        """The payments with those ids."""

    async def settle(self, settlements: Sequence[Settlement], *, cursor: str | None, now: int) -> None:
        """Write all of it and the watcher's cursor in one commit; or raise `StaleSettlement` and write nothing."""

    async def cursor(self) -> str | None:
        """Up to where root's transactions have been settled; None on a new database."""

    async def beat(self, now: int) -> None:
        """Note that the service is at work."""

    async def last_beat(self) -> int | None:
        """When it was last at work; None if never."""

    async def release_lost_claims(self, now: int) -> int:
        """At start: give back claims of a process that was killed before it signed; returns how many payments."""


@dataclass(frozen=True, slots=True)
class Funding:
    """An attempt, and the stroops that it is to give to channels, by their index."""

    attempt: Attempt
    amounts: dict[int, int]


class ChannelStore(Protocol):
    """What opening channels reads and writes."""

    async def channel_counts(self) -> dict[str, int]:
        """How many channels are in each state."""

    async def plan_channels(self, count: int, addresses: Callable[[int], str], now: int) -> None:
        """Plan `count` more (state opening), with the next indexes."""

    async def planned_channels(self) -> list[int]:
        """Indexes of channels that are to be opened and are in no open attempt."""

    async def adopt_channels(self, channels: Sequence[Channel], now: int) -> None:
        """Take channels that exist on the ledger already as free ones; ones that are known are left as they are."""

    async def lend_channels(self, limit: int, now: int) -> list[Channel]:
        """Lend free channels to be sources of opening transactions."""

    async def return_channels(self, indexes: Sequence[int], now: int) -> None:
        """Give back lent channels with which nothing was signed."""

    async def record_fundings(self, fundings: Sequence[Funding]) -> None:
        """Write attempts, and what each is to give to which channels, before anything is sent."""

    async def indexes_funded_by(self, attempt_hash: str) -> list[int]:
        """The channels that an attempt is to open or top up."""

    async def short_channels(self, below: int, limit: int) -> list[Channel]:
        """Channels whose balance is below so many stroops and that no open attempt tops up, the poorest first."""

    async def free_channels(self) -> list[Channel]:
        """All channels that are free."""

    async def note_ledger(self, channels: Sequence[Channel], now: int) -> None:
        """Take numbers and balances of free channels from the ledger; they never go back to a lower number."""

    async def numbers_of(self, source: str) -> tuple[bool, int]:
        """Whether an attempt with that source is open, and the highest number ever signed for with it (0: none)."""


@dataclass(frozen=True, slots=True)
class DueCallback:
    """A callback whose time has come, and its receiver."""

    callback: Callback
    receiver: str


@dataclass(frozen=True, slots=True)
class WantedCallbacks:
    """Up to `limit` callbacks of one receiver, without those (by id) that are under way."""

    receiver: str
    limit: int
    under_way: tuple[str, ...] = ()


class CallbackStore(Protocol):
    """What delivering reads and writes."""

    async def receivers_due(self, now: int) -> list[str]:
        """The receivers that callbacks are due for, the one that is due longest first.

        Costs a few steps for each receiver, however many callbacks wait for it.
        """

    async def due_callbacks(self, now: int, wanted: Sequence[WantedCallbacks]) -> list[DueCallback]:
        """Callbacks that are due, for each receiver in the order of their times and, of one time, as written."""

    async def record_delivery(self, callback: Callback, delivery: Delivery, next_try: int | None, now: int) -> None:
        """Write the result of a try: delivered, or waiting until `next_try`, or dead when that is None."""

    async def callback_counts(self) -> dict[str, int]:
        """How many callbacks are waiting and dead."""


class ServiceStore(Protocol):
    """Where services and their watches are kept."""

    async def put_service(self, service: Service, *, since: int, now: int) -> None:
        """Record or replace it. Addresses that are new to it are told of payments after the position `since`.

        `since` 0 means that the newest ledger is not known: see `WatchMarks.position`.
        """

    async def service(self, service_id: str) -> Service | None:
        """The service with that id."""

    async def services(self) -> list[Service]:
        """All services, by id."""

    async def delete_service(self, service_id: str, now: int) -> Service | None:
        """Take it away with all its watches; returns what it was, None when there was none."""

    async def put_watch(self, watch: PaymentWatch, *, since: int, expires_at: int, now: int) -> None:
        """Record it, or let it last until `expires_at`. Raises `ServiceNotFound`."""

    async def delete_watch(self, watch: PaymentWatch, now: int) -> None:
        """Take it away; one that is not there is fine. Raises `ServiceNotFound`."""

    async def watchers(self, now: int) -> dict[str, list[tuple[str, str]]]:
        """By address the (service id, callback) of each service that watches there at present, in order."""


@dataclass(frozen=True, slots=True)
class WatchMarks:
    """How far watching has come. `added` and `removed` grow with each change of the watches.

    `position` is where everything before has been told: None while nobody watches. It is 0 when the newest ledger was
    not known as the first watch was put; `positioned_at` says when that was.
    """

    added: int
    removed: int
    position: int | None
    positioned_at: int


class WatchStore(Protocol):
    """What watching payments reads and writes."""

    async def watch_marks(self) -> WatchMarks:
        """All of it, in one read."""

    async def addresses_watched(self, after: int) -> set[str]:
        """Addresses of the watches that were put after `added` was so much; of all for 0."""

    async def tell(self, payments: Sequence[SeenPayment], *, position: int, now: int) -> int:
        """Write a callback for each service that watches a payment, and `position`, in one commit; how many were new.

        Who watches is decided in that same commit, so a watch that was deleted is never told of anything again.
        A payment that a service was told of before is left out. The position never goes back.
        """

    async def forget_expired(self, before: int, now: int) -> None:
        """Delete temporary watches that ended before that time."""


# --- callbacks and jobs ---------------------------------------------------------------------------------------------


class Sender(Protocol):
    """Posts one callback."""

    async def send(self, callback: Callback) -> Delivery:
        """One try; never raises for what the receiver or the network does. Redirects are not followed."""


NOTHING_SIGNED = "nothing"
"""The word of a `Witness` for: nothing has been signed since the database was made here."""


class Witness(Protocol):
    """Remembers, outside of the database, what was signed last: an older copy of the database does not know it."""

    def last(self) -> str | None:
        """The hash of the last attempt, or `nothing`; None when the database came from elsewhere."""

    def note(self, attempt_hash: str) -> None:
        """An attempt has been written down and is about to be sent."""


class Nudge(Protocol):
    """Wakes the jobs. Losing a nudge loses nothing: the row is the truth and the sweep finds it."""

    def submit_payments(self) -> None:
        """There may be payments to submit."""

    def create_wallets(self) -> None:
        """There may be wallets to create."""

    def fund_channels(self) -> None:
        """There may be channels to open, or to top up."""

    def deliver_callbacks(self) -> None:
        """There are callbacks to deliver."""
