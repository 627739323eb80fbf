"""The fields of a policy's form: what each is called, what it does, and of which kind it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from model import ATTRIBUTES
from service.console.editing.kinds import Choice, Codes, Kind, Lines, Number, Rows, Span, Whole
from service.console.editing.maps import Maps
from service.console.editing.sections import Sections


@dataclass(frozen=True, slots=True)
class Field:
    """One value of the policy, by its path there (`links.hold`), which is also its name in the form."""

    path: str
    label: str
    kind: Kind
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that are read together; a legend of "" is none."""

    legend: str
    fields: tuple[Field, ...]
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the form; `id` is its anchor."""

    id: str
    title: str
    about: str
    groups: tuple[Group, ...]


HELD: Final = ("hold", "Hold it for a moderator")
REJECTED: Final = ("reject", "Reject it")

ATTRIBUTE_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "toxicity": ("Toxicity", "Rude or hurtful enough to make people leave. The first one to change."),
    "severe_toxicity": ("Severe toxicity", "Hateful and aggressive, whoever reads it."),
    "obscene": ("Obscenity", "Swearing and vulgar language."),
    "threat": ("Threats", "An intention to hurt somebody."),
    "insult": ("Insults", "Against a person: another reader, somebody in the article, the author."),
    "identity_attack": ("Attacks on groups", "Hate against people for who they are."),
    "spam": ("Spam", "Advertising, scams, links that nobody asked for."),
}


def _thresholds(attribute: str) -> Group:
    title, about = ATTRIBUTE_NAMES[attribute]
    path = f"thresholds.{attribute}"
    number = Number(example="0.25")
    fields = Field(f"{path}.hold", "Hold from", number), Field(f"{path}.reject", "Reject from", number)
    return Group(title, fields, about)


def _rate(path: str, whose: str, hint: str) -> Group:
    many = Field(f"{path}.limit", "Comments at most", Whole(example="20"), "Empty is no limit. 1 to 100,000.")
    return Group(whose, (many, Field(f"{path}.seconds", "Within", Span(), "A second to a day.")), hint)


def _copies(path: str, legend: str, hint: str) -> Group:
    first = Field(f"{path}.hold", "Hold from copy number", Whole(example="4"), "Empty is never. 2 to 1,000.")
    return Group(legend, (first, Field(f"{path}.seconds", "Within", Span(), "A minute to 7 days.")), hint)


def _domains(name: str, label: str, hint: str) -> Field:
    return Field(f"links.{name}", label, Lines(), f"{hint} One a line, as registered: bbc.co.uk, not www.bbc.co.uk.")


def _days(name: str, label: str, hint: str) -> Field:
    return Field(f"retention.{name}", label, Whole(nullable=False, example="30"), f"In days. {hint}")


def _share(path: str, label: str, hint: str) -> Field:
    return Field(path, label, Number(nullable=False, example="0.02"), f"{hint} 0.02 is 2 in 100; 0 is none.")


PARTS: Final = (
    Part(
        "thresholds",
        "Thresholds",
        "The model gives each comment seven scores from 0 to 1: how likely it is that people would call it that. "
        "A comment is held, or rejected, from the score that you write here; empty is never. Lower holds more.",
        tuple(_thresholds(attribute) for attribute in ATTRIBUTES),
    ),
    Part(
        "publishing",
        "Before or after publication",
        "What becomes of a comment to which no rule objects.",
        (
            Group(
                "",
                (
                    Field(
                        "mode",
                        "Comments are read",
                        Choice((("post", "After publication"), ("pre", "Before: every comment waits for a moderator"))),
                        "Sections and articles may have a mode of their own.",
                    ),
                ),
            ),
            Group(
                "New authors",
                (
                    Field(
                        "first_time.hold_below",
                        "Hold authors with fewer approved comments than",
                        Whole(example="1"),
                        "Empty is off. With 1, an author's first comment waits. 1 to 1,000.",
                    ),
                ),
            ),
        ),
    ),
    Part(
        "words",
        "Words and phrases",
        "Found as whole words, whatever the capitals, accents or disguises. Endings make a difference: list “idiot” "
        "and “idiots”. One a line.",
        (
            Group(
                "",
                (
                    Field("words.block", "Blocked words", Lines(), "A comment with one of them is rejected."),
                    Field("words.suspect", "Suspect words", Lines(), "A comment with one of them is held."),
                ),
            ),
        ),
    ),
    Part(
        "patterns",
        "Patterns",
        "What has a shape and no fixed words, such as phone numbers, as regular expressions in RE2's syntax. "
        "Empty a row to remove it.",
        (
            Group(
                "",
                (
                    Field(
                        "patterns",
                        "Patterns",
                        Rows((("hold", "Hold it"), ("reject", "Reject it"))),
                        "Up to 100. The name is shown to moderators.",
                    ),
                ),
            ),
        ),
    ),
    Part(
        "links",
        "Links",
        "Most spam wants a click.",
        (
            Group(
                "",
                (
                    Field(
                        "links.hold",
                        "Hold from so many links",
                        Whole(example="2"),
                        "Empty is never. Links to trusted domains do not count. 1 to 100.",
                    ),
                    Field(
                        "links.shorteners",
                        "A link that hides where it leads",
                        Choice(((None, "Nothing happens"), HELD, REJECTED)),
                        "Such as bit.ly.",
                    ),
                ),
            ),
            Group(
                "",
                (
                    _domains("block", "Blocked domains", "A link there rejects."),
                    _domains("suspect", "Suspect domains", "A link there holds."),
                    _domains("trusted", "Trusted domains", "Links there do not count."),
                ),
            ),
        ),
    ),
    Part(
        "copies",
        "Copies",
        "The same words again and again, from one author or from many.",
        (
            _copies("repeats", "The same text", "The copy with this number is held, and those after it."),
            _copies(
                "near_copies",
                "Nearly the same text",
                "A campaign from this copy on; the earlier ones are held, too.",
            ),
        ),
    ),
    Part(
        "rates",
        "Floods",
        "What comes beyond so many comments in a time is held.",
        (
            _rate("author_rate", "From one author", "For authors whom your site names."),
            _rate("address_rate", "From one address", "Many readers may share one, at work or on a train."),
            _rate("site_rate", "On the whole site", "Ten times your busiest minute is a good start."),
        ),
    ),
    Part(
        "languages",
        "Languages",
        "The model knows toxicity in some languages only.",
        (
            Group(
                "",
                (
                    Field(
                        "unknown_language",
                        "A language that the model does not know",
                        Choice((HELD, ("approve", "Judge it by the other rules"))),
                    ),
                    Field(
                        "languages.accepted",
                        "Languages that you take",
                        Codes(),
                        "Codes such as en, de. Empty is any language.",
                    ),
                    Field("languages.otherwise", "A comment in another language", Choice((HELD, REJECTED))),
                ),
            ),
        ),
    ),
    Part(
        "reports",
        "Reports and self-harm",
        "What brings a comment to the front of the queue.",
        (
            Group(
                "",
                (
                    Field(
                        "reports.hold",
                        "Look again from a weight of reports of",
                        Number(example="3"),
                        "An unknown reader weighs a half, so 3 is six of them. Empty is never. 0.1 to 1,000.",
                    ),
                    Field(
                        "self_harm",
                        "A comment that talks of self-harm",
                        Choice((("hold", "Hold it, first in the queue"), ("approve", "Judge it by the other rules"))),
                        "Agree beforehand on what a moderator does with such a comment.",
                    ),
                ),
            ),
        ),
    ),
    Part(
        "samples",
        "Samples",
        "Shares that are looked at without saying so: the only way to know what the machine misses, and how far "
        "moderators agree.",
        (
            Group(
                "",
                (
                    _share("audit_share", "Of what the machine approves", "Given to a moderator."),
                    _share("review_share", "Of what moderators decide", "Given to a second moderator."),
                ),
            ),
        ),
    ),
    Part(
        "wellbeing",
        "Wellbeing",
        "How the console spares your moderators. No comment is judged by it.",
        (
            Group(
                "",
                (
                    Field(
                        "wellbeing.severe_in_a_row",
                        "Severe comments in a row",
                        Whole(example="5"),
                        "Then a milder one comes in between, if there is one. Empty is any number. 1 to 100.",
                    ),
                    Field(
                        "wellbeing.break_after_minutes",
                        "Offer a break after",
                        Whole(example="60"),
                        "In minutes at the queue. Empty is never. 5 to 480.",
                    ),
                    Field(
                        "wellbeing.break_minutes",
                        "Length of the break",
                        Whole(nullable=False, example="5"),
                        "In minutes. 1 to 60.",
                    ),
                ),
            ),
        ),
    ),
    Part(
        "retention",
        "How long comments are kept",
        "After that they go for good.",
        (
            Group(
                "",
                (
                    _days("approved_days", "Approved by the machine alone", "1 to 3,650."),
                    _days(
                        "decided_days",
                        "Decided by a person, or rejected",
                        "183 to 3,650: authors have six months to contest.",
                    ),
                    _days("personal_days", "Authors' addresses, e-mails and browsers", "1 to 3,650."),
                ),
            ),
        ),
    ),
    Part(
        "sections",
        "Sections of the newspaper",
        "In a section, thresholds, mode, new authors and links may differ; what you leave out is as everywhere.",
        (Group("", (Field("sections", "What differs", Sections()),)),),
    ),
    Part(
        "perspective",
        "Scores for Perspective's clients",
        "For programs that ask for Perspective's scores: what ours are on its scale, so that the thresholds set there "
        "keep their meaning. No comment is judged by it.",
        (
            Group(
                "",
                (
                    Field(
                        "perspective",
                        "Maps",
                        Maps(),
                        "“winnow migrate perspective” finds them; a policy as JSON brings them in. An attribute "
                        "without one goes by a general rule.",
                    ),
                ),
            ),
        ),
    ),
)
"""The form, in its order."""

FIELDS: Final[Mapping[str, Field]] = {
    field.path: field for part in PARTS for group in part.groups for field in group.fields
}
"""Every field by its path."""


def _called(part: Part, group: Group, field: Field) -> str:
    words = [part.title, group.legend, field.label]
    return ": ".join(word for n, word in enumerate(words) if word and word not in words[:n])


CALLED: Final[Mapping[str, str]] = {
    field.path: _called(part, group, field) for part in PARTS for group in part.groups for field in group.fields
}
"""What a field is called where it stands alone."""
