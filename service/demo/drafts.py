"""What a reader has typed, from the form to the comment that Winnow is sent."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import uuid4

from service.demo.client import ArticleReference, NewComment
from service.demo.nudges import digest

NAME_LIMIT = 60
OUR_ID = re.compile(r"ledger-[0-9a-f]{32}")
ANY_ID = re.compile(r"(?!batch\Z)[A-Za-z0-9_.:~-]{1,128}")


class DraftUnfit(Exception):
    """The site itself cannot take the draft: `errors` maps a form field to what is wrong with it."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass(frozen=True)
class Draft:
    """The content of the comment box.

    `id` is made when the box is shown and stays with the text until Winnow has taken it: sent twice, it is
    one comment. It is also unguessable: knowing it is the reader's receipt. `parent_id` is the comment that it
    answers. `asked` names the text about which the author was asked already, and `as_it_is` that they do not want
    to be.
    """

    id: str
    name: str = ""
    body: str = ""
    parent_id: str | None = None
    asked: str = ""
    as_it_is: bool = False

    @classmethod
    def blank(cls, parent_id: str | None = None) -> "Draft":
        """Open an empty box for a comment yet unwritten."""
        return cls(new_id(), parent_id=parent_id)

    @classmethod
    def from_form(cls, form: Mapping[str, str]) -> "Draft":
        """Read the form; an id that this site cannot have made is replaced."""
        claimed, parent = form.get("id", ""), form.get("parent", "")
        return cls(
            id=claimed if is_ours(claimed) else new_id(),
            name=form.get("name", "").strip(),
            body=form.get("body", "").replace("\r\n", "\n"),
            parent_id=parent if is_an_id(parent) else None,
            asked=form.get("asked", ""),
            as_it_is="as-it-is" in form,
        )

    @property
    def settled(self) -> bool:
        """Whether the author has seen what may hold these words, or does not want to."""
        return self.as_it_is or self.asked == digest(self.body)

    def alone(self) -> "Draft":
        """Return the same words as an answer to nobody."""
        return replace(self, parent_id=None)

    def renamed(self) -> "Draft":
        """Return the same words as another comment."""
        return replace(self, id=new_id())

    def comment(self, article: ArticleReference) -> NewComment:
        """Make the comment to be posted; raises DraftUnfit. How long a body may be is Winnow's to say."""
        if errors := self._errors():
            raise DraftUnfit(errors)
        return NewComment(self.id, self.body, author_id(self.name), self.name, article, self.parent_id)

    def _errors(self) -> dict[str, str]:
        errors = {}
        if not _is_visible(self.name):
            errors["name"] = "Enter the name to show beside your comment."
        elif len(self.name) > NAME_LIMIT:
            errors["name"] = f"Shorten the name to {NAME_LIMIT} characters or fewer."
        if not _is_visible(self.body):
            errors["body"] = "Write your comment before you post it."
        return errors


def new_id() -> str:
    """Make an id of 122 random bits."""
    return f"ledger-{uuid4().hex}"


def is_ours(comment_id: str) -> bool:
    """Whether the id could have been made by this site's comment box."""
    return OUR_ID.fullmatch(comment_id) is not None


def is_an_id(comment_id: str) -> bool:
    """Whether Winnow could know a comment by this id."""
    return ANY_ID.fullmatch(comment_id) is not None


def author_id(name: str) -> str:
    """Derive an author from a name: a site without accounts knows readers by nothing else."""
    canonical = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    return f"reader-{hashlib.sha256(canonical.encode()).hexdigest()[:24]}"


def _is_visible(text: str) -> bool:
    return any(character.isprintable() and not character.isspace() for character in text)
