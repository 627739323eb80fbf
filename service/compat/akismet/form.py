"""A form as Akismet's clients send it: whatever its content type says, and in whichever charset."""

import re
from typing import Final
from urllib.parse import unquote_to_bytes

FIELDS: Final = 10_000
"""Fields that are looked at; what stands behind them is left out. WordPress sends some hundred."""

LATIN: Final = "cp1252"
"""What a browser takes ISO-8859-1 for, and what text is that is no UTF-8 and says nothing of itself."""

CHARSETS: Final = frozenset(
    {
        *(f"iso-8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)),
        *(f"windows-{page}" for page in (1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258)),
        *("koi8-r", "koi8-u", "big5", "gbk", "gb2312", "gb18030", "euc-jp", "shift_jis", "euc-kr"),
    }
)
"""Charsets in which ASCII is itself; a name that a client makes up is not handed to Python's registry of codecs."""

_CHARSET: Final = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE)


def fields_of(content: bytes, content_type: str = "") -> dict[str, str]:
    """The fields of a form, URL-encoded; of repeated ones the last, as PHP has it.

    UTF-8 is UTF-8 whatever was declared. Anything else is in the charset of the content type or of `blog_charset`.
    """
    sent: dict[bytes, bytes] = {}
    for pair in content.split(b"&", FIELDS)[:FIELDS]:
        name, _, value = pair.replace(b"+", b" ").partition(b"=")
        sent[unquote_to_bytes(name)] = unquote_to_bytes(value)
    declared = _CHARSET.search(content_type)
    named = declared[1] if declared else sent.get(b"blog_charset", b"").decode("ascii", "replace").strip()
    charset = named.lower() if named.lower() in CHARSETS else LATIN
    return {_text(name, charset): _text(value, charset) for name, value in sent.items() if name}


def _text(value: bytes, charset: str) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode(charset, "replace")
