"""Payments, attempts, channels, callbacks, cursors."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the first schema."""

    op.create_table(
        "channels",
        sa.Column("index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sequence", BIG, nullable=False),
        sa.Column("signed", BIG, nullable=False),
        sa.Column("balance", BIG, nullable=False),
        sa.Column("funded_by", sa.Text(), nullable=True),
        sa.Column("funding", BIG, server_default="0", nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.CheckConstraint("state IN ('opening', 'free', 'lent', 'retired')", name=op.f("ck_channels_state")),
        sa.PrimaryKeyConstraint("index", name=op.f("pk_channels")),
        sa.UniqueConstraint("address", name=op.f("uq_channels_address")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_channels_free",
        "channels",
        ["balance"],
        unique=False,
        sqlite_where=sa.text("state = 'free'"),
        postgresql_where=sa.text("state = 'free'"),
    )
    op.create_index("ix_channels_funded_by", "channels", ["funded_by"], unique=False)

    op.create_table(
        "cursors",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cursors")),
        sqlite_strict=True,
    )

    op.create_table(
        "payments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("amount", BIG, nullable=False),
        sa.Column("recipient_address", sa.Text(), nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.Column("posted_again_at", BIG, nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("sender_address", sa.Text(), nullable=True),
        sa.Column("transaction_id", sa.Text(), nullable=True),
        sa.Column("timestamp", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(status = 'succeeded') = (transaction_id IS NOT NULL)", name=op.f("ck_payments_paid_by_a_transaction")
        ),
        sa.CheckConstraint("status <> 'failed' OR reason IS NOT NULL", name=op.f("ck_payments_failed_for_a_reason")),
        sa.CheckConstraint(
            "status IN ('accepted', 'submitted', 'succeeded', 'failed')", name=op.f("ck_payments_status")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_amount")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_payments_accepted",
        "payments",
        ["created_at", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'accepted'"),
        postgresql_where=sa.text("status = 'accepted'"),
    )
    op.create_index(
        "ix_payments_failed",
        "payments",
        ["created_at", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'failed'"),
        postgresql_where=sa.text("status = 'failed'"),
    )
    op.create_index("ix_payments_newest", "payments", ["created_at", "id"], unique=False)
    op.create_index("ix_payments_of_app", "payments", ["app_id", "created_at", "id"], unique=False)
    op.create_index("ix_payments_recipient", "payments", ["recipient_address", "created_at"], unique=False)
    op.create_index(
        "ix_payments_submitted",
        "payments",
        ["created_at", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'submitted'"),
        postgresql_where=sa.text("status = 'submitted'"),
    )
    op.create_index(
        "ix_payments_transaction",
        "payments",
        ["transaction_id"],
        unique=False,
        sqlite_where=sa.text("transaction_id IS NOT NULL"),
        postgresql_where=sa.text("transaction_id IS NOT NULL"),
    )

    op.create_table(
        "services",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_services")),
        sqlite_strict=True,
    )

    op.create_table(
        "wallets",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=True),
        sa.Column("callback", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("status <> 'failed' OR reason IS NOT NULL", name=op.f("ck_wallets_failed_for_a_reason")),
        sa.CheckConstraint("status IN ('accepted', 'submitted', 'created', 'failed')", name=op.f("ck_wallets_status")),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_wallets")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_wallets_accepted",
        "wallets",
        ["created_at", "address"],
        unique=False,
        sqlite_where=sa.text("status = 'accepted'"),
        postgresql_where=sa.text("status = 'accepted'"),
    )

    op.create_index(
        "ix_wallets_held",
        "wallets",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("status = 'submitted' AND reason IS NOT NULL"),
        postgresql_where=sa.text("status = 'submitted' AND reason IS NOT NULL"),
    )

    op.create_table(
        "wallet_posts",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=True),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(["address"], ["wallets.address"], name=op.f("fk_wallet_posts_address")),
        sa.PrimaryKeyConstraint("address", "key", name=op.f("pk_wallet_posts")),
        sqlite_strict=True,
    )

    op.create_table(
        "attempts",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=True),
        sa.Column("wallet_address", sa.Text(), nullable=True),
        sa.Column("channel", sa.Integer(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sequence", BIG, nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("fee", BIG, nullable=False),
        sa.Column("bump_bid", BIG, nullable=True),
        sa.Column("max_ledger", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("successful", sa.Integer(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("sent_at", BIG, nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("ended_at", BIG, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ledger", sa.Integer(), nullable=True),
        sa.Column("fee_charged", BIG, nullable=True),
        sa.CheckConstraint(
            "(purpose = 'payment') = (payment_id IS NOT NULL)", name=op.f("ck_attempts_purpose_of_payment")
        ),
        sa.CheckConstraint(
            "(purpose = 'wallet') = (wallet_address IS NOT NULL)", name=op.f("ck_attempts_purpose_of_wallet")
        ),
        sa.CheckConstraint(
            "(state = 'landed') = (successful IS NOT NULL)", name=op.f("ck_attempts_landed_with_a_result")
        ),
        sa.CheckConstraint(
            "purpose IN ('payment', 'wallet', 'open channels', 'top up')", name=op.f("ck_attempts_purpose")
        ),
        sa.CheckConstraint("state IN ('signed', 'sent', 'landed', 'expired')", name=op.f("ck_attempts_state")),
        sa.ForeignKeyConstraint(["channel"], ["channels.index"], name=op.f("fk_attempts_channel")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_attempts_payment_id")),
        sa.ForeignKeyConstraint(["wallet_address"], ["wallets.address"], name=op.f("fk_attempts_wallet_address")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_attempts")),
        sa.UniqueConstraint("source", "sequence", name=op.f("uq_attempts_source_sequence")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_attempts_open",
        "attempts",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('signed', 'sent')"),
        postgresql_where=sa.text("state IN ('signed', 'sent')"),
    )
    op.create_index("ix_attempts_payment_id", "attempts", ["payment_id"], unique=False)
    op.create_index(
        "ix_attempts_wallet_address",
        "attempts",
        ["wallet_address"],
        unique=False,
        sqlite_where=sa.text("wallet_address IS NOT NULL"),
        postgresql_where=sa.text("wallet_address IS NOT NULL"),
    )
    op.create_index(
        "uq_attempts_one_open_of_payment",
        "attempts",
        ["payment_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('signed', 'sent')"),
        postgresql_where=sa.text("state IN ('signed', 'sent')"),
    )
    op.create_index(
        "uq_attempts_one_open_of_wallet",
        "attempts",
        ["wallet_address"],
        unique=True,
        sqlite_where=sa.text("state IN ('signed', 'sent')"),
        postgresql_where=sa.text("state IN ('signed', 'sent')"),
    )

    op.create_table(
        "found_payments",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("recipient_address", sa.Text(), nullable=False),
        sa.Column("amount", BIG, nullable=False),
        sa.Column("ledger", sa.Integer(), nullable=False),
        sa.Column("found_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_found_payments_payment_id")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_found_payments")),
        sqlite_strict=True,
    )

    op.create_table(
        "payment_watches",
        sa.Column("service_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("since", BIG, nullable=False),
        sa.Column("expires_at", BIG, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name=op.f("fk_payment_watches_service_id")),
        sa.PrimaryKeyConstraint("service_id", "address", "payment_id", name=op.f("pk_payment_watches")),
        sqlite_strict=True,
    )
    op.create_index("ix_payment_watches_address", "payment_watches", ["address", "payment_id"], unique=False)
    op.create_index("ix_payment_watches_expires_at", "payment_watches", ["expires_at"], unique=False)
    op.create_index("ix_payment_watches_version", "payment_watches", ["version"], unique=False)

    op.create_table(
        "watched_addresses",
        sa.Column("service_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("since", BIG, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name=op.f("fk_watched_addresses_service_id")),
        sa.PrimaryKeyConstraint("service_id", "address", name=op.f("pk_watched_addresses")),
        sqlite_strict=True,
    )
    op.create_index("ix_watched_addresses_address", "watched_addresses", ["address"], unique=False)
    op.create_index("ix_watched_addresses_version", "watched_addresses", ["version"], unique=False)

    op.create_table(
        "callbacks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("attempt_hash", sa.Text(), nullable=True),
        sa.Column("payment_id", sa.Text(), nullable=True),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("lane", BIG, nullable=True),
        sa.Column("other_lane", BIG, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", BIG, nullable=False),
        sa.Column("give_up_at", BIG, nullable=False),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'delivered', 'dead', 'withdrawn')", name=op.f("ck_callbacks_state")),
        sa.CheckConstraint(
            "state <> 'withdrawn' OR reason IS NOT NULL", name=op.f("ck_callbacks_withdrawn_for_a_reason")
        ),
        sa.ForeignKeyConstraint(["attempt_hash"], ["attempts.hash"], name=op.f("fk_callbacks_attempt_hash")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_callbacks_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callbacks")),
        sa.UniqueConstraint("attempt_hash", name=op.f("uq_callbacks_attempt_hash")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_callbacks_dead",
        "callbacks",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("state = 'dead'"),
        postgresql_where=sa.text("state = 'dead'"),
    )
    op.create_index(
        "ix_callbacks_due",
        "callbacks",
        ["receiver", "next_try_at"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index("ix_callbacks_payment_id", "callbacks", ["payment_id"], unique=False)
