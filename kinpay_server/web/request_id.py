"""The id by which a caller, the answer and the log know one request."""

import re
import uuid

HEADER = "X-Request-Id"

_SANE = re.compile(r"[!-~](?:[ -~]{0,126}[!-~])?")


def request_id_of(sent: str | None) -> str:
    """The caller's id when it is 1 to 128 characters of printable ASCII without space around, else a new one."""
    return sent if sent and _SANE.fullmatch(sent) else str(uuid.uuid4())
