"""What a reader's report weighs, and whose votes are one."""

from ipaddress import IPv6Address, ip_address
from typing import Final

from service.moderation.comment import LABELS

CATEGORIES: Final = frozenset(
    (*LABELS, "abuse", "copyright", "harassment", "hate", "misinformation", "privacy", "violence")
)
"""Reasons that are counted by their name; all others are `other`, so that nobody's own words stay in the figures."""

PRIOR: Final = 2
"""Times right and times wrong that every reader starts with, as if it had been so."""

NETWORK_BITS: Final = 64
"""Bits of an IPv6 address that one household shares (RFC 6177 and RIPE-690: subscribers get a /64 at the least)."""


def weight(right: int, wrong: int) -> float:
    """How likely this reader's next report is right, in (0, 1), after `right` and `wrong` ones.

    The mean of the posterior of a binomial under a Beta(2, 2) prior (Gelman et al., *Bayesian Data Analysis*, 2.4): a
    new reader weighs a half, four right reports in a row make three quarters of it, four wrong ones a quarter.
    """
    return (right + PRIOR) / (right + wrong + 2 * PRIOR)


def category(reason: str) -> str:
    """What a reader's reason is counted as."""
    named = "_".join(reason.casefold().replace("-", " ").replace("_", " ").split())
    return named if named in CATEGORIES else "other"


def household(address: str | None) -> str:
    """What counts as one address: an IPv4 address, or the network of an IPv6 one; "" where none is told."""
    if address is None:
        return ""
    read = ip_address(address)
    if not isinstance(read, IPv6Address):
        return str(read)
    if read.ipv4_mapped is not None:
        return str(read.ipv4_mapped)
    host = 128 - NETWORK_BITS
    return f"{IPv6Address(int(read) >> host << host)}/{NETWORK_BITS}"
