"""Fields that know the contract's rules. Each says what is allowed, never what was sent: that may be a secret."""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import ValidationError, fields

from kinpay_server.domain.address import is_account_id
from kinpay_server.domain.amount import MAX_STROOPS, STROOPS_PER_UNIT, InvalidAmount, parse_amount
from kinpay_server.domain.memo import MAX_BYTES, fits, payment_memo, wallet_memo
from kinpay_server.domain.watch import MAX_ADDRESSES
from kinpay_server.web import callback_hosts

_PRINTABLE = r"[^\u0000-\u001f\u007f-\u009f\u2028\u2029]"
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SEED = re.compile(r"\s*S[A-Z2-7]{55}\s*", re.IGNORECASE)
_MUXED = re.compile(r"M[A-Z2-7]{68}")
_URL = re.compile(
    r"https?://(?P<host>[^\s/?#@\\:\[\]]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?(?:[/?#]\S*)?", re.IGNORECASE
)
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?", re.IGNORECASE)
_MAX_URL = 2048
_MAX_SERVICE_ID = 255


class Text(fields.String):
    """Text that is not empty and holds no control character, line separator or lone surrogate.

    `expected` says what is allowed in words, `openapi` for machines, as far as that language goes.
    """

    openapi: ClassVar[Mapping[str, Any]] = {"minLength": 1, "pattern": f"^{_PRINTABLE}+$"}
    expected = "text that is not empty, without control characters and lone surrogates"

    def __init__(self, **kwargs: Any) -> None:
        expected = self.expected.replace("{", "{{").replace("}", "}}")  # marshmallow formats these
        messages: dict[str, Any] = {"required": f"is required: {expected}", "null": f"must be {expected}"}
        super().__init__(error_messages=messages, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_kwargs: Any) -> str:
        if not isinstance(value, str) or not self.accepts(value):
            raise ValidationError(f"must be {self.expected}")
        return value

    def accepts(self, text: str) -> bool:
        """True when the text is allowed."""
        return is_text(text)


class PaymentId(Text):
    """A payment's id, which a memo can hold beside the shortest app_id."""

    openapi: ClassVar[Mapping[str, Any]] = {
        **Text.openapi,
        "maxLength": MAX_BYTES - len(payment_memo("a", "")),
        "example": "order-17",
    }
    expected = f"{Text.expected}; the memo 1-{{app_id}}-{{id}} holds at most {MAX_BYTES} bytes of UTF-8"

    def accepts(self, text: str) -> bool:
        """True when the text is allowed."""
        return is_text(text) and fits(payment_memo("a", text))


class AppId(Text):
    """An app's id, which a memo can hold beside the shortest id, and without a hyphen, which ends it there."""

    openapi: ClassVar[Mapping[str, Any]] = {
        "minLength": 1,
        "maxLength": MAX_BYTES - len(payment_memo("", "a")),
        "pattern": "^[^-]+$",
        "example": "shop",
    }
    expected = (
        f"{Text.expected}, without a hyphen; the memo 1-{{app_id}}-{{id}} holds at most {MAX_BYTES} bytes of UTF-8"
    )

    def accepts(self, text: str) -> bool:
        """True when the text is allowed."""
        return is_text(text) and "-" not in text and fits(payment_memo(text, "a"))


class WalletAppId(Text):
    """The app_id of a wallet, whose memo has no id and so more room."""

    openapi: ClassVar[Mapping[str, Any]] = {
        "minLength": 1,
        "maxLength": MAX_BYTES - len(wallet_memo("")),
        "pattern": "^[^-]+$",
        "example": "shop",
    }
    expected = f"{Text.expected}, without a hyphen; the memo 1-{{app_id}} holds at most {MAX_BYTES} bytes of UTF-8"

    def accepts(self, text: str) -> bool:
        """True when the text is allowed."""
        return is_text(text) and "-" not in text and fits(wallet_memo(text))


class AccountId(Text):
    """A valid account id. The message tells a seed and a muxed address by their kind."""

    openapi: ClassVar[Mapping[str, Any]] = {
        "format": "stellar-account-id",
        "pattern": "^G[A-Z2-7]{55}$",
        "example": "GDQP2KPQGKIHYJGXNUIYOMHARUARCA7DJT5FO2FFOOKY3B2WSQHG4W37",
    }
    expected = "an account id: G and 55 more characters, with the right checksum"

    def accepts(self, text: str) -> bool:
        """True for an account id."""
        if is_account_id(text):
            return True
        if _SEED.fullmatch(text):
            raise ValidationError(f"must be {self.expected}; this is a secret seed, which nobody else may ever see")
        if _MUXED.fullmatch(text):
            raise ValidationError(f"must be {self.expected}; muxed addresses (M…) are not supported")
        return False


class AccountIds(fields.Field[tuple[str, ...]]):
    """A list of account ids, which may be empty; one that comes again counts once."""

    openapi: ClassVar[Mapping[str, Any]] = {"type": "array", "items": {"type": "string", **AccountId.openapi}}
    expected = f"a list of at most {MAX_ADDRESSES} account ids"
    default_error_messages = {  # noqa: RUF012 - marshmallow's own way
        "required": f"is required: {expected}",
        "null": f"must be {expected}",
    }

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_kwargs: Any
    ) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise ValidationError(f"must be {self.expected}")
        one = AccountId()
        for place, address in enumerate(value):
            try:
                one.deserialize(address)
            except ValidationError as error:
                raise ValidationError(f"item {place} {' and '.join(map(str, error.messages))}") from None
        distinct = tuple(dict.fromkeys(value))
        if len(distinct) > MAX_ADDRESSES:
            raise ValidationError(f"must be {self.expected}: these are {len(distinct)}")
        return distinct


class ServiceId(Text):
    """A service's id."""

    openapi: ClassVar[Mapping[str, Any]] = {**Text.openapi, "maxLength": _MAX_SERVICE_ID, "example": "shop"}
    expected = f"text of 1 to {_MAX_SERVICE_ID} characters, without control characters and lone surrogates"

    def accepts(self, text: str) -> bool:
        """True when the text is allowed."""
        return is_text(text) and len(text) <= _MAX_SERVICE_ID


class CallbackUrl(Text):
    """An absolute http or https URL that can be called, and whose host may be called."""

    openapi: ClassVar[Mapping[str, Any]] = {
        "format": "uri",
        "maxLength": _MAX_URL,
        "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^/?#]+",
        "example": "https://app.example/kinpay",
    }
    expected = (
        f"an http or https URL with a host, of at most {_MAX_URL} characters, without white space, control characters, "
        "user name and password"
    )

    def accepts(self, text: str) -> bool:
        """True for a URL that can be called."""
        parts = _URL.fullmatch(text) if len(text) <= _MAX_URL and is_text(text) else None
        if parts is None:
            return False
        if not 0 < int(parts["port"] or 80) <= 65535 or not _is_host(parts["host"]):
            return False
        if not callback_hosts.allowed_hosts.get().allow_url(text):
            raise ValidationError("must be a URL on a host that may be called back ([callbacks] allowed_hosts)")
        return True


class Amount(fields.Field[int]):
    """An amount of KIN, in stroops once it is loaded."""

    openapi: ClassVar[Mapping[str, Any]] = {
        "oneOf": [
            {"type": "number", "minimum": 0, "exclusiveMinimum": True, "maximum": MAX_STROOPS // STROOPS_PER_UNIT},
            {"type": "string", "pattern": r"^[0-9]{1,12}(\.[0-9]{1,7})?$"},
        ],
        "description": str(InvalidAmount()),
        "example": 5,
    }
    default_error_messages = {  # noqa: RUF012 - marshmallow's own way
        "required": f"is required: {InvalidAmount()}",
        "null": str(InvalidAmount()),
    }

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_kwargs: Any) -> int:
        try:
            return parse_amount(value)
        except InvalidAmount as error:
            raise ValidationError(str(error)) from None


def is_text(text: str) -> bool:
    """True for text that is not empty and can be stored, sent and shown everywhere."""
    return bool(text) and _UNPRINTABLE.search(text) is None


def _is_host(host: str) -> bool:
    """True for a host name, an international one too, and for an IP address."""
    if host.startswith("["):
        return _is_ipv6(host[1:-1])
    try:
        return (
            len(host) <= 253 and _HOST.fullmatch(host if host.isascii() else host.encode("idna").decode()) is not None
        )
    except UnicodeError:
        return False


def _is_ipv6(text: str) -> bool:
    try:
        return bool(ipaddress.IPv6Address(text))
    except ValueError:
        return False
