import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.demo.reports import NOTE_LIMIT, ReportDraft, public

from .conftest import Contract, hidden, post

READER = "0123456789abcdef" * 2


@pytest.fixture
def comment(reader: FlaskClient, contract: Contract) -> str:
    post(reader, "Fair point.")
    return next(iter(contract.stored))


def report(browser: FlaskClient, comment_id: str, **form: str) -> TestResponse:
    return browser.post("/reports", data={"comment": comment_id, "reason": "spam", **form})


def test_a_report_goes_to_winnow_and_is_thanked_for(reader: FlaskClient, contract: Contract, comment: str) -> None:
    answer = report(reader, comment, note=" Look at the link.\r\n")
    assert answer.status_code == 303
    (sent,) = contract.reports
    assert (sent["id"], sent["reason"], sent["note"]) == (comment, "spam", "Look at the link.")
    assert "Thank you for your report" in reader.get(answer.location).text


def test_the_form_stands_below_the_comment(reader: FlaskClient, comment: str) -> None:
    page = reader.get("/", query_string={"report": comment}).text
    assert "Report the comment of <bdi>Ada</bdi>" in page
    assert page.index(f'id="comment-{comment}"') < page.index('<form id="answer"')


def test_the_same_form_sent_twice_is_one_reader(reader: FlaskClient, contract: Contract, comment: str) -> None:
    form = hidden(reader.get("/", query_string={"report": comment}), "reader")
    before_the_cookie_came = reader.application.test_client()
    for browser in (reader, before_the_cookie_came):
        report(browser, comment, reader=form)
    assert len({one["reporter_id"] for one in contract.reports}) == 1


def test_a_reader_stays_the_same_by_a_cookie_that_scripts_and_other_sites_do_not_get(
    reader: FlaskClient, contract: Contract, comment: str
) -> None:
    answer = report(reader, comment)
    kept = answer.headers["Set-Cookie"]
    assert "HttpOnly" in kept
    assert "SameSite=Strict" in kept
    report(reader, comment, reader=READER)
    first, second = (one["reporter_id"] for one in contract.reports)
    assert first == second != READER


def test_the_cookie_goes_over_https_only_where_the_site_is_there_by_https(reader: FlaskClient, comment: str) -> None:
    form = {"comment": comment, "reason": "spam"}
    assert "Secure" in reader.post("/reports", data=form, base_url="https://ledger.example").headers["Set-Cookie"]


def test_reading_and_writing_set_no_cookie(reader: FlaskClient, comment: str) -> None:
    for page in (reader.get("/"), reader.get("/", query_string={"report": comment}), post(reader, "Indeed.")):
        assert "Set-Cookie" not in page.headers


@pytest.mark.parametrize("cookie", ["", "x", "0" * 31, "0" * 33, "../../..", "G" * 32])
def test_a_reader_that_the_site_cannot_have_made_becomes_another(cookie: str) -> None:
    assert ReportDraft.from_form({"comment": "c-1", "reader": cookie}, cookie).reader_id != cookie


def test_readers_differ(reader: FlaskClient, comment: str) -> None:
    form = {"report": comment}
    one, other = (hidden(reader.get("/", query_string=form), "reader") for _ in range(2))
    assert one != other


def test_a_report_without_a_reason_is_explained_and_keeps_its_note(
    reader: FlaskClient, contract: Contract, comment: str
) -> None:
    page = report(reader, comment, reason="", note="My <note>.")
    assert page.status_code == 422
    assert "Choose what is wrong" in page.text
    assert "My &lt;note&gt;.</textarea>" in page.text
    assert contract.reports == []


def test_a_note_that_is_too_long_is_explained_and_kept(reader: FlaskClient, comment: str) -> None:
    page = report(reader, comment, note="n" * (NOTE_LIMIT + 1))
    assert page.status_code == 422
    assert f"Shorten your note to {NOTE_LIMIT:,} characters; it now has {NOTE_LIMIT + 1:,}." in page.text


@pytest.mark.parametrize("gone", ["demo-404", "", "batch", "../queue"])
def test_a_comment_that_went_is_nothing_to_report(reader: FlaskClient, gone: str) -> None:
    page = report(reader, gone)
    assert page.status_code == 404
    assert "There is nothing left to report." in page.text


def test_a_report_kept_over_an_outage_can_be_sent_again(reader: FlaskClient, contract: Contract, comment: str) -> None:
    contract.refuse(503, retry_after="3")
    page = report(reader, comment, note="My note.", reader=READER)
    assert (page.status_code, page.headers["Retry-After"]) == (503, "3")
    assert "press “Send report” again in 3 seconds" in page.text
    assert "My note.</textarea>" in page.text
    assert hidden(page, "reader") == READER
    assert ' value="spam" checked' in page.text


@pytest.mark.parametrize(("status", "shown"), [(409, 409), (401, 502), (422, 502)])
def test_what_else_winnow_refuses_keeps_the_note(
    reader: FlaskClient, contract: Contract, comment: str, status: int, shown: int
) -> None:
    contract.refuse(status)
    page = report(reader, comment, note="My note.")
    assert page.status_code == shown
    assert "My note.</textarea>" in page.text


def test_a_form_too_large_to_read_gets_a_page_that_says_so(reader: FlaskClient, comment: str) -> None:
    assert report(reader, comment, note="x" * 5_000_000).status_code == 413


@pytest.mark.parametrize(
    ("address", "told"),
    [("9.9.9.9", "9.9.9.9"), ("2620:fe::fe", "2620:fe::fe"), ("127.0.0.1", None), ("10.0.0.7", None), ("::1", None)],
)
def test_only_an_address_that_can_be_a_readers_is_told(address: str, told: str | None) -> None:
    assert public(address) == told


@pytest.mark.parametrize("address", [None, "", "unix:", "1.2.3"])
def test_no_address_is_none(address: str | None) -> None:
    assert public(address) is None
