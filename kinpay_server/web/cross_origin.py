"""Requests that a browser sends for a page of another site: whoever opens that page has not asked for a payment."""

from tornado.httputil import HTTPServerRequest

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN = frozenset({"same-origin", "none"})


def is_foreign(request: HTTPServerRequest) -> bool:
    """True when the request would change something and a browser says that another site's page sent it.

    Browsers say so by `Sec-Fetch-Site`, older ones by `Origin`; other clients send neither.
    """
    if request.method in _SAFE:
        return False
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in _OWN
    origin = request.headers.get("Origin")
    return origin is not None and origin.partition("://")[2].lower() != request.host.lower()
