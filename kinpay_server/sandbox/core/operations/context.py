"""What an operation may know and change while it is applied."""

from ..entries import Account
from ..envelope import Envelope, Operation
from ..reserves import Reserve
from ..results import OP_TOO_MANY_SPONSORING, OP_TOO_MANY_SUBENTRIES, op_result
from ..state import Txn


class Context:
    """One transaction being applied: ledger number, close time (unix seconds), sponsorships that are open.

    `sponsors` maps who is sponsored to who sponsors. `next_offer_id` hands out ids and remembers them for the header.
    """

    def __init__(self, envelope: Envelope, ledger: int, close_time: int, id_pool: list[int], network_id: bytes) -> None:
        self.envelope = envelope
        self.ledger = ledger
        self.close_time = close_time
        self.sponsors: dict[bytes, bytes] = {}
        self.id_pool = id_pool
        self.network_id = network_id
        self.index = 0

    def next_offer_id(self) -> int:
        """A number that no offer had before."""
        self.id_pool[0] += 1
        return self.id_pool[0]


def source_account(txn: Txn, op: Operation) -> Account:
    """The account that acts; its existence was checked before."""
    account = txn.account(op.source)
    assert account is not None  # noqa: S101
    return account


def reserve_failure(outcome: Reserve, op_type: int, low_reserve: int) -> bytes:
    """The result of an operation whose entry nobody can pay for."""
    if outcome is Reserve.TOO_MANY_SUBENTRIES:
        return OP_TOO_MANY_SUBENTRIES
    if outcome is Reserve.TOO_MANY_SPONSORING:
        return OP_TOO_MANY_SPONSORING
    return op_result(op_type, low_reserve)
