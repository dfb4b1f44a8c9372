"""The hosts that may be called back: names, `*.example.com` patterns, IP addresses, with one port or any; IP networks.

It is the host as it stands in a URL that counts; what a name resolves to is for whoever keeps the names. Case and a dot
at the end make no difference, an international name is the same as its `xn--` form.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network

_EXPECTED = (
    "host names, *.example.com patterns, IP addresses or networks like 10.0.0.0/8, separated by blanks, "
    "each but a network with a :port if only that one is allowed"
)
_ENTRY = re.compile(r"(?P<host>\[[^\]]+\]|[^:\[\]]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[^:\[\]]*)(?::(?P<port>[0-9]{1,5}))?")
_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_AMBIGUOUS = frozenset("ßς\u200c\u200d")
"""Old and new rules for international names make different names of these."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """`name` is a host name, or with a dot at its beginning all below that one; or else `network` holds an address."""

    name: str | None
    network: Network | None
    port: int | None

    def allows(self, host: str | IPv4Address | IPv6Address, port: int) -> bool:
        if self.port not in (None, port):
            return False
        if isinstance(host, str):
            return self.name is not None and (host.endswith(self.name) if self.name[0] == "." else host == self.name)
        return self.network is not None and host in self.network


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """Without rules every host is allowed."""

    rules: tuple[_Rule, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "AllowedHosts":
        """The rules that a text lists. Raises `ValueError`, which says what is expected."""
        return cls(tuple(_rule(entry) for entry in text.split()))

    def allow(self, host: str, port: int) -> bool:
        """True when this host (an IPv6 address with or without brackets) may be called on this port."""
        if not self.rules:
            return True
        try:
            known = _host(host)
        except ValueError:
            return False
        return any(rule.allows(known, port) for rule in self.rules)

    def allow_url(self, url: str) -> bool:
        """The same for the host and port of an absolute http or https URL."""
        parts = urlsplit(url)
        return self.allow(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))


def _rule(entry: str) -> _Rule:
    parts = _ENTRY.fullmatch(entry)
    try:
        if "/" in entry:
            return _Rule(None, _network(entry), None)
        if parts is None:
            raise ValueError
        return _rule_of(parts["host"], _port(parts["port"]))
    except ValueError:
        raise ValueError(_EXPECTED) from None


def _rule_of(host: str, port: int | None) -> _Rule:
    if host.startswith("*."):
        return _Rule("." + _name(host[2:]), None, port)
    known = _host(host)
    return _Rule(known, None, port) if isinstance(known, str) else _Rule(None, ip_network(known), port)


def _port(text: str | None) -> int | None:
    port = None if text is None else int(text)
    if port is not None and not 0 < port <= 65535:
        raise ValueError
    return port


def _network(text: str) -> Network:
    """A network, as addresses in URLs are compared: those of IPv4 written as IPv6 are IPv4."""
    network = ip_network(text)
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    return network if mapped is None else ip_network((mapped, max(0, network.prefixlen - 96)))


def _host(text: str) -> str | IPv4Address | IPv6Address:
    """An IP address, or a name in its ASCII form. Raises `ValueError` for all that is neither."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        address = ip_address(bare)
    except ValueError:
        return _name(text)
    return getattr(address, "ipv4_mapped", None) or address


def _name(text: str) -> str:
    """A host name in lower case, ASCII, without the dot at its end. A number is none: resolvers take it for IPv4."""
    if not _AMBIGUOUS.isdisjoint(text):
        raise ValueError
    name = text.lower().removesuffix(".")
    name = name if name.isascii() else name.encode("idna").decode("ascii").lower()
    if len(name) > 253 or not _NAME.fullmatch(name) or _NUMBER.fullmatch(name):
        raise ValueError
    return name
