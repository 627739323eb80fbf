"""What every page of the console keeps to, whoever made it: taken from the app's own routes."""

import re
from html.parser import HTMLParser

import pytest

from tests.filling import People, fill, pages

CSP = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
"""What a browser may do on a page; whatever else a page may need must be no wider than that."""


class Faults(HTMLParser):
    """What a strict policy would stop: scripts, styles and handlers that stand in a page itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "script" and not (given.get("src") or "").startswith("/console/static/"):
            self.found.append(self.get_starttag_text())
        if tag in ("style", "iframe", "object", "embed", "base"):
            self.found.append(self.get_starttag_text())
        for name, value in attrs:
            refused = name == "style" or name.startswith(("on", "hx-on", "data-hx-on"))
            if refused or (value or "").strip().lower().startswith(("javascript:", "js:", "data:text")):
                self.found.append(self.get_starttag_text())


def caller(api):
    def call(method, path, json=None):
        answer = api(method, path, json)
        assert answer.status_code < 300, (method, path, answer.text)
        return answer.json

    return call


@pytest.fixture
def walked(app, key_for, desk_for):
    """Every page's answer to an admin, by its route."""
    people = People(*(caller(key_for(role, name=name)) for role, name in ROLES))
    desk = desk_for("admin", name="admin")
    return {rule: desk.get(address) for rule, address in pages(app, fill(people)).items()}


ROLES = (("admin", "admin"), ("moderate", "bob"), ("moderate", "cyd"))


def test_every_page_answers(walked):
    found = {rule: answer.status_code for rule, answer in walked.items() if answer.status_code not in (200, 303)}
    assert found == {"/console/<path:rest>": 404}


def test_no_page_has_a_script_a_style_or_a_handler_in_it(walked):
    faults = {}
    for rule, answer in walked.items():
        if answer.mimetype == "text/html":
            parser = Faults()
            parser.feed(answer.text)
            if parser.found:
                faults[rule] = parser.found
    assert faults == {}


def test_every_answer_has_the_policy_and_is_kept_nowhere(walked):
    for rule, answer in walked.items():
        directives = dict(one.split(" ", 1) for one in answer.headers["Content-Security-Policy"].split("; "))
        assert directives == CSP, rule
        assert answer.headers["Cache-Control"] == "no-store", rule
        assert answer.headers["X-Content-Type-Options"] == "nosniff", rule
        assert answer.headers["Referrer-Policy"] == "no-referrer", rule


def test_every_file_that_a_page_names_is_there_and_may_be_kept(walked, desk_for):
    desk = desk_for("admin", name="admin")
    named = {
        one for answer in walked.values() for one in re.findall(r'(?:src|href)="(/console/static/[^"]+)"', answer.text)
    }
    assert len(named) > 3
    for address in named:
        answer = desk.get(address)
        assert answer.status_code == 200, address
        assert "max-age=31536000" in answer.headers["Cache-Control"], address


def test_what_a_moderator_may_not_see_is_no_page_of_theirs(app, key_for, desk_for, walked):
    bob = desk_for("moderate", name="bob")
    menu = re.findall(r'<a href="(/console/[^"#?]*)"', bob.get("/console/models").text)
    assert {bob.get(address).status_code for address in menu} == {200}
