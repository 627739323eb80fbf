"""What an author's name and address add to a verdict on spam: `python -m benchmarks.identity DATA`.

Akismet's clients tell who wrote a comment. The sets hold texts alone, so each gets one of eight made-up authors, once
with what a spammer and once with what a reader leaves. Prints the shares that the default policy calls spam.
"""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable
from pathlib import Path

import orjson

from model.classifier import Classifier
from service.moderation.policy import default_policy

READERS = (
    ("Ada Byron", "http://adabyron.net"),
    ("Jon Smith", "https://jonsmith.wordpress.com"),
    ("Maria", "https://www.example.edu/~maria"),
    ("Peter K.", "http://peterk.de"),
    ("old_reader", "https://github.com/oldreader"),
    ("Chen Wei", "https://chenwei.blogspot.com"),
    ("Sam", "https://sam.dev"),
    ("J. Doyle", "https://doylegarden.co.uk"),
)
SPAMMERS = (
    ("Cheap Viagra Online", "http://cheap-viagra-online.info"),
    ("buy seo backlinks", "http://buy-seo-backlinks.biz/"),
    ("Online Casino Bonus", "https://casino-bonus-777.xyz"),
    ("payday loans", "http://payday-loans-fast.info"),
    ("replica watches", "http://replica-watches.cn/rolex"),
    ("best vpn coupon", "https://best-vpn-coupon.site"),
    ("weight loss pills", "http://weightlosspills.top"),
    ("escort service", "http://escort-city.ru"),
)

WAYS: dict[str, Callable[[str, str, str], str]] = {
    "text alone": lambda text, name, url: text,
    "name, text": lambda text, name, url: f"{name}\n{text}",
    "text, address": lambda text, name, url: f"{text}\n{url}",
    "name, text, address": lambda text, name, url: f"{name}\n{text}\n{url}",
}


def texts(path: Path, label: str, value: int) -> list[str]:
    """The texts of a set that are labelled so."""
    rows = (orjson.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines())
    return [row["text"] for row in rows if row["labels"].get(label, value) == value]


def main(data: Path) -> None:
    """Print a line for each set and kind of author."""
    classifier = Classifier.load()
    threshold = default_policy(classifier.thresholds).thresholds["spam"].hold
    blog, news = data / "train/blog_spam.jsonl.gz", data / "eval/civil_toxic_natural.jsonl.gz"
    templates = texts(data / "train/wp_spam_templates.jsonl.gz", "spam", 1)
    cases = {
        "blog spam, spammers": (texts(blog, "spam", 1), SPAMMERS),
        "blog spam, readers": (texts(blog, "spam", 1), READERS),
        "WordPress spam, spammers": (templates, SPAMMERS),
        "WordPress spam, readers": (templates, READERS),
        "clean blog comments, readers": (texts(blog, "spam", 0), READERS),
        "clean news comments, readers": (texts(news, "toxicity", 0), READERS),
    }
    print(f"{'':32}{''.join(f'{way:>22}' for way in WAYS)}")
    for case, (found, authors) in cases.items():
        shares = []
        for write in WAYS.values():
            written = [write(text, *authors[at % len(authors)]) for at, text in enumerate(found)]
            shares.append(sum(one.scores["spam"] >= threshold for one in classifier.score(written)) / len(found))
        print(f"{f'{case} ({len(found)})':32}{''.join(f'{share:>22.1%}' for share in shares)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
