"""What must hold after a run, judged by the ledger's own records and by what clients were told."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kinpay_server.domain.memo import parse_memo
from kinpay_server.sandbox.core.addresses import address_of, key_of
from kinpay_server.sandbox.core.applying import Applied
from kinpay_server.sandbox.core.envelope import muxed_from_xdr
from tests.simulation import wallets, watchers
from tests.simulation.chain import BEGIN, signer
from tests.simulation.hands import OTHER
from tests.simulation.people import Story

if TYPE_CHECKING:
    from tests.simulation.world import World

PAYMENT = 1
THEIR_FAULT = {"op_no_destination", "op_no_trust", "op_not_authorized", "op_line_full"}
"""What alone may end a payment as failed."""


@dataclass(frozen=True)
class OnLedger:
    """A KIN payment out of root as the ledger has it, successful or not."""

    payment_id: str
    hashes: tuple[str, ...]
    amount: int
    recipient: str
    successful: bool
    ledger: int
    closed_at: float


def violations(world: "World") -> list[str]:
    """Everything that is not as it must be; of a run that is held, everything that is not safe."""
    stories, found = world.people.stories, by_id(world)
    problems = list(world.people.wrong)
    for payment_id, story in stories.items():
        problems += [f"{payment_id}: {one}" for one in _of_payment(world, story, found.get(payment_id, []))]
    problems += [f"{payment_id} is on the ledger and was never posted" for payment_id in found.keys() - stories.keys()]
    problems += _of_fees(world)
    if world.held:
        return problems
    for payment_id, story in stories.items():
        problems += [f"{payment_id}: {one}" for one in _of_its_end(world, story, found.get(payment_id, []))]
    return [
        *problems,
        *wallets.violations(world),
        *watchers.violations(world),
        *_of_channels(world),
        *_of_health(world),
    ]


def _of_payment(world: "World", story: Story, found: list[OnLedger]) -> Iterator[str]:
    paid = [one for one in found if one.successful]
    for one in paid:
        if (one.amount, one.recipient) != (story.payment.amount, story.payment.recipient_address):
            yield "paid with another amount or recipient"
    if story.payment.id in world.excused:
        return
    if len(paid) > 1:
        yield f"paid {len(paid)} times: {[one.hashes[-1][:8] for one in paid]}"
    status = _status(world, story)
    if status is not None:
        yield from _of_status(status, found, paid)
    yield from _of_callbacks(story, found, paid)


def _status(world: "World", story: Story) -> tuple[str, str | None] | None:
    """What the service believes: status and transaction."""
    query = "SELECT status, transaction_id FROM payments WHERE id = ?"
    found = world.disk.rows(query, story.payment.id)
    return (found[0][0], found[0][1]) if found else None


def _of_status(row: tuple[str, str | None], found: list[OnLedger], paid: list[OnLedger]) -> Iterator[str]:
    status, transaction = row
    if status == "succeeded" and not paid:
        yield "succeeded, and the ledger has no payment of it"
    if status == "failed" and paid:
        yield "failed, and the ledger has paid it"
    if status == "succeeded" and paid and transaction not in paid[0].hashes:
        yield "succeeded by another transaction than the ledger has"
    if status == "failed" and not found:
        yield "failed, and the ledger knows nothing of it"


def _of_its_end(world: "World", story: Story, found: list[OnLedger]) -> Iterator[str]:
    """When all has come to rest: it is decided, and told."""
    row = _status(world, story)
    if row is None:
        if story.accepted:
            yield "accepted and forgotten"
        return
    status, told = row[0], {one.state for one in story.told}
    if status not in ("succeeded", "failed"):
        yield f"ends as {status}"
    if status != "succeeded" and any(one.successful for one in found):
        yield f"is paid and ends as {status}"
    if status == "succeeded" and not ("success" in told or story.already_paid):
        yield "its success was told to nobody"
    if status == "failed" and "fail" not in told:
        yield "its failure was told to nobody"


def _of_callbacks(story: Story, found: list[OnLedger], paid: list[OnLedger]) -> Iterator[str]:
    successes = [one for one in story.told if one.state == "success"]
    fails = [one for one in story.told if one.state == "fail"]
    if successes and len(paid) != 1:
        yield f"a success was called back, and the ledger has {len(paid)} payments"
    if any(one.value["transaction_id"] not in paid[0].hashes for one in successes if paid):
        yield "a success was called back with another transaction than the ledger has"
    for fail in fails:
        if fail.value["code"] not in THEIR_FAULT or story.is_good:
            yield f"failed with {fail.value['code']}, which is not its recipient's fault"
        attempt = fail.id.removeprefix("payment-")
        if any(attempt in one.hashes for one in paid):
            yield "a fail was called back for the very transaction that paid"
    if successes and fails and story.told[-1].state == "fail":
        yield "a fail was the last word, and a success was called back before it"
    if fails and not successes:
        failed_at = max(one.closed_at for one in found) if found else 0.0
        posted_after = any(end is None or end >= failed_at for _, end in story.posts)
        if paid and not posted_after:
            yield "a fail was the last word, and it was paid"


def _of_channels(world: "World") -> Iterator[str]:
    state = world.chain.node.network.state
    query = 'SELECT "index", address, state, sequence, balance FROM channels'
    for index, address, status, sequence, balance in world.disk.rows(query):
        account = state.account(key_of(address))
        if status == "lent":
            yield f"channel {index} stays lent"
        if status != "free":
            continue
        if account is None:
            yield f"channel {index} is free and does not exist"
        elif account.sequence != sequence:
            yield f"channel {index} is believed at number {sequence}, and the ledger has it at {account.sequence}"
        elif account.sponsor is not None and account.balance != balance and index not in world.chain.touched:
            yield f"channel {index} is believed to hold {balance} stroops and holds {account.balance}"
    wrong = world.disk.value("SELECT count(*) FROM attempts WHERE state IN ('signed', 'sent')")
    if wrong:
        yield f"{wrong} attempts stay open"


def _of_fees(world: "World") -> Iterator[str]:
    most = world.plan.max_base_fee
    for applied in _ours(world):
        envelope = applied.envelope
        if envelope.fee > most * envelope.weight:
            yield f"{envelope.hash.hex()[:8]} bids {envelope.fee} for {envelope.weight} operations"


def _of_health(world: "World") -> Iterator[str]:
    service = world.service
    if service is not None:
        for name, check in service.health.checks.items():
            if not check.ok and check.blocking:
                yield f"the service is not well at the end: {name}: {check.message}"


def by_id(world: "World") -> dict[str, list[OnLedger]]:
    """What the ledger has of payments with our memos, but for those of another kinpay."""
    found: dict[str, list[OnLedger]] = defaultdict(list)
    root = key_of(signer().root_address)
    for closed in world.chain.node.archive:
        for applied in closed.transactions:
            envelope = applied.envelope
            memo = parse_memo(envelope.memo.text.decode()) if envelope.memo and envelope.memo.text else None
            operation = envelope.operations[0]
            if memo is None or operation.type != PAYMENT or operation.source != root:
                continue
            if memo.payment_id.startswith(OTHER):
                continue
            hashes = tuple(h.hex() for h in (envelope.hash, envelope.innermost.hash))
            found[memo.payment_id].append(
                OnLedger(
                    memo.payment_id,
                    hashes,
                    operation.body.amount.int64,
                    address_of(muxed_from_xdr(operation.body.destination)[0]),
                    applied.result.successful,
                    closed.header.sequence,
                    float(closed.header.close_time),
                )
            )
    return found


def _ours(world: "World") -> Iterator[Applied]:
    """Transactions of root and its channels."""
    ours = {key_of(signer().channel_address(index)) for index in range(world.plan.max_channels)}
    ours.add(key_of(signer().root_address))
    for closed in world.chain.node.archive:
        for applied in closed.transactions:
            envelope = applied.envelope
            if closed.header.close_time <= BEGIN or envelope.innermost.hash.hex() in world.chain.foreign:
                continue
            if {envelope.source, envelope.fee_source} & ours:
                yield applied
