"""Where a delivery may go: an address that is public, or that the operator allowed by name of its network."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

URL_MOST: Final = 2000
"""Characters of a hook's URL."""

NOT_PUBLIC: Final = tuple(
    IPv4Network(one)
    for one in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # between a carrier and its customers
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, where clouds tell a machine its secrets
        "168.63.129.16/32",  # not in the registry: where Azure tells a machine its secrets
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "198.18.0.0/15",  # measurements
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and the broadcast address
    )
)
"""IPv4 addresses that are nobody's on the Internet, from IANA's registry of special purposes, and one more."""

PUBLIC_IPV6: Final = IPv6Network("2000::/3")
"""All that is given out so far; loopback, link-local, private and multicast addresses lie outside."""

NOT_PUBLIC_IPV6: Final = tuple(
    IPv6Network(one)
    for one in (
        "2001::/23",  # protocols, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "3fff::/20",  # documentation
    )
)

MAPPED: Final = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
"""IPv6 addresses that mean the IPv4 address in their last 32 bits: mapped ones, and NAT64's (RFC 6052)."""

ISATAP: Final = (0x00005EFE, 0x02005EFE)
"""The upper half of an interface's id that says the same of its lower half, under any prefix (RFC 5214)."""

URL: Final = re.compile(r"[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]+")
"""What a URL is made of, but for a fragment. What is not ASCII is written percent-encoded, a name in Punycode."""

NAME: Final = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")

NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""A last label that makes a name an address to some resolvers, such as `127.1` or `0x7f000001`."""

LEAST_PORT: Final = 1024
"""Below it only those of the web: 80 and 443."""


class UnusableUrl(Exception):
    """A URL to which nothing is delivered; the message says why, and quotes nothing of it."""


class Networks:
    """Networks that the operator named. An address is in them by how it is written, not by what it stands for."""

    def __init__(self, networks: Iterable[Network] = ()) -> None:
        self._networks = tuple(networks)

    @classmethod
    def parse(cls, text: str) -> "Networks":
        """Networks such as `10.0.0.0/8, fd00::/8`.

        :raises ValueError: one is none.
        """
        return cls(ip_network(one.strip()) for one in text.split(",") if one.strip())

    def __contains__(self, address: Address) -> bool:
        return any(address in network for network in self._networks)

    def __iter__(self) -> Iterator[Network]:
        return iter(self._networks)

    def __str__(self) -> str:
        return ", ".join(map(str, self._networks)) or "none"


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart, the only form in which it is connected to; `path` has the query string."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def literal(self) -> Address | None:
        """The address that stands in place of a name."""
        return _literal(self.host)

    @property
    def authority(self) -> str:
        """As the header `Host` wants it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _usual_port(self.scheme) else f"{host}:{self.port}"


def target_of(url: str) -> Target:
    """A URL's parts.

    :raises UnusableUrl: it is none that could be delivered to.
    """
    if len(url) > URL_MOST or not URL.fullmatch(url):
        raise UnusableUrl(f"A URL is up to {URL_MOST} ASCII characters, without blanks and without a fragment.")
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").lower()
    except ValueError as problem:
        raise UnusableUrl("Not a URL.") from problem
    if parts.scheme not in {"https", "http"}:
        raise UnusableUrl("Only https is delivered to.")
    if "@" in parts.netloc:
        raise UnusableUrl("A URL with a name or a password in it is refused.")
    if not NAME.fullmatch(host) and _literal(host) is None:
        raise UnusableUrl("The URL names no host.")
    if _literal(host) is None and NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        raise UnusableUrl("An IPv4 address is written as four decimal numbers.")
    port = _usual_port(parts.scheme) if port is None else port
    if port not in {80, 443} and port < LEAST_PORT:
        raise UnusableUrl(f"A port is 80, 443, or {LEAST_PORT} and above.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path)


def check_url(url: str, networks: Networks) -> None:
    """What can be said of a URL before a name is resolved.

    :raises UnusableUrl: nothing could ever be delivered to it.
    """
    target = target_of(url)
    local = target.host.rstrip(".").rpartition(".")[2] == "localhost"
    known = ip_address("127.0.0.1") if local else target.literal
    if known is not None:
        check_address(known, target.scheme, networks)
    elif target.scheme == "http" and not list(networks):
        raise UnusableUrl("Only https is delivered to.")


def check_address(address: Address, scheme: str, networks: Networks) -> None:
    """Whether a delivery may go to this very address.

    :param networks: allowed although they are not public, also without TLS.
    :raises UnusableUrl: it may not.
    """
    if meant(address) in networks:
        return
    if not is_public(address):
        raise UnusableUrl("The address is not a public one.")
    if scheme != "https":
        raise UnusableUrl("Only https is delivered to.")


def is_public(address: Address) -> bool:
    """Whether an address is somebody's on the Internet, whatever form it is written in."""
    address = meant(address)
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_PUBLIC)
    return address in PUBLIC_IPV6 and not any(address in network for network in NOT_PUBLIC_IPV6)


def meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, or the address itself."""
    if isinstance(address, IPv6Address):
        upper, lower = int(address) >> 32 & 0xFFFFFFFF, int(address) & 0xFFFFFFFF
        if upper in ISATAP or any(address in network for network in MAPPED):
            return IPv4Address(lower)
    return address


def _literal(host: str) -> Address | None:
    try:
        return None if "%" in host else ip_address(host)
    except ValueError:
        return None


def _usual_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80
