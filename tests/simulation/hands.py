"""Hands on our accounts that are not the service's: its operator's, the issuer's, and of whoever else has a key."""

from collections.abc import Sequence

from stellar_sdk import (
    AccountMerge,
    Asset,
    BumpSequence,
    ChangeTrust,
    CreateAccount,
    Keypair,
    Payment,
    SetOptions,
    SetTrustLineFlags,
    Signer,
    TransactionBuilder,
    TrustLineFlags,
)
from stellar_sdk.operation import Operation
from stellar_sdk.operation.set_options import AuthorizationFlag

from kinpay_server.ledger.channels import channel_seed
from kinpay_server.sandbox.core.entries import Account, Trustline
from kinpay_server.sandbox.core.network import Status
from kinpay_server.sandbox.core.reserves import spendable
from kinpay_server.sandbox.node import NoMinion
from tests.simulation.chain import GOOD, SALT, Chain
from tests.simulation.mischief import Use, Wrong

OUTBID = 20_000
"""Stroops for each operation: more than ten times what the service bids, so that what waits is replaced."""

OTHER = "other"
"""How the ids of another kinpay's payments begin."""

FAR = 2**63 - 1
STROOP = 10**7
NOTHING, ENOUGH = 10, 5000 * STROOP
AUTHORIZED, MAINTAIN = (
    TrustLineFlags.AUTHORIZED_FLAG,
    TrustLineFlags.AUTHORIZED_TO_MAINTAIN_LIABILITIES_FLAG,
)


class Hands:
    """What they do is submitted past everything that misbehaves; each returns whether there is no more to do."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._node = chain.node
        self._root = chain.node.derived("root of kinpay")
        self._kin = Asset("KIN", chain.issuer.public_key)

    def use_channel(self, index: int, use: Use) -> bool:
        """True when it waits for the next ledger, in place of what waited."""
        keys = self._channel(index)
        account = self._account(keys)
        if account is None:
            return False
        self._chain.touched.add(index)
        return self._push(keys, [self._use(use, account)], keys)

    def create_channel(self, index: int) -> bool:
        """Make a merged one anew, with XLM of its own and sponsored by nobody."""
        keys, friendbot = self._channel(index), self._node.friendbot
        if self._account(keys) is not None:
            return True
        self._carry([CreateAccount(keys.public_key, "3", source=friendbot.public_key)])
        return False

    def pay_as_another_kinpay(self, index: int, number: int) -> bool:
        """A KIN payment out of root through a channel."""
        keys = self._channel(index)
        if self._account(keys) is None:
            return False
        payment = Payment(self._chain.address(GOOD), self._kin, "0.5", source=self._root.public_key)
        return self._push(keys, [payment], keys, self._root, memo=f"1-sim-{OTHER}{number}")

    def pay_with_root_number(self) -> bool:
        """As somebody does who opens the root account in a wallet."""
        payment = Payment(self._node.friendbot.public_key, Asset.native(), "0.0000001")
        return self._push(self._root, [payment], self._root)

    def spoil_root(self, wrong: Wrong) -> bool:
        """True when it is so."""
        account, line = self._account(self._root), self._line()
        assert account is not None
        if self._is_spoilt(wrong, account, line, least=NOTHING):
            return True
        self._carry(self._spoiling(wrong, account, line))
        return False

    def mend_root(self) -> bool:
        """True when nothing is wrong with it."""
        account, line = self._account(self._root), self._line()
        assert account is not None
        wrong = [one for one in Wrong if self._is_spoilt(one, account, line, least=ENOUGH)]
        if not wrong:
            return True
        self._carry(self._mending(wrong[0]), self._node.friendbot if wrong[0] is Wrong.SIGNERS else None)
        return False

    def _use(self, use: Use, account: Account) -> Operation:
        to = self._chain.luck.choice((self._root, self._node.friendbot)).public_key
        match use:
            case Use.PAY:
                return Payment(to, Asset.native(), "0.0000001")
            case Use.JUMP:
                return BumpSequence(self._chain.luck.choice((account.sequence + 2, account.sequence + 1000, FAR)))
            case Use.MERGE:
                return AccountMerge(to)

    def _is_spoilt(self, wrong: Wrong, account: Account, line: Trustline | None, *, least: int) -> bool:
        """`least` is what it has of XLM and KIN, in stroops, when nothing is wrong with that."""
        match wrong:
            case Wrong.NO_XLM:
                return spendable(account) < least
            case Wrong.NO_KIN:
                return line is not None and line.balance < least
            case Wrong.NO_TRUSTLINE:
                return line is None
            case Wrong.FROZEN:
                return line is not None and not line.may_keep_offers
            case Wrong.HALF_FROZEN:
                return line is not None and line.may_keep_offers and not line.is_authorized
            case Wrong.SIGNERS:
                return bool(account.signers)

    def _spoiling(self, wrong: Wrong, account: Account, line: Trustline | None) -> list[Operation]:
        root, issuer = self._root.public_key, self._chain.issuer.public_key
        held = f"{line.balance / STROOP:.7f}" if line is not None else "0"
        give_back = Payment(issuer, self._kin, held, source=root)
        match wrong:
            case Wrong.NO_XLM:
                rest = f"{spendable(account) / STROOP:.7f}"
                return [Payment(self._node.friendbot.public_key, Asset.native(), rest, source=root)]
            case Wrong.NO_KIN:
                return [give_back]
            case Wrong.NO_TRUSTLINE:
                drop = ChangeTrust(self._kin, "0", source=root)
                return [give_back, drop] if line is not None and line.balance else [drop]
            case Wrong.FROZEN:
                return [self._may_revoke(), self._flags(clear=AUTHORIZED | MAINTAIN)]
            case Wrong.HALF_FROZEN:
                return [self._may_revoke(), self._flags(clear=AUTHORIZED, give=MAINTAIN)]
            case Wrong.SIGNERS:
                other = Signer.ed25519_public_key(self._node.friendbot.public_key, 5)
                weight = self._chain.luck.choice((0, 1))
                return [
                    SetOptions(
                        master_weight=weight,
                        low_threshold=0,
                        med_threshold=3,
                        high_threshold=3,
                        signer=other,
                        source=root,
                    )
                ]

    def _mending(self, wrong: Wrong) -> list[Operation]:
        root, issuer = self._root.public_key, self._chain.issuer.public_key
        pay = Payment(root, self._kin, "1000000", source=issuer)
        match wrong:
            case Wrong.NO_XLM:
                return [Payment(root, Asset.native(), "10000", source=self._node.friendbot.public_key)]
            case Wrong.NO_KIN:
                return [pay]
            case Wrong.NO_TRUSTLINE:
                return [ChangeTrust(self._kin, source=root), pay]
            case Wrong.FROZEN | Wrong.HALF_FROZEN:
                return [self._flags(clear=MAINTAIN, give=AUTHORIZED)]
            case Wrong.SIGNERS:
                other = Signer.ed25519_public_key(self._node.friendbot.public_key, 0)
                return [
                    SetOptions(
                        master_weight=1, low_threshold=0, med_threshold=0, high_threshold=0, signer=other, source=root
                    )
                ]

    def _may_revoke(self) -> Operation:
        return SetOptions(set_flags=AuthorizationFlag.AUTHORIZATION_REVOCABLE, source=self._chain.issuer.public_key)

    def _flags(self, *, clear: TrustLineFlags, give: TrustLineFlags | None = None) -> Operation:
        return SetTrustLineFlags(
            self._root.public_key, self._kin, clear_flags=clear, set_flags=give, source=self._chain.issuer.public_key
        )

    def _account(self, keys: Keypair) -> Account | None:
        return self._node.network.state.account(keys.raw_public_key())

    def _line(self) -> Trustline | None:
        return self._node.network.state.get((self._root.raw_public_key(), self._node.asset))  # type: ignore[return-value]

    def _channel(self, index: int) -> Keypair:
        return Keypair.from_raw_ed25519_seed(channel_seed(self._root.raw_secret_key(), index, SALT))

    def _carry(self, operations: Sequence[Operation], signer: Keypair | None = None) -> None:
        """In a transaction that uses nobody's number who matters; signed by who acts, or by `signer` for him."""
        try:
            carrier = self._node._free_minion()
        except NoMinion:
            return
        keys = {one.public_key: one for one in (self._root, self._chain.issuer, self._node.friendbot)}
        acting = {one.source.account_id for one in operations if one.source is not None}
        signers = [signer] if signer is not None else [keys[one] for one in sorted(acting)]
        self._push(carrier, operations, carrier, *signers)

    def _push(
        self, source: Keypair, operations: Sequence[Operation], *signers: Keypair, memo: str | None = None
    ) -> bool:
        """True when it waits for the next ledger; friendbot pays for it."""
        if self._chain.down:
            return False
        builder = self._node._builder(source, fee=100)
        if memo is not None:
            builder.add_text_memo(memo)
        for operation in operations:
            builder.append_operation(operation)
        inner = builder.add_time_bounds(0, 0).build()
        for one in signers:
            inner.sign(one)
        friendbot, passphrase = self._node.friendbot, self._node.network.passphrase
        bump = TransactionBuilder.build_fee_bump_transaction(friendbot, OUTBID, inner, passphrase)
        bump.sign(friendbot)
        answer = self._node.submit(bump.to_xdr(), float(self._node.network.header.close_time + 1))
        if answer.status is not Status.PENDING:
            return False
        self._chain.foreign.add(inner.hash_hex())
        return True
