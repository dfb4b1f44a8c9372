"""What the database lets a row become is what the domain's tables allow, and nothing else."""

from enum import StrEnum
from typing import Any

import pytest
from sqlalchemy import Column
from sqlalchemy.exc import IntegrityError

from kinpay_server.domain import attempt, channel, payment, wallet
from kinpay_server.domain.attempt import AttemptState
from kinpay_server.domain.channel import ChannelState
from kinpay_server.domain.payment import PaymentStatus
from kinpay_server.domain.wallet import WalletStatus
from kinpay_server.storage import settlements
from kinpay_server.storage.tables import attempts, channels, payments, wallets
from kinpay_server.storage.transitions import becomes, moves
from tests.storage.conftest import Stores, an_attempt

NOUNS: list[tuple[Column[Any], dict[StrEnum, frozenset[StrEnum]]]] = [
    (payments.c.status, dict(payment.TRANSITIONS)),
    (wallets.c.status, dict(wallet.TRANSITIONS)),
    (attempts.c.state, dict(attempt.TRANSITIONS)),
    (channels.c.state, dict(channel.TRANSITIONS)),
]


@pytest.mark.parametrize(("column", "table"), NOUNS)
def test_an_update_can_be_written_for_what_the_table_allows_only(column: Column[Any], table: Any) -> None:
    for before in table:
        for after in table:
            if after in table[before]:
                assert str(moves(column, before, after, table=table)).endswith(f"= '{before}'")
            else:
                with pytest.raises(ValueError, match=f"what is {before} never becomes {after}"):
                    moves(column, before, after, table=table)


@pytest.mark.parametrize(("column", "table"), NOUNS)
def test_whoever_may_become_something_is_taken_from_the_table(column: Column[Any], table: Any) -> None:
    for after in table:
        before = [state for state in table if after in table[state]]
        if before:
            assert all(f"'{state}'" in str(becomes(column, after, table=table)) for state in before)
            assert str(becomes(column, after, table=table)).count("'") == 2 * len(before)
        else:
            with pytest.raises(ValueError, match=f"nothing ever becomes {after}"):
                becomes(column, after, table=table)


def test_a_settlement_moves_rows_to_nothing_else() -> None:
    """Or leaves what is held as it is, with a reason."""
    of_payments = payment.TRANSITIONS[PaymentStatus.SUBMITTED]
    of_wallets = wallet.TRANSITIONS[WalletStatus.SUBMITTED]
    assert settlements._PAYMENT.keys() == of_payments | {PaymentStatus.SUBMITTED}
    assert settlements._WALLET.keys() == of_wallets | {WalletStatus.SUBMITTED}
    assert settlements._CHANNEL.keys() == channel.TRANSITIONS[ChannelState.LENT]
    assert settlements._END.keys() == {AttemptState.LANDED, AttemptState.EXPIRED}


REFUSED = [
    "UPDATE payments SET amount = 0",
    "UPDATE payments SET status = 'paid'",
    "UPDATE payments SET status = 'succeeded'",
    "UPDATE payments SET status = 'failed'",
    "UPDATE payments SET transaction_id = 'hash'",
    "UPDATE attempts SET state = 'refused'",
    "UPDATE attempts SET state = 'landed'",
    "UPDATE attempts SET successful = 1",
    "UPDATE attempts SET purpose = 'wallet'",
    "UPDATE attempts SET payment_id = NULL",
    "UPDATE attempts SET wallet_address = 'G'",
    "UPDATE attempts SET sequence = 7",
    "UPDATE attempts SET payment_id = 'a'",
    "UPDATE channels SET state = 'broken'",
    "UPDATE channels SET address = 'the same'",
    "INSERT INTO payments SELECT * FROM payments",
    "INSERT INTO attempts SELECT * FROM attempts",
    "INSERT INTO attempts (hash, purpose, payment_id, channel, source, sequence, envelope, fee, max_ledger, state,"
    " created_at) SELECT 'other', purpose, payment_id, channel, source, 99, envelope, fee, max_ledger, 'sent', 1"
    " FROM attempts WHERE payment_id = 'a'",
]
"""A payment twice, paid by nothing, with two open attempts; a number signed for twice; and the like."""


@pytest.mark.parametrize("sql", REFUSED)
@pytest.mark.gen_test
async def test_the_database_refuses_what_must_never_be(stores: Stores, sql: str) -> None:
    claims = await stores.claim("a", "b")
    signed = [an_attempt(claim, source="one source", sequence=number) for number, claim in enumerate(claims)]
    await stores.submissions.record_attempts(signed)
    before = stores.dump()
    with pytest.raises(IntegrityError):
        await stores.database.write(_execute, sql)
    assert stores.dump() == before


def _execute(connection: Any, batch: list[str]) -> list[None]:
    for sql in batch:
        connection.exec_driver_sql(sql)
    return [None] * len(batch)
