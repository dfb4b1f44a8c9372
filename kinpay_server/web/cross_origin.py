"""Requests that a browser sends for a page of another site: whoever opens that page has not asked for a payment."""

from ipaddress import ip_address

from tornado.httputil import HTTPServerRequest, split_host_and_port

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN = frozenset({"same-origin", "none"})


def is_foreign(request: HTTPServerRequest, *, guarded: bool) -> bool:
    """True when the request would change something and a browser may have sent it for another site's page.

    Browsers say so by `Sec-Fetch-Site`, older ones by `Origin`; other clients send neither. A site can have its own
    name lead to this machine, and then its page is of the same origin as the service: where no token guards it
    (`guarded` False), a browser must have called it by an address or as localhost, which no site can own.
    """
    if request.method in _SAFE:
        return False
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is None and origin is None:
        return False
    if not guarded and not _is_nobodys(request.host):
        return True
    if site is not None:
        return site not in _OWN
    return (origin or "").partition("://")[2].lower() != request.host.lower()


def _is_nobodys(host: str) -> bool:
    """True for a `Host` that no site can have lead here: an IP address, or localhost."""
    name = split_host_and_port(host.lower())[0].strip("[]")
    try:
        ip_address(name)
    except ValueError:
        return name == "localhost"
    return True
