"""The shapes of answers and callbacks, for the document that tells of them; a test holds the answers to them."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, validate

from kinpay_server.domain.payment import PaymentStatus


def said(*words: str, **kwargs: Any) -> fields.String:
    """One of these words."""
    return fields.String(required=True, validate=validate.OneOf(words), **kwargs)


def text(**kwargs: Any) -> fields.String:
    """Text that is always there, though it may be null when `allow_none` is given."""
    return fields.String(required=True, **kwargs)


def amount() -> fields.Decimal:
    """An exact amount, a JSON number."""
    return fields.Decimal(required=True)


class Shape(Schema):
    """A shape that fields may be added to: clients ignore what they do not know."""

    class Meta:
        """Options."""

        unknown = EXCLUDE


class PaymentSchema(Shape):
    """A payment."""

    id = text()
    app_id = text()
    amount = amount()
    recipient_address = text()
    status = fields.Enum(PaymentStatus, by_value=True, required=True)
    sender_address = fields.String(metadata={"description": "Of one that has succeeded."})
    transaction_id = fields.String(metadata={"description": "Of one that has succeeded."})
    timestamp = fields.String(metadata={"description": "Of one that has succeeded."})
    reason = fields.String(metadata={"description": "Of one that has failed, for people."})


class PaymentsPageSchema(Shape):
    """A page of payments."""

    payments = fields.List(fields.Nested(PaymentSchema), required=True)
    next = text(allow_none=True, metadata={"description": "The `cursor` of the next page; null on the last one."})


class MoneySchema(Shape):
    """An amount of any asset."""

    amount = amount()
    asset_code = text()
    asset_issuer = text(allow_none=True, metadata={"description": "null: XLM."})


class SeenPaymentSchema(Shape):
    """A KIN payment as the ledger shows it, ours or not."""

    id = text(allow_none=True, metadata={"description": "null when its memo is not ours."})
    app_id = text(allow_none=True, metadata={"description": "null when its memo is not ours."})
    amount = amount()
    recipient_address = text()
    sender_address = text()
    transaction_id = text()
    timestamp = text()
    status = said(PaymentStatus.SUCCEEDED.value)
    sent = fields.Nested(MoneySchema, metadata={"description": "What a path payment took from the sender."})
    received = fields.Nested(MoneySchema, metadata={"description": "What a path payment gave to the recipient."})


class SeenPaymentsPageSchema(Shape):
    """A page of a wallet's payments."""

    payments = fields.List(fields.Nested(SeenPaymentSchema), required=True)
    next = text(allow_none=True, metadata={"description": "The `cursor` of the next page; null on the last one."})


class AcceptedWalletSchema(Shape):
    """A wallet that is to be created."""

    id = text(allow_none=True)
    wallet_address = text()


class WalletSchema(Shape):
    """What a wallet holds."""

    wallet_address = text()
    kin_balance = amount()
    native_balance = amount()
    id = text()


class ServiceAnswerSchema(Shape):
    """A service."""

    id = text()
    service_id = text()
    callback = text()
    wallet_addresses = fields.List(fields.String(), required=True)


class ServicesSchema(Shape):
    """All services."""

    services = fields.List(fields.Nested(ServiceAnswerSchema), required=True)


class WatchersSchema(Shape):
    """Who watches which address: pairs of a service's id and its callback URL."""

    watchers = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.List(fields.String(), validate=validate.Length(equal=2))),
        required=True,
    )


class NothingSchema(Shape):
    """`{}`"""


class BuildSchema(Shape):
    """What was built when from what."""

    version = fields.String()
    timestamp = text(allow_none=True)
    commit = text(allow_none=True)


class CheckSchema(Shape):
    """One thing that was looked at."""

    status = said("ok", "unwell")
    message = fields.String(metadata={"description": "What is wrong, and what to do."})
    payments_wait = fields.Boolean(metadata={"description": "No payment is sent while this is unwell."})


class StatusSchema(Shape):
    """How the service is."""

    app_name = text()
    status = said("ok", "unwell")
    start_time = text()
    build = fields.Nested(BuildSchema, required=True)
    checks = fields.Dict(keys=fields.String(), values=fields.Nested(CheckSchema), required=True)


class UnwellSchema(StatusSchema):
    """How the service is, while payments wait; with the fields that every error has."""

    code = fields.Integer(required=True)
    error = text()


class PublicConfigSchema(Shape):
    """What a client has to know to use the same network and asset."""

    horizon_url = text()
    network_passphrase = text()
    asset_issuer = text()
    asset_code = text()


class DocumentSchema(Shape):
    """An OpenAPI document."""

    openapi = text()
    info = fields.Dict(required=True)
    paths = fields.Dict(required=True)
    components = fields.Dict(required=True)
    tags = fields.List(fields.Dict())
    servers = fields.List(fields.Dict(), required=True)
    security = fields.List(fields.Dict())


class ErrorSchema(Shape):
    """What every error looks like."""

    code = fields.Integer(required=True, metadata={"description": "Stable; its first three digits are the status."})
    error = text(metadata={"description": "The same for all errors with this code."})
    message = fields.String(metadata={"description": "Tells of this one, for people."})
    fields_ = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        data_key="fields",
        metadata={"description": "What is wrong with which field."},
    )


def event(name: str, words: tuple[str, str, str], value: type[Schema]) -> type[Schema]:
    """The shape of a callback: object, action and state are these words."""
    shape: dict[str, Any] = {key: said(word) for key, word in zip(("object", "action", "state"), words, strict=True)}
    return Shape.from_dict(shape | {"value": fields.Nested(value, required=True)}, name=f"{name}Schema")


class FailedPaymentSchema(Shape):
    """A payment that cannot be made, ever."""

    id = text()
    reason = text(metadata={"description": "For people."})
    code = text(metadata={"description": "Stable."})


class FailedWalletSchema(AcceptedWalletSchema):
    """A wallet that could not be created."""

    reason = text(metadata={"description": "`account exists`, word for word, when it did before."})
    code = text(metadata={"description": "Stable."})


PaymentSucceeded = event("PaymentSucceeded", ("payment", "send", "success"), PaymentSchema)
PaymentFailed = event("PaymentFailed", ("payment", "send", "fail"), FailedPaymentSchema)
PaymentSeen = event("PaymentSeen", ("payment", "receive", "success"), SeenPaymentSchema)
WalletCreated = event("WalletCreated", ("wallet", "create", "success"), AcceptedWalletSchema)
WalletFailed = event("WalletFailed", ("wallet", "create", "fail"), FailedWalletSchema)
