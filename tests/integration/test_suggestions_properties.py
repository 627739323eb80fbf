"""Whatever is said by whom of what, erased or over, in whatever order: what is exported is always the last word of each
standing on each surface, with the text that it was said of, and nothing is left of what went."""

from dataclasses import dataclass
from hashlib import sha1

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from service.commands.export import suggested
from service.moderation.comment import Judgement, Submission
from service.moderation.signals import copy_text
from service.store.arrivals import Acceptance, Arrivals
from service.store.comments import Comments, UnknownComment
from service.store.connection import Store
from service.store.keys import Keys
from service.store.records import ErasedComment
from service.store.retention import Retention
from service.store.suggestions import Suggestion, Suggestions
from tests.support import everything, try_in_any_order

SITE, MOST = "herald", 4
ROLES = {"submit": "apart", "moderate": "moderated"}
TEXTS = ("xylophone", "Zeppelin race", "ocelot £5")

who = st.tuples(st.sampled_from(sorted(ROLES)), st.sampled_from(["akismet", "perspective"]))
references = st.sampled_from(["c-1", "c-2", "c-3"])
texts = st.sampled_from(TEXTS)
labels = st.dictionaries(
    st.sampled_from(["spam", "toxicity"]), st.sampled_from([0.0, 0.25, 1.0]), min_size=1, max_size=2
)


@dataclass
class Word:
    """What the model knows of a suggestion; `at` is told by the server."""

    text: str
    labels: dict[str, float]
    at: int = 0


class Suggesting(RuleBasedStateMachine):
    """The store's own scripts beside a model in plain Python."""

    store: Store

    def __init__(self) -> None:
        super().__init__()
        self.store._client.flushall()
        self.keys = {role: Keys(self.store).create(SITE, role, role)[1] for role in ROLES}
        self.suggestions, self.comments = Suggestions(self.store, most=MOST), Comments(self.store)
        self.words: dict[str, dict[str, Word]] = {standing: {} for standing in ROLES.values()}
        self.here: set[str] = set()
        self.erased: set[str] = set()
        self.log: list[tuple[str, str]] = []

    @rule(who=who, reference=references | st.none(), text=texts, given=labels, retried=st.booleans())
    def suggest(self, who, reference, text, given, retried):
        role, surface = who
        standing, named = ROLES[role], reference or self.named(text)
        member = f"{surface}/{named}"
        known = self.words[standing].get(member)
        if known and reference and known.text != text:
            known = None
        said = Suggestion(surface, text if reference else f" {text.upper()} ", given, reference)
        answers = [self.suggestions.add(SITE, self.keys[role], role, said) for _ in range(1 + retried)]
        if named in self.erased:
            assert set(answers) == {"erased"}
            return
        before = known.labels if known else {}
        new = before | given != before
        assert answers == ["kept" if new else "same", *["same"] * retried]
        if new:
            at = int(self.store._client.zscore(f"{{{SITE}}}:suggestions:{standing}", member))
            self.words[standing][member] = Word(known.text if known else said.text, before | given, at)
            self.log += [("suggestion.made", named)] * (standing == "moderated")
        while len(self.words[standing]) > MOST:
            del self.words[standing][min(self.words[standing], key=lambda one: (self.words[standing][one].at, one))]

    def named(self, text):
        """The id that a text without a reference has."""
        salt = self.store._client.get(f"{{{SITE}}}:salt")
        return "~" + sha1(f"{salt}~{copy_text(text)}".encode(), usedforsecurity=False).hexdigest()

    @rule(reference=references, text=texts)
    def post(self, reference, text):
        if reference not in self.here | self.erased:
            judged = Judgement("approve", {"toxicity": 0.1}, (), "m", 1, "en")
            Arrivals(self.store).settle(
                SITE, [Acceptance(reference, reference, "d", Submission(text), judged, 31, 0.5)]
            )
            self.here.add(reference)

    @rule(reference=references, text=st.none() | texts, retried=st.booleans())
    def erase(self, reference, text, retried):
        reference = self.named(text) if text else reference
        known = any(one.endswith(f"/{reference}") for words in self.words.values() for one in words)
        for _ in range(1 + retried):
            if known or reference in self.here | self.erased:
                self.comments.erase(SITE, reference, "ada")
            else:
                with pytest.raises(UnknownComment):
                    self.comments.erase(SITE, reference, "ada")
                return
        if reference not in self.erased:
            self.log.append(("comment.erased", reference))
        self.erased.add(reference)
        self.here.discard(reference)
        for words in self.words.values():
            for one in [one for one in words if one.endswith(f"/{reference}")]:
                del words[one]

    @rule(data=st.data())
    def time_is_over(self, data):
        times = sorted({word.at for words in self.words.values() for word in words.values()})
        if times:
            before = data.draw(st.sampled_from(times)) + data.draw(st.sampled_from([0, 1]))
            for standing, words in self.words.items():
                Retention(self.store)._retire_suggestions(SITE, standing, before)
                self.words[standing] = {one: word for one, word in words.items() if word.at >= before}

    @invariant()
    def each_standing_has_its_last_word_with_its_own_text(self):
        for standing, words in self.words.items():
            found = {
                f"{row['surface']}/{row['id']}": (row["text"], row["labels"])
                for row in suggested(self.store, SITE, 0, standing=standing)
            }
            assert found == {one: (word.text, word.labels) for one, word in words.items()}

    @invariant()
    def nothing_is_left_of_what_went(self):
        client = self.store._client
        fields = sum(client.hlen(key) for key in client.scan_iter(f"{{{SITE}}}:suggestion:*"))
        listed = sum(client.zcard(f"{{{SITE}}}:suggestions:{standing}") for standing in ROLES.values())
        assert fields == listed == sum(map(len, self.words.values()))
        if not self.here:
            left = {word.text.casefold().strip() for words in self.words.values() for word in words.values()}
            kept = everything(self.store).casefold()
            assert not [text for text in TEXTS if text.casefold() in kept and text.casefold() not in left]

    @invariant()
    def erased_comments_stay_erased(self):
        for reference in self.erased:
            with pytest.raises(ErasedComment):
                self.comments.get(SITE, reference)

    @invariant()
    def the_log_has_each_moderators_word_and_each_erasure_once(self):
        entries = [entry for _, entry in self.store._client.xrange(f"{{{SITE}}}:audit")]
        assert [(one["act"], one["on"]) for one in entries if not one["act"].startswith("key.")] == self.log


def test_what_is_exported_is_the_last_word_whatever_happens(store):
    machine = type("OnThisServer", (Suggesting,), {"store": store})
    try_in_any_order(machine, examples=30, steps=25)
