"""What a reader says of somebody else's comment, and how the site tells readers apart."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from service.demo.client import Report

NOTE_LIMIT = 1_000
REASONS = {
    "insult": "It insults or attacks somebody",
    "threat": "It threatens somebody",
    "hate": "It is hateful towards a group of people",
    "spam": "It is advertising or a scam",
    "off topic": "It has nothing to do with the article",
    "other": "Something else",
}
READER = re.compile(r"[0-9a-f]{32}")


class ReportUnfit(Exception):
    """The report cannot be sent: `errors` maps a form field to what is wrong with it."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass(frozen=True)
class ReportDraft:
    """The content of the form.

    A reader is known by `reader_id`, 122 random bits: the cookie's, or those of the form itself until there is a
    cookie. So the same form sent twice is one report, and nobody can report in another reader's name, as they could
    if readers were known by their names.
    """

    comment_id: str
    reason: str = ""
    note: str = ""
    reader_id: str = field(default_factory=lambda: uuid4().hex)

    @classmethod
    def from_form(cls, form: Mapping[str, str], cookie: str) -> "ReportDraft":
        """Read the form; who the reader is, the cookie knows best."""
        known = [one for one in (cookie, form.get("reader", "")) if READER.fullmatch(one)]
        return cls(
            form.get("comment", ""),
            form.get("reason", ""),
            form.get("note", "").replace("\r\n", "\n").strip(),
            known[0] if known else uuid4().hex,
        )

    def report(self, address: str | None) -> Report:
        """Make the report to be handed on; raises ReportUnfit."""
        errors = {}
        if self.reason not in REASONS:
            errors["reason"] = "Choose what is wrong with the comment."
        if len(self.note) > NOTE_LIMIT:
            errors["note"] = f"Shorten your note to {NOTE_LIMIT:,} characters; it now has {len(self.note):,}."
        if errors:
            raise ReportUnfit(errors)
        return Report(self.reader_id, self.reason, self.note or None, public(address))


def public(address: str | None) -> str | None:
    """Return the address if it can be a reader's.

    Behind a proxy on the same network every reader seems to have the proxy's: reports of many would count as one.
    """
    try:
        return address if address and ipaddress.ip_address(address).is_global else None
    except ValueError:
        return None
