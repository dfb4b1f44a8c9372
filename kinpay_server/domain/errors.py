"""What can go wrong, as one tree. `code` is stable for clients; its first three digits are the HTTP status.

KinpayError
├── InvalidRequest          4000   a field is missing or wrong
│   ├── InvalidJson         4001   the body is no JSON object
├── Unauthorized            4010   no token, or not a known one
├── Forbidden               4030   a browser sent it for a page of another site
├── NotFound                4040   no such route
│   ├── PaymentNotFound     4041
│   ├── WalletNotFound      4042
│   └── ServiceNotFound     4043
├── MethodNotAllowed        4050
├── PaymentExists           4091   the id is taken: other content, or already paid
├── BodyTooLarge            4130
├── InternalError           5000
└── Unavailable             5030   the database cannot take it now
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

Fields = Mapping[str, Sequence[str]]


class KinpayError(Exception):
    """Root of all errors that a caller may see.

    `title` is the same for all errors of a class, `message` tells of this one, `fields` says what is wrong with each
    field.
    """

    code: ClassVar[int] = 5000
    title: ClassVar[str] = "Internal error"

    def __init__(self, message: str | None = None, *, fields: Fields | None = None) -> None:
        super().__init__(message or self.title)
        self.message = message
        self.fields = fields

    @property
    def http_status(self) -> int:
        """The status of the answer: the first three digits of the code."""
        return self.code // 10


class InvalidRequest(KinpayError):
    """A field is missing, has the wrong type or a value that is not allowed."""

    code = 4000
    title = "Invalid request"


class InvalidJson(InvalidRequest):
    """The body is not a JSON object in UTF-8."""

    code = 4001
    title = "Invalid JSON"


class Unauthorized(KinpayError):
    """The caller brings none of the tokens that are configured."""

    code = 4010
    title = "Unauthorized"


class Forbidden(KinpayError):
    """The request may not be made from where it comes."""

    code = 4030
    title = "Forbidden"


class NotFound(KinpayError):
    """There is no such route."""

    code = 4040
    title = "Not found"


class PaymentNotFound(NotFound):
    """There is no payment with that id."""

    code = 4041
    title = "Payment not found"


class WalletNotFound(NotFound):
    """There is no account with that address on the ledger."""

    code = 4042
    title = "Wallet not found"


class ServiceNotFound(NotFound):
    """There is no service with that id."""

    code = 4043
    title = "Service not found"


class MethodNotAllowed(KinpayError):
    """The route exists, the method does not."""

    code = 4050
    title = "Method not allowed"


class PaymentExists(KinpayError):
    """The id is taken: by a payment with other content, or by one that is already on the ledger."""

    code = 4091
    title = "Payment already exists"


class BodyTooLarge(KinpayError):
    """The body is larger than its route takes."""

    code = 4130
    title = "Body too large"


class InternalError(KinpayError):
    """Something unexpected; the log knows more under the request id."""


class Unavailable(KinpayError):
    """The database cannot take it now; the same request may be repeated."""

    code = 5030
    title = "Service unavailable"
