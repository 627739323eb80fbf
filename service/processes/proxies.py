"""Which proxies are believed about whom they speak for."""

from ipaddress import IPv4Network, IPv6Network, ip_address

from service.webhooks.addresses import Address, Networks


def client_of(peer: str, forwarded: str, proxies: Networks) -> str:
    """The address of who asks, behind any number of proxies that are believed.

    Each proxy writes at the end of `X-Forwarded-For` whom it was called by. So the list is read from its end, and the
    first who is no such proxy is the one: what stands before is what they said themselves.

    :param peer: who is connected; "" for a Unix socket, behind which only this machine's programs are.
    """
    said = [one.strip() for one in forwarded.split(",") if one.strip()]
    known = peer
    while said and believed(known, proxies):
        named = _address(said.pop())
        if named is None:  # not an address: whoever wrote that is as far as can be seen
            break
        known = str(named)
    return known


def believed(peer: str, proxies: Networks) -> bool:
    """Whether what a peer says of others is taken for true.

    An IPv6 address counts as an IPv4 one only as a socket for both versions shows it. Others that have one within may
    be anybody's.
    """
    address = _address(peer)
    if address is None:
        return not peer
    return (getattr(address, "ipv4_mapped", None) or address) in proxies


def both_ways(proxies: Networks) -> list[str]:
    """The networks, those of IPv4 also as a socket for both versions shows them."""
    mapped = [
        str(IPv6Network((int(one.network_address) | 0xFFFF << 32, 96 + one.prefixlen)))
        for one in proxies
        if isinstance(one, IPv4Network)
    ]
    return [*map(str, proxies), *mapped]


def _address(text: str) -> Address | None:
    """An address, which some proxies write with a port, and IPv6 in brackets then."""
    bare = text
    if text.startswith("["):
        bare = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        bare = text.partition(":")[0]
    try:
        return ip_address(bare)
    except ValueError:
        return None
