"""Who calls: the name of the token that a request brings, as a bearer token or as the password of HTTP Basic."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from hashlib import sha256

from kinpay_server.domain.errors import Unauthorized

CHALLENGES = ('Bearer realm="kinpay"', 'Basic realm="kinpay", charset="UTF-8"')
"""What `WWW-Authenticate` says, in a header each: browsers that know one only take the one that they know."""


class Callers:
    """Knows the tokens, by their digests: comparing those takes as long whatever is sent, and however long it is."""

    def __init__(self, tokens: Mapping[str, str]) -> None:
        self._digests = {name: sha256(token.encode()).digest() for name, token in tokens.items()}

    @property
    def known(self) -> bool:
        """True when there are tokens, so that a caller must bring one."""
        return bool(self._digests)

    def name_of(self, authorization: str | None) -> str | None:
        """The name of the token that was sent; None when no tokens are configured, so that anybody may call.

        Raises `Unauthorized`.
        """
        if not self._digests:
            return None
        if not authorization:
            raise Unauthorized("a token is needed: Authorization: Bearer …, or HTTP Basic with the token as password")
        sent = sha256(_token_in(authorization)).digest()
        found = [name for name, known in self._digests.items() if hmac.compare_digest(known, sent)]
        if not found:
            raise Unauthorized("that token is not known here")
        return found[0]


def _token_in(authorization: str) -> bytes:
    """The bearer token or the password; nothing when the header holds something else."""
    scheme, _, rest = authorization.strip().partition(" ")
    credentials = rest.strip().encode("utf-8", "surrogatepass")
    if scheme.lower() == "bearer":
        return credentials
    return _password_in(credentials) if scheme.lower() == "basic" else b""


def _password_in(credentials: bytes) -> bytes:
    try:
        return base64.b64decode(credentials, validate=True).partition(b":")[2]
    except binascii.Error:
        return b""
