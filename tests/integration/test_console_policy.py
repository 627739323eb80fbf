"""The policy editor: what is typed becomes the policy, nothing is lost on the way, and nobody else's shows."""

import re
from html import unescape

import orjson
import pytest

from service.console.editing.form import written
from service.schemas.policy import PolicySchema
from tests.integration.test_policy import change, judged
from tests.support import acts

PLAIN = PolicySchema(exclude=["version"])


@pytest.fixture
def desk(desk_for):
    return desk_for("admin")


@pytest.fixture
def parts(app):
    return app.extensions["winnow"]


def live(api):
    return api.get("/v1/policy").json


def form_of(api, **changed):
    """The form as it stands on the page, with other values in some fields."""
    policy = live(api)
    version = policy.pop("version")
    return (
        written(policy)
        | {"version": str(version), "last": "1000"}
        | {name.replace("__", "."): text for name, text in changed.items()}
    )


def carried(text):
    """The draft that travels in a page's form."""
    found = re.search(r'name="version" value="(\d+)">\s*<input type="hidden" name="draft" value="([^"]*)"', text)
    return {"version": found[1], "draft": unescape(found[2]), "last": "1000"}


def standing(text, name):
    """What stands in a control of the page."""
    found = re.search(rf'name="{re.escape(name)}"[^>]*?value="([^"]*)"', text) or re.search(
        rf'<textarea[^>]*name="{re.escape(name)}"[^>]*>\n([^<]*)</textarea>', text
    )
    return unescape(found[1])


def test_the_editor_shows_the_policy_in_force(desk, api):
    change(api, words={"block": ["cialis", "x & y"], "suspect": []}, author_rate={"limit": 7, "seconds": 3600})
    shown = desk.get("/console/policy").text
    assert "Version 2, saved by ada" in shown
    assert standing(shown, "words.block") == "cialis\nx & y"
    assert standing(shown, "author_rate.limit") == "7"
    assert standing(shown, "author_rate.seconds") == "1 hour"
    missing = [name for name in form_of(api) if name != "last" and f'name="{name}"' not in shown]
    assert missing == []


def test_what_is_typed_is_saved_with_who_and_in_force_at_once(desk, api, store):
    answer = desk.post("/console/policy/save", form_of(api, words__suspect="gnome\r\n\r\nroses are\r\n", mode="pre"))
    assert (answer.status_code, answer.location) == (303, "/console/policy")
    assert "Saved: version 2 is in force." in desk.get("/console/policy").text
    policy = live(api)
    assert (policy["version"], policy["mode"]) == (2, "pre")
    assert policy["words"]["suspect"] == ["gnome", "roses are"]
    assert judged(api) == ("hold", ["mode"])
    assert [(one["act"], one["by"]) for one in acts(store) if one["act"] == "policy.saved"] == [("policy.saved", "ada")]


def test_all_other_values_stay_as_they_are(desk, api):
    full = {
        "mode": "pre",
        "patterns": [{"name": "n", "pattern": "x+\n", "verdict": "reject"}],
        "languages": {"accepted": ["en", "de"], "otherwise": "reject"},
        "sections": {"Sport": {"mode": "post", "thresholds": {"spam": {"hold": 0.9, "reject": None}}}, "empty": {}},
        "audit_share": 0.01,
    }
    before = change(api, **full)
    desk.post("/console/policy/save", form_of(api, review_share="0.25"))
    assert live(api) == before | {"version": 3, "review_share": 0.25}


MAPS = {
    "TOXICITY": [[0.0, 0.0], [0.30000000000000004, 0.02], [0.8, 0.077], [1.0, 1.0]],
    "PROFANITY": [[0.0, 0.0], [1.0, 1.0]],
}


def test_maps_of_perspectives_scores_are_shown_and_survive_a_change_of_something_else(desk, api):
    before = change(api, perspective=MAPS)
    shown = desk.get("/console/policy").text
    row = r"<th scope=\"row\">TOXICITY</th>\s*<td>toxicity</td>\s*<td>4</td>\s*<td>0.077</td>"
    assert re.search(row, shown)
    assert 'aria-label="Keep the map of PROFANITY"' in shown
    desk.post("/console/policy/save", form_of(api, audit_share="0.25"))
    assert live(api) == before | {"version": 3, "audit_share": 0.25}
    assert "mark" not in desk.get("/console/policy/versions/3").text


def test_a_map_is_removed_by_itself_or_with_all_others_and_the_versions_say_so(desk, api):
    change(api, perspective=MAPS)
    form = form_of(api)
    del form["perspective.PROFANITY"]
    preview = desk.post("/console/policy/preview", form).text
    assert "PROFANITY: 2 pairs, 0.8 there is 0.8 here, mark" in preview
    assert "TOXICITY: 4 pairs" not in preview
    desk.post("/console/policy/save", form)
    assert live(api)["perspective"] == {"TOXICITY": MAPS["TOXICITY"]}
    assert "PROFANITY: 2 pairs" in desk.get("/console/policy/versions/3").text
    desk.post("/console/policy/save", form_of(api, perspective__remove="yes"))
    assert live(api)["perspective"] == {}
    assert "There is none." in desk.get("/console/policy").text


def test_a_map_that_is_none_is_told_at_its_box_and_what_is_in_force_can_be_kept(desk, api):
    change(api, perspective=MAPS)
    answer = desk.post("/console/policy/save", form_of(api, perspective__TOXICITY="[[0,0],[0.5,2],[1,1]]"))
    assert answer.status_code == 422
    assert "TOXICITY, pair 2: Must be" in answer.text
    assert 'href="#perspective.TOXICITY"' in answer.text
    assert live(api)["perspective"] == MAPS


def test_maps_come_in_as_json_and_through_a_shadow(desk, api):
    draft = {name: one for name, one in live(api).items() if name != "version"} | {"perspective": MAPS}
    form = {"version": "1", "draft": orjson.dumps(draft).decode(), "last": "1000"}
    desk.post("/console/policy/shadow", form)
    assert api.get("/v1/policy/shadow").json["draft"]["perspective"] == MAPS
    adopted = carried(desk.get("/console/policy/shadow").text)
    assert orjson.loads(adopted["draft"])["perspective"] == MAPS
    desk.post("/console/policy/shadow/adopt", adopted)
    assert live(api)["perspective"] == MAPS


def test_a_form_that_changes_nothing_saves_nothing(desk, api):
    desk.post("/console/policy/save", form_of(api))
    assert "nothing was saved" in desk.get("/console/policy").text
    assert live(api)["version"] == 1


def test_pressed_twice_it_saves_once(desk, api):
    form = form_of(api, mode="pre")
    for _ in range(2):
        assert desk.post("/console/policy/save", form, op="once").status_code == 303
        assert "Saved: version 2 is in force." in desk.get("/console/policy").text
    assert live(api)["version"] == 2


def test_another_draft_from_the_same_page_is_not_taken_for_the_first(desk, api):
    form = form_of(api, mode="pre")
    desk.post("/console/policy/save", form, op="once")
    answer = desk.post("/console/policy/save", form | {"audit_share": "0.5"}, op="once")
    assert answer.status_code == 409
    assert live(api)["audit_share"] == 0


def test_bad_values_are_told_at_their_fields_and_all_that_was_typed_is_kept(desk, api):
    answer = desk.post(
        "/console/policy/save",
        form_of(
            api, repeats__seconds="soon", links__block="a.b.c<script>", words__block="kept", audit_share="2", mode="pre"
        ),
    )
    assert answer.status_code == 422
    for name in ("repeats.seconds", "links.block", "audit_share"):
        assert f'<a href="#{name}">' in answer.text
        assert re.search(rf'id="{re.escape(name)}"[^>]*aria-invalid="true"', answer.text)
    assert standing(answer.text, "repeats.seconds") == "soon"
    assert standing(answer.text, "links.block") == "a.b.c<script>"
    assert standing(answer.text, "words.block") == "kept"
    assert re.search(r'id="audit_share-base"[^>]*>In force: 0<', answer.text)
    assert re.search(r'id="mode-base"[^>]*>In force: After publication<', answer.text)
    assert "<script>" not in answer.text.replace("<script src", "")
    assert live(api)["version"] == 1


def test_a_draft_that_comes_too_late_is_put_on_top_of_what_was_saved_meanwhile(desk, api, key_for):
    form = form_of(api, mode="pre", audit_share="0.5")
    change(key_for("admin", name="bob"), audit_share=0.25, review_share=0.125)
    answer = desk.post("/console/policy/save", form)
    assert answer.status_code == 409
    assert "bob saved version 2" in answer.text
    assert "Both of you changed Samples: Of what the machine approves" in answer.text
    shown = {name: standing(answer.text, name) for name in ("audit_share", "review_share", "version")}
    assert shown == {"audit_share": "0.5", "review_share": "0.125", "version": "2"}
    assert live(api)["version"] == 2
    again = form | shown
    assert desk.post("/console/policy/save", again).status_code == 303
    policy = live(api)
    assert (policy["version"], policy["mode"], policy["audit_share"], policy["review_share"]) == (3, "pre", 0.5, 0.125)


def test_json_shows_and_takes_the_whole(desk, api):
    shown = desk.get("/console/policy/json").text
    policy = live(api)
    assert orjson.loads(standing(shown, "draft")) == {name: one for name, one in policy.items() if name != "version"}
    pasted = {"version": "1", "draft": orjson.dumps(policy | {"mode": "pre"}).decode(), "last": "1000"}
    assert desk.post("/console/policy/save", pasted).status_code == 303
    assert live(api) == policy | {"version": 2, "mode": "pre"}


def test_a_draft_goes_from_form_to_json_and_back(desk, api):
    as_json = desk.post("/console/policy/json", form_of(api, words__block="one\r\ntwo")).text
    back = desk.post("/console/policy", {"version": "1", "draft": standing(as_json, "draft")}).text
    assert standing(back, "words.block") == "one\ntwo"
    assert "In force" not in back
    assert live(api)["version"] == 1


TAKES_A_DRAFT = ["", "/save", "/preview", "/json", "/shadow", "/shadow/adopt"]


@pytest.mark.parametrize("path", TAKES_A_DRAFT)
def test_json_that_is_no_policy_is_kept_and_told(desk, path):
    for draft in ("{", "[]", "{}", '{"mode": "closed"}', "null", "\0", "[" * 100_000):
        answer = desk.post(f"/console/policy{path}", {"version": "1", "last": "1000", "draft": draft})
        assert answer.status_code == 422
        assert 'id="wrongs"' in answer.text
        assert standing(answer.text, "draft") == draft


@pytest.mark.parametrize("path", [*TAKES_A_DRAFT, "/versions/1"])
def test_a_form_without_a_version_of_the_policy_is_refused(desk, api, path):
    for version in ("", "x", "-1", "0", "99", "9" * 30, "1.0", "١"):
        answer = desk.post(f"/console/policy{path}", form_of(api) | {"version": version})
        assert answer.status_code in (400, 404)


def test_more_rows_for_patterns_keep_what_was_typed(desk, api):
    form = form_of(api) | {"patterns.0.name": "phones", "patterns.0.pattern": "(", "patterns.0.verdict": "hold"}
    shown = desk.post("/console/policy", form | {"rows": "more", "mode": "pre"}).text
    assert standing(shown, "patterns.0.pattern") == "("
    assert 'name="patterns.10.name"' in shown
    assert 'name="patterns.11.name"' not in shown


def test_a_long_list_fits_into_the_form(desk, api):
    words = "\r\n".join(f"wörd{n}" for n in range(40_000))
    assert desk.post("/console/policy/save", form_of(api, words__block=words)).status_code == 303
    assert len(live(api)["words"]["block"]) == 40_000


def test_a_preview_shows_what_would_change_and_what_moderators_decided(desk, api):
    for n in range(3):
        judged(api, id=f"c-{n}", body=f"My gnomes <b>{n}</b> in the garden {'!' * n}")
    api.post("/v1/comments/c-1/decision", {"action": "reject"})
    answer = desk.post("/console/policy/preview", form_of(api, words__suspect="gnomes"))
    assert answer.status_code == 200
    shown = " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())
    assert "Of 3 comments, 3 would have been treated in another way" in shown
    assert "Moderators decided on 1 of them: 1 rejected." in shown
    assert "suspect word 0 3 +3" in shown
    assert "Words and phrases: Suspect words new gnomes" in shown
    assert '<a href="/console/comments/c-2">' in answer.text
    assert "<b>2</b>" not in answer.text
    assert live(api)["version"] == 1


def test_a_severe_example_is_shown_on_request_only(desk, api):
    change(api, thresholds={})
    judged(api, id="c-1", body="I will find you and kill you, you gnome")
    judged(api, id="c-2", body="My gnome stands in the garden")
    text = desk.post("/console/policy/preview", form_of(api, words__suspect="gnome")).text
    severe = re.search(r'<details class="severe">.*?</details>', text, re.DOTALL)[0]
    assert "kill you" in severe
    assert "stands in the garden" not in severe
    assert text.count('class="severe"') == 1


def test_a_draft_is_saved_from_its_preview(desk, api):
    shown = desk.post("/console/policy/preview", form_of(api, audit_share="0.5", words__block="<x> & 'y' \"z\"")).text
    draft = carried(shown)
    assert desk.post("/console/policy", draft).status_code == 200
    assert desk.post("/console/policy/save", draft).status_code == 303
    policy = live(api)
    assert (policy["version"], policy["audit_share"], policy["words"]["block"]) == (2, 0.5, ["<x> & 'y' \"z\""])


def test_a_preview_of_a_draft_that_comes_too_late_is_none(desk, api):
    form = form_of(api, mode="pre")
    change(api, audit_share=0.25)
    answer = desk.post("/console/policy/preview", form)
    assert (answer.status_code, standing(answer.text, "audit_share")) == (409, "0.25")


def test_a_preview_says_when_the_store_goes_away(desk, api, parts):
    judged(api)
    form = form_of(api, mode="pre") | {"csrf": desk.csrf}
    answer = desk.client.post("/console/policy/preview", data=form, buffered=False)
    pieces = iter(answer.response)
    assert "What it would have done" in next(pieces).decode()
    parts.store._resting_until = float("inf")
    rest = b"".join(pieces).decode()
    assert "The store cannot be reached" in rest
    assert "Go on editing" in rest


def test_versions_say_who_changed_what(desk, api, key_for):
    bob = key_for("admin", name="bob")
    change(api, mode="pre")
    change(bob, words={"block": ["cialis"], "suspect": []})
    shown = " ".join(re.sub(r"<[^>]+>", " ", desk.get("/console/policy/versions").text).split())
    assert "Version 3 in force Saved by bob" in shown
    assert "Words and phrases: Blocked words new cialis" in shown
    assert "After publication Before: every comment waits" in shown
    assert "Version 1 Comes with the model" in shown


def test_versions_are_shown_a_page_at_a_time(desk, api):
    for n in range(25):
        change(api, audit_share=n / 100)
    first = desk.get("/console/policy/versions").text
    assert [int(one) for one in re.findall(r">Version (\d+)</a>", first)] == list(range(26, 6, -1))
    second = desk.get(unescape(re.search(r'href="([^"]*before=[^"]*)"', first)[1])).text
    assert [int(one) for one in re.findall(r">Version (\d+)</a>", second)] == [6, 5, 4, 3, 2, 1]
    assert "before=" not in second


def test_an_earlier_version_comes_back_once_it_is_confirmed(desk, api):
    change(api, mode="pre")
    change(api, mode="post", audit_share=0.5)
    shown = desk.get("/console/policy/versions/2").text
    assert "Put version 2 in force again" in shown
    assert live(api)["version"] == 3
    for _ in range(2):
        assert desk.post("/console/policy/versions/2", {"version": "3"}, op="once").location == "/console/policy"
    policy = live(api)
    assert (policy["version"], policy["mode"], policy["audit_share"]) == (4, "pre", 0)


def test_nothing_comes_back_over_what_was_saved_meanwhile(desk, api):
    change(api, mode="pre")
    change(api, mode="post")
    change(api, audit_share=0.5)
    answer = desk.post("/console/policy/versions/2", {"version": "3"})
    assert answer.location == "/console/policy/versions/2"
    assert "version 4 was saved meanwhile" in desk.get(answer.location).text
    assert live(api)["version"] == 4


def test_an_earlier_version_can_be_edited(desk, api):
    change(api, mode="pre", audit_share=0.5)
    change(api, audit_share=0.25)
    shown = desk.get("/console/policy?from=2").text
    assert (standing(shown, "audit_share"), standing(shown, "version")) == ("0.5", "3")


def test_a_version_that_never_was_is_not_there(desk):
    for path in ("/versions/0", "/versions/9", "/versions/99999999999999999999", "?from=9", "?from=x"):
        assert desk.get(f"/console/policy{path}").status_code == 404


def test_a_draft_runs_as_a_shadow_and_is_adopted(desk, api, parts, store):
    form = form_of(api, words__block="gnomes")
    assert desk.post("/console/policy/shadow", form).location == "/console/policy/shadow"
    judged(api, id="c-1", body="My gnomes")
    judged(api, id="c-2", body="My roses")
    parts.shadowing.count()
    api.post("/v1/comments/c-1/decision", {"action": "reject"})
    page = desk.get("/console/policy/shadow").text
    shown = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "ada started this draft" in shown
    assert "Of 2 comments, 1 would have been treated in another way" in shown
    assert '<a href="/console/comments/c-1">' in page
    assert "rejected by a moderator" in shown
    draft = carried(page)
    for _ in range(2):
        assert desk.post("/console/policy/shadow/adopt", draft, op="once").location == "/console/policy"
    policy = live(api)
    assert (policy["version"], policy["words"]["block"]) == (2, ["gnomes"])
    assert api.get("/v1/policy/shadow").status_code == 404
    assert [one["act"] for one in acts(store) if one["act"].startswith(("policy", "shadow"))] == [
        "shadow.started",
        "policy.saved",
        "shadow.ended",
    ]


def test_a_shadow_is_ended(desk, api):
    assert "No draft runs" in desk.get("/console/policy/shadow").text
    desk.post("/console/policy/shadow", form_of(api, mode="pre"))
    draft = carried(desk.get("/console/policy/shadow").text)
    for _ in range(2):
        assert desk.post("/console/policy/shadow/end", draft).location == "/console/policy/shadow"
    assert api.get("/v1/policy/shadow").status_code == 404
    assert live(api)["version"] == 1


def test_a_shadow_is_not_adopted_over_what_was_saved_meanwhile(desk, api):
    desk.post("/console/policy/shadow", form_of(api, mode="pre"))
    draft = carried(desk.get("/console/policy/shadow").text)
    change(api, audit_share=0.5)
    answer = desk.post("/console/policy/shadow/adopt", draft)
    assert (answer.status_code, standing(answer.text, "audit_share")) == (409, "0.5")
    assert live(api)["version"] == 2
    assert api.get("/v1/policy/shadow").status_code == 200


PAGES = ["", "/json", "/versions", "/versions/2", "/shadow"]
FORMS = ["", "/json", "/save", "/preview", "/versions/1", "/shadow", "/shadow/adopt", "/shadow/end"]


def test_another_sites_policy_never_shows(desk, api, desk_for, key_for):
    rival = desk_for("admin", name="eve", site="rival")
    change(api, words={"block": ["secretword"], "suspect": []})
    desk.post("/console/policy/shadow", form_of(api, words__suspect="secretshadow"))
    judged(api, id="c-1", body="My secretshadow")
    for path in PAGES:
        answer = rival.get(f"/console/policy{path}")
        assert "secret" not in answer.text
        assert answer.status_code == (404 if path == "/versions/2" else 200)
    theirs = key_for("admin", site="rival")
    answer = rival.post("/console/policy/preview", form_of(theirs, mode="pre"))
    assert "c-1" not in answer.text
    rival.post("/console/policy/save", form_of(theirs, mode="pre"))
    rival.post("/console/policy/shadow/end", {"version": "2"})
    assert live(api)["version"] == 2
    assert api.get("/v1/policy/shadow").status_code == 200


def test_moderators_may_not_see_or_change_it(desk_for, api):
    moderator = desk_for("moderate", name="mo")
    for path in PAGES:
        assert moderator.get(f"/console/policy{path}").status_code == 403
    for path in FORMS:
        assert moderator.post(f"/console/policy{path}", form_of(api, mode="pre")).status_code == 403
    assert live(api)["version"] == 1
    assert "/console/policy" not in moderator.get("/console/queue").text


def test_a_form_without_its_token_does_nothing(desk, api):
    for path in FORMS:
        answer = desk.client.post(f"/console/policy{path}", data=form_of(api, mode="pre"))
        assert answer.status_code == 403
    assert live(api)["version"] == 1
