"""Wallets: have one created, look one up on the ledger."""

from kinpay_server.domain.address import is_account_id
from kinpay_server.domain.amount import amount_of
from kinpay_server.domain.errors import Unavailable, WalletNotFound
from kinpay_server.domain.wallet import NewWallet
from kinpay_server.domain.watch import as_value
from kinpay_server.web.answers import (
    AcceptedWalletSchema,
    SeenPaymentsPageSchema,
    WalletCreated,
    WalletFailed,
    WalletSchema,
)
from kinpay_server.web.base import Handler
from kinpay_server.web.operations import Answer, Operation, Operations
from kinpay_server.web.query import read_query
from kinpay_server.web.schemas import NewWalletSchema, WalletPath, WalletPaymentsQuerySchema, load

_NEW_WALLET = NewWalletSchema()
_QUERY = WalletPaymentsQuerySchema()


class Wallets(Handler):
    """`/wallets`."""

    async def post(self) -> None:
        """Record a wallet to be created, durably, and nothing more: 202."""
        posted = NewWallet(
            **load(_NEW_WALLET, self.body()), request_id=self.request_id, created_at=self.services.clock()
        )
        await self.services.accept_wallet(posted)
        self.answer({"id": posted.id, "wallet_address": posted.address}, status=202)


class OneWallet(Handler):
    """`/wallets/{address}`."""

    async def get(self, address: str) -> None:
        """Answer what it holds."""
        if not is_account_id(address):
            raise WalletNotFound("that is no account id")
        wallet = await self.services.wallet(address)
        self.answer(
            {
                "wallet_address": wallet.address,
                "kin_balance": amount_of(wallet.kin),
                "native_balance": amount_of(wallet.native),
                "id": wallet.address,
            }
        )


class WalletPayments(Handler):
    """`/wallets/{address}/payments`."""

    async def get(self, address: str) -> None:
        """Answer a page of its KIN payments, the oldest first unless `order=desc`: `{payments, next}`."""
        if not is_account_id(address):
            raise WalletNotFound("that is no account id")
        query = load(_QUERY, read_query(self.request.query_arguments, _QUERY))
        page = await self.services.wallet_payments(address, **query)
        following = None if page.next is None else str(page.next)
        self.answer({"payments": [as_value(payment) for payment in page.payments], "next": following})


ROUTES = [
    (r"/wallets", Wallets),
    (r"/wallets/([^/]+)", OneWallet),
    (r"/wallets/([^/]+)/payments", WalletPayments),
]
OPERATIONS: Operations = {
    ("POST", "/wallets"): Operation(
        "Create a wallet",
        description="An address that exists already is 202 too, and told by a callback.",
        body=NewWalletSchema,
        answers={202: Answer("Recorded.", AcceptedWalletSchema)},
        errors=(Unavailable,),
        tells={"wallet": (WalletCreated, WalletFailed)},
    ),
    ("GET", "/wallets/{address}"): Operation(
        "What a wallet holds",
        path=WalletPath,
        answers={200: Answer("Its balances.", WalletSchema)},
        errors=(WalletNotFound, Unavailable),
    ),
    ("GET", "/wallets/{address}/payments"): Operation(
        "The payments of a wallet, in both directions",
        path=WalletPath,
        query=WalletPaymentsQuerySchema,
        answers={200: Answer("A page.", SeenPaymentsPageSchema)},
        errors=(WalletNotFound, Unavailable),
    ),
}
