"""What a request may hold. Unknown fields are ignored, wrong types refused, all mistakes reported together."""

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validates_schema

from kinpay_server.domain.errors import InvalidRequest
from kinpay_server.domain.memo import MAX_BYTES, fits, payment_memo
from kinpay_server.domain.payment import PaymentStatus
from kinpay_server.web.paging import DEFAULT_LIMIT, Cursor, Limit, NewestFirst, Position
from kinpay_server.web.schema_fields import (
    AccountId,
    AccountIds,
    Amount,
    AppId,
    CallbackUrl,
    PaymentId,
    ServiceId,
    Text,
    WalletAppId,
)


class NewPaymentSchema(Schema):
    """The body of `POST /payments`; loads what a `NewPayment` takes of it."""

    class Meta:
        """Options."""

        unknown = EXCLUDE

    id = PaymentId(required=True)
    app_id = AppId(required=True)
    amount = Amount(required=True)
    recipient_address = AccountId(required=True)
    callback = CallbackUrl(required=True)

    @validates_schema(skip_on_field_errors=False)
    def memo_fits(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """The ledger has room for the memo."""
        if "id" in data and "app_id" in data and not fits(payment_memo(data["app_id"], data["id"])):
            size = len(payment_memo(data["app_id"], data["id"]).encode())
            raise ValidationError(
                f"does not fit: the memo 1-{{app_id}}-{{id}} holds at most {MAX_BYTES} bytes of UTF-8, this is {size}",
                "id",
            )


class NewWalletSchema(Schema):
    """The body of `POST /wallets`; loads what a `NewWallet` takes of it."""

    class Meta:
        """Options."""

        unknown = EXCLUDE

    address = AccountId(data_key="wallet_address", required=True)
    app_id = WalletAppId(required=True)
    id = Text(load_default=None, allow_none=True)
    callback = CallbackUrl(load_default=None, allow_none=True)


class NewServiceSchema(Schema):
    """The body of `PUT /services/{service_id}`."""

    class Meta:
        """Options."""

        unknown = EXCLUDE

    callback = CallbackUrl(required=True)
    wallet_addresses = AccountIds(required=True)


class ServiceSchema(NewServiceSchema):
    """It with the id of its path; loads a `Service`."""

    id = ServiceId(data_key="service_id", required=True)


class ServicePath(Schema):
    """The path of a service."""

    service_id = ServiceId(required=True)


class PaymentPath(Schema):
    """The path of a payment."""

    id = PaymentId(required=True)


class WalletPath(Schema):
    """The path of a wallet."""

    address = AccountId(required=True)


class DocsPath(Schema):
    """The path of a file of the documentation."""

    file = Text(required=True)


class PaymentWatchSchema(Schema):
    """The path of a watch of one payment; loads a `PaymentWatch`."""

    service_id = Text(required=True)
    address = AccountId(required=True)
    payment_id = PaymentId(required=True)


class PaymentsQuerySchema(Schema):
    """The query of `GET /payments`; an empty value is the same as none."""

    class Meta:
        """Options."""

        unknown = EXCLUDE

    status = fields.Enum(PaymentStatus, by_value=True, load_default=None, allow_none=False)
    app_id = Text(load_default=None, allow_none=False)
    limit = Limit(load_default=DEFAULT_LIMIT)
    before = Cursor(data_key="cursor", load_default=None, allow_none=False)


class WalletPaymentsQuerySchema(Schema):
    """The query of `GET /wallets/{address}/payments`; an empty value is the same as none."""

    class Meta:
        """Options."""

        unknown = EXCLUDE

    limit = Limit(load_default=DEFAULT_LIMIT)
    after = Position(data_key="cursor", load_default=None, allow_none=False)
    newest_first = NewestFirst(data_key="order", load_default=False)


def load(schema: Schema, sent: Mapping[str, Any]) -> dict[str, Any]:
    """What the schema makes of it. Raises `InvalidRequest`, which names each field that is wrong."""
    try:
        loaded: dict[str, Any] = schema.load(sent)
    except ValidationError as error:
        raise invalid(_by_field(error.messages)) from None
    return loaded


def invalid(wrong: Mapping[str, list[str]]) -> InvalidRequest:
    """The error that names the fields."""
    message = "; ".join(f"{name} {' and '.join(reasons)}" for name, reasons in wrong.items())
    return InvalidRequest(message, fields=wrong)


def _by_field(messages: object) -> dict[str, list[str]]:
    """marshmallow's messages; of a flat schema they are lists by field."""
    return messages if isinstance(messages, dict) else {}
