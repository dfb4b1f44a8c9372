"""Standard Webhooks: the headers by which a receiver knows that a callback is ours, unchanged and new."""

import hmac
from base64 import b64encode
from collections.abc import Sequence


class Signatures:
    """Signs with each of some keys, so that a receiver may know the old one or the new one while they are changed."""

    def __init__(self, keys: Sequence[bytes] = ()) -> None:
        self._keys = tuple(keys)

    def headers(self, callback_id: str, body: bytes, at: int) -> dict[str, str]:
        """`webhook-id`, the same in every try, `webhook-timestamp` (`at`: seconds since 1970, of this try), and
        `webhook-signature`, which is missing when there is no key.
        """
        headers = {"webhook-id": callback_id, "webhook-timestamp": str(at)}
        if self._keys:
            signed = f"{callback_id}.{at}.".encode() + body
            headers["webhook-signature"] = " ".join(_signature(key, signed) for key in self._keys)
        return headers


def _signature(key: bytes, signed: bytes) -> str:
    return "v1," + b64encode(hmac.digest(key, signed, "sha256")).decode()
