"""The models' pages: what they say, who may change what, and that nothing happens twice or unseen."""

import re

import pytest

from model.checks import Check, Figure, Report
from model.classifier import Classifier
from service.store.models import Change
from tests.support import acts, damage

OWN = Classifier.load()
REFUSED = Report(
    "old",
    (
        Check("integrity", True, "all finite"),
        Check("identity slices", False, "worse by 0.07", (Figure("false positive rate", 0.07, False, most=0.02),)),
    ),
)


@pytest.fixture
def publish(app, folders, loaded):
    """Publishes a model as the operator does."""
    parts = app.extensions["winnow"]

    def make(version, place="*", report=None, reason="by force"):
        change = Change(f"op-{version}-{place}", "operator", reason)
        parts.publishing.publish(place, folders[version], loaded[version], change, report)
        parts.models.look()
        return loaded[version].digest

    return make


@pytest.fixture
def admin(desk_for):
    return desk_for("admin", name="ada")


def form(seen="", reason="fewer misses", **more):
    return {"reason": reason, "sure": "true", "seen": seen, **more}


def told(desk, answer):
    """What the page says after a form."""
    assert answer.status_code == 303, answer.text
    return re.search(r'role="status">([^<]*)', desk.get(answer.location).text)[1]


def test_the_versions_are_listed_with_who_published_them_and_which_is_in_force(admin, publish):
    publish("stern", reason="<b>new</b> decisions")
    page = admin.get("/console/models").text
    assert page.index("stern") < page.index(OWN.version)
    assert "&lt;b&gt;new&lt;/b&gt; decisions" in page
    assert page.count("in force</span>") == 2
    assert "every site without its own" in page


def test_a_models_page_has_its_card_and_the_gates_report_with_figures_and_bounds(admin, publish):
    digest = publish("stern", report=REFUSED)
    page = admin.get(f"/console/models/{digest}").text
    for said in ("published by force", "identity slices", "worse by 0.07", "+0.070", "at most +0.020", "old"):
        assert said in page
    own = admin.get(f"/console/models/{OWN.digest}").text
    for said in ("What it was trained on", "YouTube Spam Collection", "comes with the service and was not published"):
        assert said in own
    assert own.count("<h1>") == 1


def test_what_was_published_before_reports_were_kept_says_so(admin, publish, store):
    digest = publish("stern")
    where = "{winnow}:models:log:*"
    store._client.lset(where, 0, store._client.lindex(where, 0).replace(',"gated":false', ""))
    assert "Published before reports were kept." in admin.get(f"/console/models/{digest}").text


def test_an_admin_puts_a_model_in_force_and_takes_it_back_each_once_though_sent_twice(admin, publish, store):
    stern = publish("stern")
    publish("mild")
    for _ in range(2):
        answer = admin.post(f"/console/models/{stern}/publish", form(), op="press-1")
        assert told(admin, answer).startswith("stern is in force for herald")
    by = [entry["by"] for entry in acts(store) if entry["act"] == "model.published"]
    assert by == ["operator", "operator", "ada"]
    assert "The gate was not asked" in admin.get(f"/console/models/{stern}").text
    page = admin.get("/console/models").text
    assert "the model that all sites use in force" in page
    for _ in range(2):
        answer = admin.post("/console/models/back", form(seen=stern), op="press-2")
        assert told(admin, answer) == "The last publication for this site is taken back."
    page = admin.get("/console/models").text
    assert "there is nothing to take back here" in page
    assert page.count("<td>ada</td>") == 3  # as its last publisher, and twice in the log


def test_a_second_admin_who_saw_another_state_changes_nothing_and_is_told(admin, desk_for, publish):
    stern, mild = publish("stern"), publish("mild")
    bob = desk_for("admin", name="bob")
    admin.post(f"/console/models/{stern}/publish", form())
    assert "Meanwhile" in told(bob, bob.post(f"/console/models/{mild}/publish", form()))
    admin.post(f"/console/models/{mild}/publish", form(seen=stern))
    assert "Meanwhile" in told(bob, bob.post("/console/models/back", form(seen=stern)))
    admin.post("/console/models/back", form(seen=mild))
    admin.post("/console/models/back", form(seen=stern))
    assert "No publication for this site is left" in told(bob, bob.post("/console/models/back", form()))


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"sure": "true"}, "Say why"),
        ({"reason": "why not"}, "Tick that you mean it"),
        ({"reason": "x" * 501, "sure": "true"}, "at most 500 characters"),
    ],
)
def test_a_change_takes_a_reason_and_a_tick(admin, publish, sent, said):
    stern = publish("stern")
    publish("mild", "herald")
    for path in (f"/console/models/{stern}/publish", "/console/models/back"):
        answer = admin.post(path, sent)
        assert answer.status_code == 422
        assert said in answer.text
        assert f'value="{sent["reason"]}"' in answer.text if "reason" in sent else True
    assert "mild again" not in admin.get("/console/models").text


def test_moderators_look_and_change_nothing(desk_for, publish):
    bob = desk_for("moderate", name="bob")
    stern = publish("stern")
    for path in ("/console/models", f"/console/models/{stern}"):
        page = bob.get(path)
        assert page.status_code == 200
        assert "/publish" not in page.text
        assert "/back" not in page.text
    assert bob.post(f"/console/models/{stern}/publish", form()).status_code == 403
    assert bob.post("/console/models/back", form()).status_code == 403


def test_another_sites_model_is_not_there(admin, desk_for, publish):
    stern = publish("stern", "rival")
    assert admin.get(f"/console/models/{stern}").status_code == 404
    assert admin.post(f"/console/models/{stern}/publish", form()).status_code == 404
    assert admin.get("/console/models/nothing").status_code == 404
    assert "stern" not in admin.get("/console/models").text
    assert "stern" in desk_for("admin", name="eve", site="rival").get("/console/models").text


def test_a_damaged_model_says_so_and_is_not_put_in_force(admin, publish, store):
    publish("stern", "herald")
    mild = publish("mild", "herald")
    stern = publish("stern", "herald", reason="again")
    publish("never", "herald")
    damage(store, mild, "card.md")
    damage(store, stern, "card.md")
    assert "damaged" in admin.get(f"/console/models/{mild}").text
    page = admin.get("/console/models").text
    seen = re.search(r'name="seen" value="(\w+)"', page)[1]
    assert "damaged" in told(admin, admin.post(f"/console/models/{mild}/publish", form(seen=seen)))
