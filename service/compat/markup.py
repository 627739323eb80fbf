"""HTML as other systems send comments, to the text that a reader sees and the addresses behind its links.

Only what is surely a tag of HTML is taken out. A parser would also take out `<what stands between signs>`, and a site
that shows a comment as plain text shows that: it has to be scored. RE2 matches in linear time, whatever is sent.
"""

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
_ADDRESSED: Final = re2.compile(r"""(?i)<(?:a|img)\s[^<>]*?\b(?:href|src)\s*=\s*["']?(https?://[^\s"'<>]+)""")


def plain(html: str) -> str:
    """The text of a comment in HTML: entities undone, blocks on lines of their own, links' addresses at the end."""
    if "<" not in html and "&" not in html:
        return html
    addresses = [unescape(one) for one in _ADDRESSED.findall(html)]
    text = unescape(_TAGS.sub("", _BREAKS.sub("\n", html)))
    hidden = [one for one in dict.fromkeys(addresses) if one not in text]
    return "\n".join([text.strip(), *hidden])
