"""What a reader says against a rejection of their comment."""

from collections.abc import Mapping
from dataclasses import dataclass

STATEMENT_LIMIT = 5_000


class AppealUnfit(Exception):
    """The appeal cannot be sent: `errors` maps a form field to what is wrong with it."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass(frozen=True)
class AppealDraft:
    """The content of the form; `comment_id` is the reader's own comment, whose id only they know."""

    comment_id: str
    statement: str = ""

    @classmethod
    def from_form(cls, form: Mapping[str, str]) -> "AppealDraft":
        """Read the form."""
        return cls(form.get("comment", ""), form.get("statement", "").replace("\r\n", "\n").strip())

    def words(self) -> str:
        """Return what is handed on; raises AppealUnfit."""
        if len(self.statement) > STATEMENT_LIMIT:
            now = len(self.statement)
            raise AppealUnfit({"statement": f"Shorten it to {STATEMENT_LIMIT:,} characters; it now has {now:,}."})
        return self.statement
