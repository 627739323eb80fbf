"""Comments of about 300 characters, each in words of its own, that anyone may have: the same ones on every machine.

They are made by a small grammar of our own. One in ten is rude, so that some of what is posted is held and goes
through the queue, as it does at a newspaper.
"""

from __future__ import annotations

import random
from functools import cache
from typing import Any

LENGTH = 300
RUDE = 10  # one comment in so many has an insult in it
SUSPECT = 7  # one in so many has a word that might be another in disguise, as of those that people write

_WHO = (
    "the council|my neighbour|the minister|a reader from the north|the editor|every teacher I know|the new mayor|"
    "our bus driver|the harbour board|a friend of mine|the orchestra|the weather service|nobody in our street|"
    "the committee|the old baker|half of the parish|the ferry company|a nurse on the night shift|the library|"
    "the farmer beside the river|the union|the court|the goalkeeper|the professor|whoever wrote this article"
).split("|")
_DOES = (
    "promised|finished|paid for|closed|misunderstood|supported|sold|voted for|discussed|repaired|explained|forgot|"
    "enjoyed|afforded|measured|preferred|praised|regretted|remembered|postponed|painted|counted|feared|visited|described|refused|"
    "welcomed|doubted|copied|admired|defended|ignored|mentioned|replaced|studied|demanded|accepted|avoided|borrowed"
).split("|")
_WHAT = (
    "the wooden bridge|a cheaper ticket|the school kitchen|the heating bill|an empty stadium|the northern railway|"
    "forty new trees|the tax on sugar|a second opinion|the harvest|the budget of last autumn|the cycle lane|"
    "an honest answer|the museum's roof|the noise at night|a longer holiday|the vaccine|the price of bread|"
    "the lighthouse|the archive|a fair trial|the swimming pool|the telescope|the pension fund|the water main"
).split("|")
_WHEN = (
    "on Monday|since {n}|in {n}|once again|last spring|for hours|by then|at dusk|too late|abroad|in vain|every year|"
    "at number {n}|next week|after lunch|indoors|by bus|on foot|at sea|overnight|twice|for {n} days|until noon|anyway"
).split("|")
_HOW = (
    "quiet|brave|broken|distant|patient|golden|narrow|rusty|gentle|hollow|eager|frozen|humble|jolly|crooked|dusty|elegant|"
    "fragile|grumpy|honest|idle|jagged|keen|lively|muddy|noisy|oval|plain|quaint|rural|shaky|tidy|urban|vivid|weary|young|"
    "ancient|bitter|clumsy|dreary|endless|faint|glossy|hasty|icy|jealous|knotty|lonely|modest|nimble|odd|proud|quick|rough|"
    "silent|tender|upright|vague|wooden|yellow|absent|blunt|curious|damp|early|famous|grand|hidden|inner|joint|known|local|"
    "minor|nearby|open|private|royal|secret|tiny|useful|visible|wild|alert|basic|certain|double|exact|former|gross|heavy|"
    "ideal|junior|large|mutual|northern|overdue|polite|ready|simple|tall|unusual|violet|warm|zealous|amber|bold|calm|dense"
).split("|")
_LINKS = ", and |; |, but |, because |. Still, |. I think |. Then again, |, although |. As far as I know, ".split("|")
_SYLLABLES = "ba do ke li mur na pel ri so tan ve wi zor hal gre ost fen ca".split()
_INSULT = "You are a stupid, worthless idiot and a liar. "


@cache
def comments(count: int, seed: int = 1) -> tuple[str, ...]:
    """So many different comments; each names somebody whom no other does."""
    source = random.Random(seed)  # noqa: S311 (no secret)
    return tuple(_comment(source, k) for k in range(count))


def _comment(source: random.Random, k: int) -> str:
    name = "".join(source.choice(_SYLLABLES) for _ in range(4)).capitalize()
    who = f"{name}{k}" if k % SUSPECT == 0 else f"{name}, {k},"
    text = f"{_INSULT if k % RUDE == RUDE - 1 else ''}{who} is right: "
    while True:
        how = [source.choice(_HOW) for _ in range(4)]
        when = source.choice(_WHEN).format(n=source.randrange(2, 2000))
        text += f"{_with(how, source.choice(_WHO))} {source.choice(_DOES)} {_with(how, source.choice(_WHAT))} {when}"
        if len(text) >= LENGTH:
            return text[: LENGTH - 1].rstrip() + "."
        text += source.choice(_LINKS)


def _with(how: list[str], what: str) -> str:
    """Something in two words more, so that the words of two comments are rarely the same."""
    article, _, rest = what.partition(" ")
    return f"{article} {how.pop()}, {how.pop()} {rest}"


def _numbered(n: int) -> str:
    """A comment of its own for each number: one made of another's words would be a near copy, and held as one."""
    return f"{_comment(random.Random(n), n)} {_named(n)}"  # noqa: S311 (no secret)


def _named(n: int) -> str:
    """A number as a made-up name of two words and more, for no comment ends in twenty digits."""
    syllables = []
    while n:
        n, at = divmod(n, len(_SYLLABLES))
        syllables.append(_SYLLABLES[at])
    return " ".join("".join(syllables[at : at + 4]).capitalize() for at in range(0, len(syllables), 4))


def body_only(n: int) -> dict[str, Any]:
    """A comment with nothing but its text; the number makes it no copy of another."""
    return {"body": _numbered(n)}


def example(n: int) -> dict[str, Any]:
    """The full example of the contract, each time another comment of another author."""
    return {
        "id": f"c-{n}",
        "body": f"Great read, thanks! {n}",
        "author": {
            "id": f"u-{n}",
            "name": "Ada",
            "email": "ada@example.org",
            "url": None,
            "ip": "203.0.113.9",
            "user_agent": "Mozilla/5.0",
            "created_at": "2025-03-01T00:00:00Z",
        },
        "article": {
            "id": f"a-{n % 100}",
            "url": "https://news.example/a-88",
            "title": "Bitcoin reserve",
            "section": "markets",
        },
        "parent_id": None,
        "posted_at": "2026-11-24T04:00:00Z",
        "language": "en",
    }


def long_example(n: int) -> dict[str, Any]:
    """The same with a text of 300 characters."""
    return example(n) | {"body": _numbered(n)}
