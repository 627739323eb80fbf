import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.demo.appeals import STATEMENT_LIMIT

from .conftest import Contract, post


@pytest.fixture
def rejected(reader: FlaskClient, contract: Contract) -> str:
    post(reader, "Best casino.")
    return next(iter(contract.stored))


def receipt(reader: FlaskClient, comment_id: str) -> str:
    return reader.get("/", query_string={"comment": comment_id}).text


def appeal(reader: FlaskClient, comment_id: str, statement: str = "It was a joke.") -> TestResponse:
    return reader.post("/appeals", data={"comment": comment_id, "statement": statement})


def test_a_rejected_comment_comes_with_its_words_the_reasons_and_a_form(reader: FlaskClient, rejected: str) -> None:
    page = receipt(reader, rejected)
    assert "Best casino." in page
    assert "It was found to be advertising or a scam." in page
    assert "The rule that it broke: 1." in page
    assert "In full: it was found to be spam." in page
    assert "Contest this decision" in page
    assert "until 26 May 2027" in page


def test_an_appeal_is_sent_and_its_receipt_says_that_somebody_looks(
    reader: FlaskClient, contract: Contract, rejected: str
) -> None:
    answer = appeal(reader, rejected, " It was\r\na joke. ")
    assert answer.status_code == 303
    assert contract.stored[rejected]["appeal"]["statement"] == "It was\na joke."
    page = reader.get(answer.location).text
    assert "Your appeal is being looked at" in page
    assert "Contest this decision" not in page


def test_an_appeal_needs_no_words(reader: FlaskClient, contract: Contract, rejected: str) -> None:
    appeal(reader, rejected, "")
    assert contract.stored[rejected]["appeal"]["statement"] is None


def test_an_appeal_sent_twice_is_one(reader: FlaskClient, rejected: str) -> None:
    first, second = (appeal(reader, rejected) for _ in range(2))
    assert first.location == second.location
    assert second.status_code == 303


@pytest.mark.parametrize(
    ("outcome", "heading"),
    [
        ("upheld", "Your appeal was looked at, and the decision stands"),
        ("reversed", "Your appeal was granted: your comment is published"),
    ],
)
def test_the_receipt_says_what_came_of_an_appeal(
    reader: FlaskClient, contract: Contract, rejected: str, outcome: str, heading: str
) -> None:
    appeal(reader, rejected)
    contract.stored[rejected]["status"] = "rejected" if outcome == "upheld" else "approved"
    contract.stored[rejected]["appeal"] |= {"outcome": outcome, "decided_at": "2026-11-24T06:00:00.000Z"}
    page = receipt(reader, rejected)
    assert heading in page
    assert "Contest this decision" not in page


def test_a_second_appeal_with_other_words_is_explained_and_shows_them(reader: FlaskClient, rejected: str) -> None:
    appeal(reader, rejected)
    page = appeal(reader, rejected, "And <another> thing.")
    assert page.status_code == 409
    assert "You contested this decision before" in page.text
    assert "And &lt;another&gt; thing." in page.text
    assert "Your appeal is being looked at" in page.text


def test_a_comment_that_was_published_meanwhile_needs_no_appeal(
    reader: FlaskClient, contract: Contract, rejected: str
) -> None:
    contract.stored[rejected]["status"] = "approved"
    answer = appeal(reader, rejected)
    assert "Your comment is published" in reader.get(answer.location).text


def test_a_comment_that_was_erased_meanwhile_is_said_to_be(
    reader: FlaskClient, contract: Contract, rejected: str
) -> None:
    contract.refuse(410)
    answer = appeal(reader, rejected)
    contract.refusal = None
    del contract.stored[rejected]
    assert "This comment is no longer here" in reader.get(answer.location).text


def test_too_many_words_are_counted_and_kept(reader: FlaskClient, rejected: str) -> None:
    page = appeal(reader, rejected, "w" * (STATEMENT_LIMIT + 1))
    assert page.status_code == 422
    assert "it now has 5,001" in page.text
    assert "w" * (STATEMENT_LIMIT + 1) + "</textarea>" in page.text


@pytest.mark.parametrize("forged", ["", "demo-001", "../queue", "ledger-" + "0" * 31])
def test_nobody_appeals_for_a_comment_whose_id_they_cannot_know(
    reader: FlaskClient, contract: Contract, rejected: str, forged: str
) -> None:
    contract.stored["demo-001"] = contract.stored[rejected] | {"id": "demo-001"}
    assert appeal(reader, forged).status_code == 404
    assert "appeal" not in contract.stored["demo-001"]


def test_an_appeal_kept_over_an_outage_can_be_sent_again(
    reader: FlaskClient, contract: Contract, rejected: str
) -> None:
    contract.refuse(503, retry_after="3")
    page = appeal(reader, rejected, "My <reasons>.")
    assert (page.status_code, page.headers["Retry-After"]) == (503, "3")
    assert "press “Send appeal” again in 3 seconds" in page.text
    assert "My &lt;reasons&gt;.</textarea>" in page.text
    contract.refusal = None
    assert appeal(reader, rejected, "My <reasons>.").status_code == 303


@pytest.mark.parametrize(("status", "shown"), [(409, 409), (401, 502)])
def test_what_else_winnow_refuses_keeps_the_words(
    reader: FlaskClient, contract: Contract, rejected: str, status: int, shown: int
) -> None:
    contract.refuse(status)
    page = appeal(reader, rejected)
    assert page.status_code == shown
    assert "It was a joke.</textarea>" in page.text


def test_a_form_too_large_to_read_gets_a_page_that_says_so(reader: FlaskClient, rejected: str) -> None:
    assert appeal(reader, rejected, "x" * 5_000_000).status_code == 413


def test_a_statement_that_cannot_be_had_leaves_the_way_to_contest(
    reader: FlaskClient, contract: Contract, rejected: str
) -> None:
    contract.statement_refusal = 503
    page = receipt(reader, rejected)
    assert "It contains links." in page
    assert "Contest this decision" in page
