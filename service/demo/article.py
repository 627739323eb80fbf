"""The one article of The Harbour Ledger; its text is `templates/_story.html`. All of it is invented."""

from dataclasses import dataclass
from datetime import UTC, datetime

from service.demo.client import ArticleReference


@dataclass(frozen=True)
class Article:
    """What stands above the text, and the reference by which Winnow knows the article."""

    reference: ArticleReference
    dek: str
    byline: str
    published_at: datetime


ARTICLE = Article(
    reference=ArticleReference(
        id="ledger-bitcoin-reserve",
        url="https://harbour-ledger.example/markets/kestrel-bay-bitcoin-reserve",
        title="Kestrel Bay weighs a Bitcoin reserve for its harbour fund",
        section="markets",
    ),
    dek="Councillors vote next month on moving up to 3 per cent of a €420 million fund into a currency that "
    "nobody issues. Both camps say that they are the cautious ones.",
    byline="Maren Oakhurst",
    published_at=datetime(2026, 11, 23, 6, 30, tzinfo=UTC),
)
