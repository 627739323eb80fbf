"""HTML as other systems send comments, to the text that a reader sees and the addresses behind its links.

Only what is surely a tag of HTML is taken out. A parser would also take out `<what stands between signs>`, and a site
that shows a comment as plain text shows that: it has to be scored. RE2 matches in linear time, whatever is sent.
"""

import re
from html import unescape
from typing import Final

import re2

_INLINE: Final = (
    "a|abbr|acronym|b|bdi|bdo|big|cite|code|del|dfn|em|font|i|img|ins|kbd|mark|q|rp|rt|ruby|s|samp|small|span|strike|strong"
    "|sub|sup|time|tt|u|var|wbr"
)
_BLOCK: Final = (
    "address|article|aside|blockquote|br|caption|center|dd|details|div|dl|dt|figcaption|figure|footer|h[1-6]|header|hr|li"
    "|main|nav|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul"
)
_ATTRIBUTES: Final = r"""(?:\s+[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>=]+))*\s*/?"""

_BREAKS: Final = re2.compile(rf"(?i)</?(?:{_BLOCK}){_ATTRIBUTES}>")
_TAGS: Final = re2.compile(rf"(?i)</?(?:{_INLINE}){_ATTRIBUTES}>")
_BARE: Final = re.compile(rf"</?(?:({_BLOCK})|{_INLINE})\s*/?>", re.IGNORECASE | re.ASCII)
"""Tags without attributes, most of all. Until all are found `_GONE` stands for them, so that they make no new ones."""

_GONE: Final = "\0"

_ADDRESSED: Final = re2.compile(r"""(?i)<(?:a|img)\s[^<>]*?\b(?:href|src)\s*=\s*["']?(https?://[^\s"'<>]+)""")


def plain(html: str) -> str:
    """The text of a comment in HTML: entities undone, blocks on lines of their own, links' addresses at the end."""
    if "<" not in html and "&" not in html:
        return html
    bare = _BARE.sub(lambda tag: f"{_GONE}\n" if tag[1] else _GONE, html.replace(_GONE, ""))
    sent = bare.encode("utf-8", "surrogatepass")  # RE2 tells where it found something in bytes
    addresses = [unescape(one.decode("utf-8", "replace")) for one in _ADDRESSED.findall(sent)]
    left = _TAGS.sub(lambda _: b"", _BREAKS.sub(lambda _: b"\n", sent))
    text = unescape(left.decode("utf-8", "surrogatepass").replace(_GONE, ""))
    hidden = [one for one in dict.fromkeys(addresses) if one not in text]
    return "\n".join([text.strip(), *hidden])
