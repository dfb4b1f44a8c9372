"""Horizon's problem bodies (RFC 7807), word for word."""

from typing import Any

BASE = "https://stellar.org/horizon-errors/"


class Problem(Exception):
    """An answer that is a problem; raised by whatever finds it, shown by the server."""

    def __init__(self, status: int, kind: str, title: str, detail: str = "", **extras: Any) -> None:
        super().__init__(title)
        self.status = status
        self.body: dict[str, Any] = {"type": BASE + kind, "title": title, "status": status}
        if detail:
            self.body["detail"] = detail
        if extras:
            self.body["extras"] = extras


def not_found() -> Problem:
    """404: no such path or nothing there."""
    return Problem(
        404,
        "not_found",
        "Resource Missing",
        "The resource at the url requested was not found.  This usually occurs for one of two reasons:  "
        "The url requested is not valid, or no data in our database could be found with the parameters provided.",
    )


def bad_request(field: str | None = None, reason: str = "") -> Problem:
    """400: a parameter that is none; `field` and `reason` are missing where Horizon leaves them out."""
    extras = {} if field is None else {"invalid_field": field, "reason": reason}
    return Problem(400, "bad_request", "Bad Request", "The request you sent was invalid in some way.", **extras)


def before_history() -> Problem:
    """410: older than what is kept."""
    return Problem(
        410,
        "before_history",
        "Data Requested Is Before Recorded History",
        "This horizon instance is configured to only track a portion of the stellar network's latest history. "
        "This request is asking for results prior to the recorded history known to this horizon instance.",
    )


def not_acceptable() -> Problem:
    """406: the client understands nothing that there is."""
    return Problem(406, "not_acceptable", "An acceptable response content-type could not be provided for this request")


def unsupported_media_type() -> Problem:
    """415: a submission that is no form."""
    return Problem(
        415,
        "unsupported_media_type",
        "Unsupported Media Type",
        "The request has an unsupported content type. Presently, the only supported content type is "
        "application/x-www-form-urlencoded.",
    )


def server_error() -> Problem:
    """500."""
    return Problem(
        500,
        "server_error",
        "Internal Server Error",
        "An error occurred while processing this request.  This is usually due to a bug within the server software.  "
        "Trying this request again may succeed if the bug is transient. Otherwise, please contact the system "
        "administrator.",
    )


def rate_limited() -> Problem:
    """429."""
    return Problem(
        429,
        "rate_limit_exceeded",
        "Rate Limit Exceeded",
        "The rate limit for the requesting IP address is over its alloted limit.  The allowed limit and requests left "
        "per time period are communicated to clients via the http response headers 'X-RateLimit-*' headers.",
    )


def transaction_malformed(text: str, **more: Any) -> Problem:
    """400: not an envelope; the async call adds an empty `error`."""
    return Problem(
        400,
        "transaction_malformed",
        "Transaction Malformed",
        "Horizon could not decode the transaction envelope in this request. A transaction should be an XDR "
        "TransactionEnvelope struct encoded using base64.  The envelope read from this request is echoed in the "
        "`extras.envelope_xdr` field of this response for your convenience.",
        envelope_xdr=text,
        **more,
    )


def transaction_failed(envelope: str, codes: dict[str, Any], result: str) -> Problem:
    """400: refused, or applied and failed."""
    return Problem(
        400,
        "transaction_failed",
        "Transaction Failed",
        "The transaction failed when submitted to the stellar network. The `extras.result_codes` field on this "
        "response contains further details.  Descriptions of each code can be found at: "
        "https://developers.stellar.org/api/errors/http-status-codes/horizon-specific/transaction-failed/",
        envelope_xdr=envelope,
        result_codes=codes,
        result_xdr=result,
    )


def invalid_accounts_params() -> Problem:
    """400: /accounts wants exactly one filter."""
    return Problem(
        400,
        "invalid_accounts_params",
        "Invalid Accounts Parameters",
        "Exactly one filter is required. Please ensure that you are including a signer, sponsor, asset, or liquidity "
        "pool filter.",
    )


def still_ingesting() -> Problem:
    """503: what is asked for has not been read yet."""
    return Problem(
        503,
        "still_ingesting",
        "Still Ingesting",
        "Data cannot be presented because it's still being ingested. Please wait for several minutes before trying "
        "your request again.",
    )
