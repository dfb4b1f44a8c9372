"""The table of operations: which signatures they want, how they are checked and applied."""

from collections.abc import Callable
from typing import NamedTuple

from stellar_sdk.xdr import OperationType as T

from ..envelope import Operation
from ..results import OP_NOT_SUPPORTED
from ..signatures import HIGH, LOW, MEDIUM
from ..state import Txn
from . import (
    account_merge,
    authorization,
    bump_sequence,
    change_trust,
    claimable_balances,
    clawback,
    create_account,
    manage_data,
    offers,
    path_payment,
    payment,
    revoke_sponsorship,
    set_options,
    sponsorship,
)
from .context import Context

Check = Callable[[Operation], bytes | None]
Apply = Callable[[Txn, Operation, Context], bytes]


class Rule(NamedTuple):
    """`level` is the threshold that the source's signatures must reach."""

    check: Check
    apply: Apply
    level: int = MEDIUM


def _fine(op: Operation) -> bytes | None:
    return None


def _unsupported(op: Operation) -> bytes | None:
    return OP_NOT_SUPPORTED


def _never(txn: Txn, op: Operation, context: Context) -> bytes:
    return OP_NOT_SUPPORTED


UNSUPPORTED = Rule(_unsupported, _never)

RULES: dict[int, Rule] = {
    T.CREATE_ACCOUNT.value: Rule(create_account.check, create_account.apply),
    T.PAYMENT.value: Rule(payment.check, payment.apply),
    T.SET_OPTIONS.value: Rule(set_options.check, set_options.apply),
    T.CHANGE_TRUST.value: Rule(change_trust.check, change_trust.apply),
    T.ALLOW_TRUST.value: Rule(authorization.check_allow, authorization.apply_allow, LOW),
    T.ACCOUNT_MERGE.value: Rule(account_merge.check, account_merge.apply, HIGH),
    T.MANAGE_DATA.value: Rule(manage_data.check, manage_data.apply),
    T.BUMP_SEQUENCE.value: Rule(bump_sequence.check, bump_sequence.apply, LOW),
    T.BEGIN_SPONSORING_FUTURE_RESERVES.value: Rule(sponsorship.check_begin, sponsorship.apply_begin),
    T.END_SPONSORING_FUTURE_RESERVES.value: Rule(_fine, sponsorship.apply_end),
    T.PATH_PAYMENT_STRICT_RECEIVE.value: Rule(path_payment.check_receive, path_payment.apply_receive),
    T.PATH_PAYMENT_STRICT_SEND.value: Rule(path_payment.check_send, path_payment.apply_send),
    T.MANAGE_SELL_OFFER.value: Rule(offers.check, offers.apply),
    T.MANAGE_BUY_OFFER.value: Rule(offers.check, offers.apply),
    T.CREATE_PASSIVE_SELL_OFFER.value: Rule(offers.check, offers.apply),
    T.CREATE_CLAIMABLE_BALANCE.value: Rule(claimable_balances.check_create, claimable_balances.apply_create),
    T.CLAIM_CLAIMABLE_BALANCE.value: Rule(_fine, claimable_balances.apply_claim, LOW),
    T.CLAWBACK.value: Rule(clawback.check, clawback.apply),
    T.CLAWBACK_CLAIMABLE_BALANCE.value: Rule(_fine, clawback.apply_of_balance),
    T.REVOKE_SPONSORSHIP.value: Rule(revoke_sponsorship.check, revoke_sponsorship.apply),
    T.SET_TRUST_LINE_FLAGS.value: Rule(authorization.check_flags, authorization.apply_flags, LOW),
}


def rule_of(op: Operation) -> Rule:
    """The rule for an operation; one that refuses if there is none."""
    return RULES.get(op.type, UNSUPPORTED)


def level_of(op: Operation) -> int:
    """The threshold that the operation's source must reach: options about who may sign want the high one."""
    if op.type == T.SET_OPTIONS.value:
        body = op.body
        strict = (body.master_weight, body.low_threshold, body.med_threshold, body.high_threshold, body.signer)
        return HIGH if any(value is not None for value in strict) else MEDIUM
    return rule_of(op).level
