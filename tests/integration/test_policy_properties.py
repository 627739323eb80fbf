"""Whatever editors save and bring back: no version is lost or changed, and each comment is judged by the one in force."""

from itertools import count
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from service.moderation.judge import judge
from service.moderation.policy import policy_from
from service.moderation.signals import Signals, Surroundings
from tests.support import try_in_any_order, unlike_all_before

NEVER = {"hold": None, "seconds": 86400}

WORDS = ["garden", "gnome", "roses are", "specialist"]
BODIES = [
    "My garden grows",
    "A gnome. A specialist gnome",
    "Roses, are red",
    "See example.org and bit.ly/x",
    "Nothing here",
]
SECTIONS = [None, "sport", "Sport", "obituaries"]

changes = st.fixed_dictionaries(
    {},
    optional={
        "mode": st.sampled_from(["post", "pre"]),
        "first_time": st.fixed_dictionaries({"hold_below": st.sampled_from([None, 1, 2])}),
        "words": st.fixed_dictionaries(
            {name: st.lists(st.sampled_from(WORDS), max_size=2, unique=True) for name in ("block", "suspect")}
        ),
        "links": st.fixed_dictionaries(
            {
                "hold": st.sampled_from([None, 1, 3]),
                "shorteners": st.sampled_from([None, "hold", "reject"]),
                "block": st.sampled_from([[], ["example.org"]]),
                "suspect": st.just([]),
                "trusted": st.sampled_from([[], ["bit.ly"]]),
            }
        ),
        "languages": st.fixed_dictionaries(
            {
                "accepted": st.sampled_from([None, ["en"], ["de", "fr"]]),
                "otherwise": st.sampled_from(["hold", "reject"]),
            }
        ),
        "perspective": st.dictionaries(
            st.sampled_from(["TOXICITY", "OBSCENE"]),
            st.floats(0, 1).map(lambda middle: [[0.0, 0.0], [0.5, middle], [1.0, 1.0]]),
        ),
        "sections": st.dictionaries(
            st.sampled_from(["sport", "obituaries"]),
            st.fixed_dictionaries({}, optional={"mode": st.sampled_from(["post", "pre"])}),
        ),
    },
)


class Newsroom(RuleBasedStateMachine):
    """Editors with the API, beside a list of what they saved."""

    def __init__(self, api: Any) -> None:
        super().__init__()
        self.api = api
        first = self.api.get("/v1/policy").json
        self.saved = [first]
        self.save({"thresholds": {}, "mode": "post", "repeats": NEVER, "near_copies": NEVER, "first_time": {"hold_below": None},
                   "words": {"block": [], "suspect": []}, "sections": {}}, stale=0)  # fmt: skip
        self.approved = self.posted = 0

    @property
    def head(self) -> int:
        return self.saved[-1]["version"]

    @rule(changed=changes, stale=st.sampled_from([0, 0, 0, 1]))
    def save(self, changed, stale):
        policy = {**self.saved[-1], **changed, "version": self.head - stale}
        answer = self.api.put("/v1/policy", policy)
        if stale:
            assert (answer.status_code, answer.json["version"]) == (409, self.head)
            return
        assert answer.status_code == 200, answer.json
        self.saved.append({**policy, "version": self.head + 1})

    @rule(data=st.data(), stale=st.sampled_from([0, 0, 1]))
    def bring_back(self, data, stale):
        to = data.draw(st.sampled_from(self.saved))
        answer = self.api.post("/v1/policy/rollback", {"version": self.head - stale, "to": to["version"]})
        if stale:
            assert answer.status_code == 409
            return
        assert answer.status_code == 200, answer.json
        self.saved.append({**to, "version": self.head + 1})

    @rule(body=st.sampled_from(BODIES), section=st.sampled_from(SECTIONS), named=st.booleans())
    def post(self, body, section, named):
        self.posted += 1
        body = f"{body}. {unlike_all_before(self.posted)}"
        comment = {
            "body": body,
            "article": {"section": section},
            "author": {"id": "u-1"} if named else {},
            "language": "en",
        }
        answer = self.api.post("/v1/comments", comment)
        assert answer.status_code == 201, answer.json
        policy = policy_from(self.head, self.saved[-1]).within(section)
        around = Surroundings(approved=self.approved if named else None)
        findings = policy.text_rules.findings(body)
        ruling = judge(Signals(answer.json["scores"], "en", findings, named, around=around), policy)
        said = answer.json
        assert (said["policy"], said["verdict"]) == (self.head, ruling.verdict)
        assert [one["code"] for one in said["reasons"]] == [one.code for one in ruling.reasons]
        self.approved += named and ruling.verdict == "approve"

    @invariant()
    def every_version_is_kept_as_it_was_saved(self):
        kept = self.api.get("/v1/policy/versions").json["items"]
        numbers = {one["version"] for one in self.saved}
        assert [one["policy"] for one in kept if one["version"] in numbers] == self.saved[::-1]
        assert self.api.get("/v1/policy").json == self.saved[-1]


def test_no_version_is_lost_and_each_comment_is_judged_by_the_one_in_force(key_for):
    sites = count()
    try_in_any_order(lambda: Newsroom(key_for("admin", site=f"site-{next(sites)}")), examples=30, steps=20)
