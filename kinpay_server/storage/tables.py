"""The tables. Times are milliseconds since 1970, money is stroops; `migrations/` makes the same (a test compares)."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Big = BigInteger().with_variant(Integer, "sqlite")


def _partial_index(name: str, *columns: Column[Any], where: ColumnElement[bool], unique: bool = False) -> None:
    """An index of the few rows that `where` holds for; a query that has the very same condition uses it."""
    Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


payments = Table(
    "payments",
    metadata,
    Column("id", Text, primary_key=True),  # the idempotency key: the row is the lock
    Column("app_id", Text, nullable=False),
    Column("amount", Big, nullable=False),
    Column("recipient_address", Text, nullable=False),
    Column("callback", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("created_at", Big, nullable=False),
    Column("updated_at", Big, nullable=False),
    Column("posted_again_at", Big),  # the last time that it had failed and was taken up again
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("sender_address", Text),
    Column("transaction_id", Text),
    Column("timestamp", Text),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("status IN ('accepted', 'submitted', 'succeeded', 'failed')", name="status"),
    CheckConstraint("(status = 'succeeded') = (transaction_id IS NOT NULL)", name="paid_by_a_transaction"),
    CheckConstraint("status <> 'failed' OR reason IS NOT NULL", name="failed_for_a_reason"),
    sqlite_strict=True,
)
Index("ix_payments_newest", payments.c.created_at, payments.c.id)
Index("ix_payments_of_app", payments.c.app_id, payments.c.created_at, payments.c.id)
Index("ix_payments_recipient", payments.c.recipient_address, payments.c.created_at)
_partial_index("ix_payments_transaction", payments.c.transaction_id, where=payments.c.transaction_id.is_not(None))
ACCEPTED = payments.c.status == literal_column("'accepted'")
FAILED = payments.c.status == literal_column("'failed'")
_partial_index("ix_payments_accepted", payments.c.created_at, payments.c.id, where=ACCEPTED)
SUBMITTED = payments.c.status == literal_column("'submitted'")
HELD = SUBMITTED & payments.c.reason.is_not(None)
"""`domain.payment.Payment.held`."""
_partial_index("ix_payments_submitted", payments.c.created_at, payments.c.id, where=SUBMITTED)
_partial_index("ix_payments_failed", payments.c.created_at, payments.c.id, where=FAILED)

wallets = Table(
    "wallets",
    metadata,
    Column("address", Text, primary_key=True),  # the idempotency key: the row is the lock
    Column("app_id", Text, nullable=False),
    Column("id", Text),  # the client's own
    Column("callback", Text),
    Column("request_id", Text, nullable=False),
    Column("created_at", Big, nullable=False),
    Column("updated_at", Big, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    CheckConstraint("status IN ('accepted', 'submitted', 'created', 'failed')", name="status"),
    CheckConstraint("status <> 'failed' OR reason IS NOT NULL", name="failed_for_a_reason"),
    sqlite_strict=True,
)
WALLET_ACCEPTED = wallets.c.status == literal_column("'accepted'")
_partial_index("ix_wallets_accepted", wallets.c.created_at, wallets.c.address, where=WALLET_ACCEPTED)
WALLET_HELD = (wallets.c.status == literal_column("'submitted'")) & wallets.c.reason.is_not(None)
"""`domain.wallet.Wallet.held`."""
_partial_index("ix_wallets_held", wallets.c.created_at, where=WALLET_HELD)
WALLETS_AS_WRITTEN: ColumnElement[int] = literal_column("wallets.rowid")

wallet_posts = Table(
    "wallet_posts",
    metadata,
    Column("address", Text, ForeignKey("wallets.address"), primary_key=True),
    Column("key", Text, primary_key=True),  # of id and callback
    Column("id", Text),
    Column("callback", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("created_at", Big, nullable=False),
    sqlite_strict=True,
)
"""Posts of a wallet that was on its way, which are to be told elsewhere, or by another id, than the first."""

attempts = Table(
    "attempts",
    metadata,
    Column("hash", Text, primary_key=True),  # of the inner transaction, hex
    Column("purpose", Text, nullable=False),
    Column("payment_id", Text, ForeignKey("payments.id")),
    Column("wallet_address", Text, ForeignKey("wallets.address")),
    Column("channel", Integer, ForeignKey("channels.index")),  # NULL: root's own number is used
    Column("source", Text, nullable=False),
    Column("sequence", Big, nullable=False),
    Column("envelope", Text, nullable=False),
    Column("fee", Big, nullable=False),
    Column("bump_bid", Big),  # what root bids for each operation around it
    Column("max_ledger", Integer, nullable=False),  # exclusive
    Column("state", Text, nullable=False),
    Column("successful", Integer),  # of a landed one: 1 or 0
    Column("created_at", Big, nullable=False),
    Column("sent_at", Big),
    Column("answer", Text),  # the last answer to a submission
    Column("ended_at", Big),
    Column("reason", Text),  # how its fate became known
    Column("ledger", Integer),
    Column("fee_charged", Big),
    UniqueConstraint("source", "sequence"),
    CheckConstraint("purpose IN ('payment', 'wallet', 'open channels', 'top up')", name="purpose"),
    CheckConstraint("(purpose = 'payment') = (payment_id IS NOT NULL)", name="purpose_of_payment"),
    CheckConstraint("(purpose = 'wallet') = (wallet_address IS NOT NULL)", name="purpose_of_wallet"),
    CheckConstraint("state IN ('signed', 'sent', 'landed', 'expired')", name="state"),
    CheckConstraint("(state = 'landed') = (successful IS NOT NULL)", name="landed_with_a_result"),
    sqlite_strict=True,
)
OPEN = attempts.c.state.in_([literal_column("'signed'"), literal_column("'sent'")])
_partial_index("uq_attempts_one_open_of_payment", attempts.c.payment_id, where=OPEN, unique=True)
_partial_index("uq_attempts_one_open_of_wallet", attempts.c.wallet_address, where=OPEN, unique=True)
_partial_index("ix_attempts_open", attempts.c.created_at, where=OPEN)
Index("ix_attempts_payment_id", attempts.c.payment_id)
_partial_index("ix_attempts_wallet_address", attempts.c.wallet_address, where=attempts.c.wallet_address.is_not(None))

channels = Table(
    "channels",
    metadata,
    Column("index", Integer, primary_key=True, autoincrement=False),
    Column("address", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("sequence", Big, nullable=False),  # the last number used on the ledger
    Column("signed", Big, nullable=False),  # the highest number ever signed for
    Column("balance", Big, nullable=False),  # its XLM in stroops
    Column("funded_by", Text),  # hash of the open attempt that is to open it or top it up
    Column("funding", Big, nullable=False, server_default="0"),  # the stroops that it gets from that
    Column("created_at", Big, nullable=False),
    Column("updated_at", Big, nullable=False),
    CheckConstraint("state IN ('opening', 'free', 'lent', 'retired')", name="state"),
    sqlite_strict=True,
)
FREE = channels.c.state == literal_column("'free'")
_partial_index("ix_channels_free", channels.c.balance, where=FREE)
Index("ix_channels_funded_by", channels.c.funded_by)

callbacks = Table(
    "callbacks",
    metadata,
    Column("id", Text, primary_key=True),  # the event's id, the same in every try
    Column("attempt_hash", Text, ForeignKey("attempts.hash"), unique=True),
    Column("payment_id", Text, ForeignKey("payments.id")),  # NULL: it tells of something else than our payment
    Column("receiver", Text, nullable=False),  # scheme, host and port of the URL
    Column("url", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("lane", Big),  # callbacks of one lane are sent one after another; NULL: whenever there is room
    Column("other_lane", Big),  # of a payment between two watched addresses
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_try_at", Big, nullable=False),
    Column("give_up_at", Big, nullable=False),
    Column("last_status", Integer),
    Column("last_error", Text),
    Column("reason", Text),  # why it was withdrawn
    Column("created_at", Big, nullable=False),
    Column("updated_at", Big, nullable=False),
    CheckConstraint("state IN ('waiting', 'delivered', 'dead', 'withdrawn')", name="state"),
    CheckConstraint("state <> 'withdrawn' OR reason IS NOT NULL", name="withdrawn_for_a_reason"),
    sqlite_strict=True,
)
WAITING = callbacks.c.state == literal_column("'waiting'")
DEAD = callbacks.c.state == literal_column("'dead'")
WITHDRAWN = callbacks.c.state == literal_column("'withdrawn'")
AS_WRITTEN: ColumnElement[int] = literal_column("callbacks.rowid")
"""The order in which callbacks were written; SQLite keeps it, at the end of each index too."""

_partial_index("ix_callbacks_due", callbacks.c.receiver, callbacks.c.next_try_at, where=WAITING)
_partial_index("ix_callbacks_dead", callbacks.c.created_at, where=DEAD)
Index("ix_callbacks_payment_id", callbacks.c.payment_id)

found_payments = Table(
    "found_payments",
    metadata,
    Column("hash", Text, primary_key=True),  # as history lists it
    Column("payment_id", Text, ForeignKey("payments.id"), nullable=False),
    Column("recipient_address", Text, nullable=False),
    Column("amount", Big, nullable=False),
    Column("ledger", Integer, nullable=False),
    Column("found_at", Big, nullable=False),
    sqlite_strict=True,
)

services = Table(
    "services",
    metadata,
    Column("id", Text, primary_key=True),
    Column("callback", Text, nullable=False),
    Column("created_at", Big, nullable=False),
    Column("updated_at", Big, nullable=False),
    sqlite_strict=True,
)

watched_addresses = Table(
    "watched_addresses",
    metadata,
    Column("service_id", Text, ForeignKey("services.id"), primary_key=True),
    Column("address", Text, primary_key=True),
    Column("place", Integer, nullable=False),  # in the service's list
    Column("since", Big, nullable=False),  # payments after this position on the ledger are told
    Column("version", Big, nullable=False),  # of the watches as a whole, when it was put
    sqlite_strict=True,
)
Index("ix_watched_addresses_address", watched_addresses.c.address)
Index("ix_watched_addresses_version", watched_addresses.c.version)

payment_watches = Table(
    "payment_watches",
    metadata,
    Column("service_id", Text, ForeignKey("services.id"), primary_key=True),
    Column("address", Text, primary_key=True),
    Column("payment_id", Text, primary_key=True),  # as memos name it; there need not be such a payment
    Column("since", Big, nullable=False),
    Column("expires_at", Big, nullable=False),
    Column("version", Big, nullable=False),
    sqlite_strict=True,
)
Index("ix_payment_watches_address", payment_watches.c.address, payment_watches.c.payment_id)
Index("ix_payment_watches_version", payment_watches.c.version)
Index("ix_payment_watches_expires_at", payment_watches.c.expires_at)

cursors = Table(
    "cursors",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("updated_at", Big, nullable=False),
    sqlite_strict=True,
)
