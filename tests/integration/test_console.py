"""What holds on every page of the console."""

import pytest

from service.store.people import People


def test_who_is_not_signed_in_is_sent_to_the_sign_in_page_and_back(app, store):
    answer = app.test_client().get("/console/queue?reason=score")
    assert answer.status_code == 303
    assert answer.location == "/console/sign-in?next=/console/queue?reason%3Dscore"


def test_a_script_that_is_signed_out_gets_a_401_and_no_page(app, store):
    answer = app.test_client().get("/console/queue", headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.json["type"] == "urn:winnow:problem:signed-out"


def test_every_answer_forbids_what_is_not_ours_and_is_kept_nowhere(desk_for):
    desk = desk_for("moderate")
    for path in ("/console/queue", "/console/nowhere", "/console/sign-in"):
        answer = desk.get(path)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.mimetype == "text/html"
    assert desk.get("/console/nowhere").status_code == 404


def test_files_may_be_kept_since_their_address_changes_with_them(desk_for):
    desk = desk_for("moderate")
    address = desk.get("/console/queue").text.split('href="', 3)[2].split('"')[0]
    assert "/console/static/" in address
    assert "max-age=31536000" in desk.get(address).headers["Cache-Control"]


@pytest.mark.parametrize(
    ("headers", "form"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, {}),
        ({"Sec-Fetch-Site": "same-site"}, {}),
        ({"Origin": "https://elsewhere.example"}, {}),
        ({}, {"csrf": "another"}),
        ({}, {"csrf": ""}),
    ],
)
def test_what_is_sent_from_elsewhere_or_without_the_token_does_nothing(desk_for, headers, form):
    desk = desk_for("moderate")
    assert desk.post("/console/sign-out", form, **headers).status_code == 403
    assert desk.get("/console/queue").status_code == 200


def test_signing_out_ends_the_session_on_the_server(desk_for):
    desk = desk_for("moderate")
    kept = desk.client.get_cookie("winnow").value
    assert desk.post("/console/sign-out").status_code == 303
    desk.client.set_cookie("winnow", kept)
    assert desk.get("/console/queue").status_code == 303


@pytest.mark.parametrize("change", ["password", "disabled"])
def test_a_session_ends_when_the_password_changes_or_the_person_is_disabled(desk_for, store, change):
    desk = desk_for("moderate", name="ada")
    people = People(store)
    if change == "password":
        people.set_password("herald", "ada", "digest", by="operator", op="1")
    else:
        people.disable("herald", "ada", by="operator", op="1")
    assert desk.get("/console/queue").status_code == 303


def test_a_session_of_one_site_is_none_of_another(desk_for):
    desk = desk_for("moderate", site="herald")
    _, _, secret = desk.client.get_cookie("winnow").value.partition(".")
    for site in ("courier", "winnow", "", "herald}:x", "*"):
        desk.client.set_cookie("winnow", f"{site}.{secret}")
        assert desk.get("/console/queue").status_code == 303
