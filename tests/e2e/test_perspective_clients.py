"""Perspective's clients, unchanged but for their address, get from us what they got from it."""

import pytest

SECRET = "A quiet sentence that is asked about"


@pytest.fixture(scope="module")
def answers(drive):
    """What came of each client's steps; each is run once."""
    known = {}

    def of(name):
        if name not in known:
            known[name] = drive(name)
        return known[name]

    return of


def value(answer, name="TOXICITY"):
    return answer["attributeScores"][name]["summaryScore"]["value"]


def error_type(details):
    return [one.get("errorType") or one.get("reason") for one in details]


def test_googles_client_finds_the_methods_by_the_discovery_document_and_gets_dicts(answers):
    said = answers("google-api-python-client")
    assert value(said["analyze"]) > 0.9
    assert len(said["analyze"]["attributeScores"]) == 7
    assert value(said["another_method_of_finding"]) < 0.5


def test_googles_client_gets_spans_in_utf_16_units(answers):
    spans = answers("google-api-python-client")["spans"]["attributeScores"]["TOXICITY"]["spanScores"]
    assert [(one["begin"], one["end"]) for one in spans] == [(0, 31), (32, 55)]
    assert spans[0]["score"]["value"] > 0.9
    assert spans[1]["score"]["value"] < 0.5


def test_googles_client_may_send_all_that_the_api_takes(answers):
    said = answers("google-api-python-client")
    assert said["everything"]["languages"] == ["de"]
    assert said["everything"]["clientToken"] == "token-1"
    assert "attributeScores" not in said["below"]
    assert list(said["dropped"]["attributeScores"]) == ["TOXICITY"]


@pytest.mark.parametrize(
    ("step", "status", "reason", "kinds"),
    [
        ("without_a_model", 400, "Unknown requested attribute: FLIRTATION", ["INVALID_REQUEST"]),
        (
            "without_the_language",
            400,
            "Attribute INSULT does not support request languages: fr",
            ["LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"],
        ),
        ("no_language", 400, "Unable to detect language", ["LANGUAGE_DETECTION_FAILED"]),
        ("empty", 400, "Comment must be non-empty.", ["COMMENT_EMPTY"]),
        ("too_long", 400, "Comment text too long.", ["COMMENT_TOO_LONG"]),
        ("nothing_asked", 400, "Missing requested_attributes", ["NO_REQUESTED_ATTRIBUTES"]),
        (
            "unknown_field",
            400,
            'Invalid JSON payload received. Unknown name "extra": Cannot find field.',
            [None],
        ),
        ("wrong_type", 400, "Invalid value at 'comment.text' (TYPE_STRING)", [None]),
        ("bad_key", 400, "API key not valid. Please pass a valid API key.", ["API_KEY_INVALID", None]),
        ("suggested_nothing", 400, "Missing attribute_scores", ["INVALID_REQUEST"]),
        ("suggested_too_much", 400, "Scores of attribute TOXICITY are probabilities from 0 to 1", ["INVALID_REQUEST"]),
    ],
)
def test_googles_client_raises_its_own_error_with_our_details(answers, step, status, reason, kinds):
    said = answers("google-api-python-client")[step]
    assert (said["status"], said["reason"], error_type(said["details"])) == (status, reason, kinds)


def test_googles_client_without_a_key_is_told_to_send_one(answers):
    said = answers("google-api-python-client")["no_key"]
    assert (said["status"], said["reason"][:45]) == (403, "Method doesn't allow unregistered callers (ca")


def test_suggestions_come_back_with_their_token(answers):
    said = answers("google-api-python-client")
    assert said["suggested"] == {
        "clientToken": "comment:c-1",
        "detectedLanguages": ["en"],
        "requestedLanguages": ["en"],
    }
    assert said["suggested_apart"]["requestedLanguages"] == ["en"]
    assert answers("perspective-py")["suggest_score"]["clientToken"] == "comment:c-2"
    assert answers("perspective-py")["suggested_of_another"]["detectedLanguages"] == ["en"]


def test_pypis_perspective_scores_analyzes_and_is_refused(answers):
    said = answers("perspective-py")
    assert set(said["score"]) == {"TOXICITY", "INSULT"}
    assert said["score"]["TOXICITY"] == value(said["analyze_comment"]) > 0.9
    assert len(said["everything"]["attributeScores"]["SPAM"]["spanScores"]) == 2
    refusals = {
        "html": "INVALID_REQUEST",
        "without_a_model": "INVALID_REQUEST",
        "empty": "COMMENT_EMPTY",
        "too_long": "COMMENT_TOO_LONG",
        "bad_key": "API_KEY_INVALID",
        "suggested_nothing": "INVALID_REQUEST",
    }
    for step, kind in refusals.items():
        assert (said[step]["status"], error_type(said[step]["body"]["error"]["details"])[0]) == (400, kind), step
    assert said["no_key"]["status"] == 403


def test_npms_perspective_api_client_analyzes_and_gives_our_message_as_its_own(answers):
    said = answers("perspective-api-client")
    assert value(said["analyze"]) > 0.9
    assert list(said["attributes"]["attributeScores"]) == ["TOXICITY", "INSULT", "THREAT"]
    assert value(said["markup"]) < 0.5
    spans = said["object"]["attributeScores"]["TOXICITY"]["spanScores"]
    assert [(one["begin"], one["end"]) for one in spans] == [(0, 7), (8, 28)]
    assert "attributeScores" not in said["below"]
    assert value(said["truncated"]) <= 1
    assert said["refused_by_the_client"]["name"] == "TextTooLongError"
    messages = {
        "empty": "Comment must be non-empty.",
        "too_long": "Comment text too long.",
        "without_a_model": "Unknown requested attribute: FLIRTATION",
        "bad_key": "API key not valid. Please pass a valid API key.",
    }
    for step, message in messages.items():
        assert (said[step]["name"], said[step]["status"], said[step]["message"]) == ("ResponseError", 400, message)


def test_neither_the_key_nor_the_text_is_in_the_log(service):
    service.environment["WINNOW_LOG_LEVEL"] = "debug"
    key = service.start().key("submit")
    for method in ("analyze", "suggestscore"):
        body = {"comment": {"text": SECRET}, "requestedAttributes": {"TOXICITY": {}}}
        service.raw("POST", f"/v1alpha1/comments:{method}?key={key}", json=body)
    assert "/v1alpha1/comments:suggestscore" in service.printed()
    assert key not in service.printed()
    assert "quiet sentence" not in service.printed()
