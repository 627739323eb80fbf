"""Links in a text, hidden ones too, and the domains that they lead to."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

from linkify_it import LinkifyIt
from tldextract import TLDExtract

MAIL: Final = "mailto:"

HOST: Final = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//(?:[^/?#@\s]*@)?([^/?#:\s]+)", re.IGNORECASE)
"""The host of a link, its first group."""

LABEL: Final = re.compile(r"\w(?:[\w-]*\w)?")
"""One part of a domain's name."""

DOTS: Final = str.maketrans({"。": ".", "．": ".", "｡": ".", "․": ".", "⁄": "/", "／": "/", "：": ":"})  # noqa: RUF001
INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
HIDDEN_DOT: Final = re.compile(
    r"(?:(?<!\s)\s++)?[\[({]\s*+(?:\.|dot|punkt|point|punto|ponto)\s*+[\])}]\s*+", re.IGNORECASE
)
"""White space counts from where it begins: else a long run of it would be gone over from each of its places."""
HIDDEN_SCHEME: Final = re.compile(r"\bh(?:xx|\*\*)p(s?)\b", re.IGNORECASE)

LOOKED_AT: Final = 12_000
"""Characters of words that could be links, the first of a text: looking at them takes 1 to 3 µs each."""

PIECE: Final = 1000
"""Characters of a word from which it is looked at in parts; within one, brackets may cost the square of its length."""

NOT_OF_A_HOST: Final = re.compile(r"[^\w.-]")

MAY: Final = re.compile(r"\S[.。．｡․]\S|//|[\[({]\s*(?:\.|dot|punkt|point|punto|ponto)\s*[\])}]", re.IGNORECASE)  # noqa: RUF001


def may_have_links(text: str) -> bool:
    """Whether to look closer: False for nearly every text without a link, and for none with one."""
    return MAY.search(text) is not None


def links_in(text: str) -> tuple[list[str], bool]:
    """The registered name of each link's domain, in order, and whether the whole text was looked at: time is bounded.

    There is one name for each link; an IP address is its own.
    """
    plain = HIDDEN_SCHEME.sub(r"http\1", HIDDEN_DOT.sub(".", INVISIBLE.sub("", text.translate(DOTS))))
    words, whole = _candidates(plain)
    found = _finder().match(" ".join(words)) or []
    hosts = [HOST.match(link.url) for link in found if link.schema != MAIL]
    return [registered(host[1]) for host in hosts if host], whole


def _candidates(text: str) -> tuple[list[str], bool]:
    """The words of a text that could be links, long ones in parts, and whether these are all of them."""
    words = [word for word in text.split() if "." in word or "//" in word]
    if sum(map(len, words)) <= LOOKED_AT:
        return [part for word in words for part in _parts(word)], True
    kept: list[str] = []
    room = LOOKED_AT
    for word in words:
        kept += _parts(word[:room])
        room -= len(word)
        if room <= 0:
            break
    return kept, False


def _parts(word: str) -> Iterator[str]:
    """A word cut where no host is, as far as there is such a place; what is cut off begins with that sign."""
    while len(word) > PIECE:
        cut = next((at for at in range(PIECE, 0, -1) if NOT_OF_A_HOST.match(word, at)), PIECE)
        yield word[:cut]
        word = word[cut:]
    yield word


@lru_cache(maxsize=1 << 12)
def registered(host: str) -> str:
    """The name that was registered, as IDNA's ASCII: `news.bbc.co.uk` gives `bbc.co.uk`; a host without one itself."""
    plain = unicodedata.normalize("NFKC", host[:253]).lower().strip(".")
    name = _suffixes()(plain).top_domain_under_public_suffix or plain
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def is_registered(name: str) -> bool:
    """Whether it is a domain as it was registered: a public suffix with one label before it, and nothing else."""
    found = _suffixes()(name.lower())
    whole = f"{found.domain}.{found.suffix}" == name.lower()
    return bool(whole and found.suffix and LABEL.fullmatch(found.domain))


@cache
def _finder() -> LinkifyIt:
    """The same for all: it keeps nothing of what it was asked."""
    return LinkifyIt()


@cache
def _suffixes() -> TLDExtract:
    """The public suffix list that comes with the library; nothing is fetched, nothing kept on disk."""
    return TLDExtract(suffix_list_urls=(), cache_dir=None)
