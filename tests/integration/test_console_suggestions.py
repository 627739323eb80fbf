"""The console's page of suggested labels."""

import pytest

from service.store.keys import Keys
from service.store.suggestions import Suggestion, Suggestions


@pytest.fixture
def said(api, store):
    """A moderator's label of a comment that is here as well, and others that are kept apart."""
    api.post("/v1/comments", {"id": "c-1", "body": "Buy now"})
    suggestions = Suggestions(store)
    for site, role, text, reference in (
        ("herald", "moderate", "Buy now", "c-1"),
        ("herald", "submit", "<b>Buy</b> https://spam.example\u202e", "c-9"),
        ("herald", "submit", "I will kill you all tomorrow", None),
        ("rival", "submit", "A rival's own words", "c-1"),
    ):
        _, key = Keys(store).create(site, role, f"{role} of {site}")
        labels = {"spam": 1.0, "toxicity": 0.25}
        suggestions.add(site, key, key.name, Suggestion("akismet", text, labels, reference))


def test_the_lead_sees_what_is_kept_apart_and_what_moderators_said(desk_for, said):
    desk = desk_for("admin")
    apart = desk.get("/console/suggestions").text
    assert "<strong>1</strong> from moderators&#39; keys" in apart
    assert "<strong>2</strong> kept apart" in apart
    assert "submit of herald" in apart
    assert "spam: yes" in apart.lower()
    assert ": 0.25<" in apart
    assert "moderate of herald" not in apart
    assert "rival" not in apart
    moderated = desk.get("/console/suggestions?standing=moderated").text
    assert '<a href="/console/comments/c-1">c-1</a>' in moderated
    assert "moderate of herald" in moderated


def test_a_readers_text_neither_acts_nor_hides_anything_and_a_severe_one_is_closed(desk_for, said):
    apart = desk_for("admin").get("/console/suggestions").text
    assert "<b>Buy" not in apart
    assert "https://spam.example\u202e" not in apart
    assert "/console/comments/c-9" not in apart
    assert apart.count('<details class="severe">') == 1


def test_the_page_says_that_there_are_more(desk_for, said, monkeypatch):
    monkeypatch.setattr("service.console.views.suggestions.LISTED", 1)
    apart = desk_for("admin").get("/console/suggestions").text
    assert apart.count("<blockquote") == 1
    assert "I will kill" in apart, "the newest first"
    assert "These are the newest 1" in apart


def test_it_is_for_admins_and_may_be_empty(desk_for, api):
    assert desk_for("moderate", name="bob").get("/console/suggestions").status_code == 403
    assert "There are none." in desk_for("admin").get("/console/suggestions").text
    assert desk_for("admin").get("/console/suggestions?standing=odd").status_code == 422
