"""Perspective's interface: our scores on its scale, its errors, its users' feedback as labels."""

from urllib.parse import urlencode

import orjson
import pytest

from service.moderation.perspective import perspective_score, usual_score
from service.moderation.policy import default_policy
from service.store.suggestions import Suggestion
from tests.integration.test_bad_input import one_engine
from tests.support import counts, everything, hold_everything

INSULT = "You stupid, worthless idiot."
THANKS = "Thanks for the article, it was good to read."
DOCUMENT = "/$discovery/rest?version=v1alpha1"


@pytest.fixture
def ask(app, key_for):
    """Calls a method of the API with a key, as its clients do."""
    own = key_for("submit")

    def asked(body, method="analyze", key=own.key, headers=None, path=None, **query):
        target = path or f"/v1alpha1/comments:{method}"
        query = {**({"key": key} if key else {}), **query}
        return app.test_client().post(
            f"{target}?{urlencode(query)}",
            data=orjson.dumps(body),
            content_type="application/json",
            headers=headers or {},
        )

    asked.key = own.key
    return asked


@pytest.fixture
def kept(app, monkeypatch):
    """Suggestions as they were handed over to be kept, each with the key that it came with and the person's name."""
    seen = []
    suggestions = type(app.extensions["winnow"].suggestions)
    add = suggestions.add

    def handed_over(self, site, key, name, suggestion):
        seen.append((suggestion, key, name))
        return add(self, site, key, name, suggestion)

    monkeypatch.setattr(suggestions, "add", handed_over)
    return seen


@pytest.fixture
def suggest(ask):
    """Suggests scores for a text."""

    def suggested(labels, text=INSULT, **more):
        key = more.pop("key", ask.key)
        scores = {name: {"summaryScore": {"value": value}} for name, value in labels.items()}
        answer = ask({"comment": {"text": text}, "attributeScores": scores, **more}, "suggestscore", key)
        assert answer.status_code == 200, answer.text
        return answer.json

    return suggested


def asking(text=INSULT, *attributes, **more):
    return {"comment": {"text": text}, "requestedAttributes": {one: {} for one in attributes or ("TOXICITY",)}} | more


def value(answer, name="TOXICITY"):
    assert answer.status_code == 200, answer.text
    return answer.json["attributeScores"][name]["summaryScore"]["value"]


def error_of(answer, status=400):
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/json; charset=UTF-8"
    return answer.json["error"]


def kind_of(answer):
    (detail,) = error_of(answer)["details"]
    assert detail["@type"] == "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"
    return detail["errorType"]


def test_a_comment_gets_the_scores_that_were_asked_for_on_perspectives_scale(ask, app):
    answer = ask(asking(INSULT, "TOXICITY", "PROFANITY", "SEVERE_TOXICITY_EXPERIMENTAL", clientToken="t-1"))
    assert list(answer.json["attributeScores"]) == ["TOXICITY", "PROFANITY", "SEVERE_TOXICITY_EXPERIMENTAL"]
    classifier = app.extensions["winnow"].models.own
    scored = classifier.score([INSULT], ["en"])[0].scores
    policy = default_policy(classifier.thresholds)
    assert value(answer, "PROFANITY") == perspective_score("PROFANITY", scored["obscene"], policy)
    whole = {"value": value(answer), "type": "PROBABILITY"}
    assert answer.json["attributeScores"]["TOXICITY"] == {
        "summaryScore": whole,
        "spanScores": [{"begin": 0, "end": len(INSULT), "score": whole}],
    }
    assert (answer.json["languages"], answer.json["detectedLanguages"]) == (["en"], ["en"])
    assert answer.json["clientToken"] == "t-1"
    assert "clientToken" not in ask(asking()).json


def test_a_sites_own_map_says_what_its_scores_are_there_and_another_sites_does_not(ask, app, api, key_for):
    ours = app.extensions["winnow"].models.own.score([INSULT], ["en"])[0].scores["toxicity"]
    policy = api.get("/v1/policy").json
    mapped = {"perspective": {"TOXICITY": [[0, 0], [0.8, ours], [1, 1]]}}
    assert api.put("/v1/policy", policy | mapped).status_code == 200
    assert value(ask(asking(INSULT))) == pytest.approx(0.8)
    at_the_threshold = {"requestedAttributes": {"TOXICITY": {"scoreThreshold": 0.8}}}
    assert "attributeScores" in ask(asking(INSULT, **at_the_threshold)).json
    assert value(ask(asking(INSULT), key=key_for("submit", site="rival").key)) == usual_score(ours)


def test_spans_count_utf_16_code_units(ask):
    text = f"\U0001f600\U0001f44d {INSULT} {THANKS}"
    answer = ask(asking(text, spanAnnotations=True)).json["attributeScores"]["TOXICITY"]
    units = text.encode("utf-16-le")
    sentences = [units[2 * one["begin"] : 2 * one["end"]].decode("utf-16-le") for one in answer["spanScores"]]
    assert sentences == [f"\U0001f600\U0001f44d {INSULT}", THANKS]
    first, second = (one["score"]["value"] for one in answer["spanScores"])
    assert first > 0.9
    assert second < 0.5


def test_without_span_annotations_the_one_span_is_the_whole_comment(ask):
    text = f"\U0001f600 {INSULT} {THANKS}"
    for spans in (False, None):
        answer = ask(asking(text, spanAnnotations=spans)).json["attributeScores"]["TOXICITY"]
        (one,) = answer["spanScores"]
        assert (one["begin"], one["end"]) == (0, len(text.encode("utf-16-le")) // 2)
        assert one["score"] == answer["summaryScore"]


def test_below_its_threshold_an_attribute_is_left_out_and_without_any_so_are_the_scores(ask):
    wanted = {"TOXICITY": {"scoreThreshold": 1}, "INSULT": {"scoreThreshold": 0}, "THREAT": {}}
    answer = ask({"comment": {"text": THANKS}, "requestedAttributes": wanted})
    assert list(answer.json["attributeScores"]) == ["INSULT", "THREAT"]
    answer = ask({"comment": {"text": THANKS}, "requestedAttributes": {"TOXICITY": {"scoreThreshold": "0.99"}}})
    assert answer.json == {"languages": ["en"], "detectedLanguages": ["en"]}


def test_a_score_reaches_a_threshold_that_is_its_own_value(ask):
    found = value(ask(asking()))
    answer = ask({"comment": {"text": INSULT}, "requestedAttributes": {"TOXICITY": {"scoreThreshold": found}}})
    assert value(answer) == found


@one_engine
@pytest.mark.parametrize(
    "name", ["FLIRTATION", "SEXUALLY_EXPLICIT", "LIKELY_TO_REJECT", "RESPECT_EXPERIMENTAL", "toxicity"]
)
def test_an_attribute_without_a_model_is_refused_and_never_made_up(ask, name):
    answer = ask(asking(INSULT, "TOXICITY", name))
    assert kind_of(answer) == "INVALID_REQUEST"
    assert error_of(answer)["message"] == f"Unknown requested attribute: {name}"
    assert list(ask(asking(INSULT, "TOXICITY", name, dropUnsupportedAttributes=True)).json["attributeScores"]) == [
        "TOXICITY"
    ]


def test_an_attribute_unknown_in_the_detected_language_is_refused_as_the_service_does(ask):
    german = "Du bist ein dummer, wertloser Idiot und sonst gar nichts."
    assert value(ask(asking(german, "INSULT")), "INSULT") > 0.5
    answer = ask(asking(german, "INSULT", "THREAT"))
    assert error_of(answer) == {
        "code": 400,
        "message": "Attribute THREAT does not support request languages: de",
        "status": "INVALID_ARGUMENT",
        "details": [
            {
                "@type": "type.googleapis.com/google.commentanalyzer.v1alpha1.Error",
                "errorType": "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
                "languageNotSupportedByAttributeError": {"detectedLanguages": ["de"], "attribute": "THREAT"},
            }
        ],
    }
    answer = ask(asking(german, "INSULT", "THREAT", dropUnsupportedAttributes=True))
    assert list(answer.json["attributeScores"]) == ["INSULT"]


def test_an_attribute_unknown_in_an_asked_language_names_that_language(ask):
    answer = ask(asking(THANKS, "INSULT", languages=["en", "fr"]))
    assert error_of(answer)["message"] == "Attribute INSULT does not support request languages: en, fr"
    assert error_of(answer)["details"][0]["languageNotSupportedByAttributeError"] == {
        "detectedLanguages": ["en"],
        "requestedLanguages": ["en", "fr"],
        "attribute": "INSULT",
    }


def test_the_language_that_is_asked_for_decides_and_the_detected_one_is_told(ask):
    answer = ask(asking(THANKS, languages=["de-DE"]))
    assert (answer.json["languages"], answer.json["detectedLanguages"]) == (["de-DE"], ["en"])
    assert value(answer) != value(ask(asking(THANKS)))
    assert value(ask(asking(THANKS, languages=["de", "en"]))) == value(ask(asking(THANKS)))
    assert value(ask(asking(THANKS, languages="EN"))) == value(ask(asking(THANKS)))


def test_without_a_language_that_can_be_told_it_fails_as_the_service_does(ask):
    assert kind_of(ask(asking("\U0001f600\U0001f600"))) == "LANGUAGE_DETECTION_FAILED"
    assert 0 <= value(ask(asking("\U0001f600\U0001f600", languages=["en"]))) <= 1


@one_engine
@pytest.mark.parametrize(
    ("changed", "kind", "message"),
    [
        ({"comment": {"text": ""}}, "COMMENT_EMPTY", "Comment must be non-empty."),
        ({"comment": {"text": " \n"}}, "COMMENT_EMPTY", "Comment must be non-empty."),
        ({"comment": {}}, "COMMENT_EMPTY", "Comment must be non-empty."),
        ({"comment": None}, "COMMENT_EMPTY", "Comment must be non-empty."),
        ({"comment": {"text": "x" * 20_481}}, "COMMENT_TOO_LONG", "Comment text too long."),
        ({"comment": {"text": "\u00e9" * 10_241}}, "COMMENT_TOO_LONG", "Comment text too long."),
        ({"requestedAttributes": {}}, "NO_REQUESTED_ATTRIBUTES", "Missing requested_attributes"),
        ({"requestedAttributes": None}, "NO_REQUESTED_ATTRIBUTES", "Missing requested_attributes"),
        (
            {"comment": {"text": "x", "type": "HTML"}},
            "INVALID_REQUEST",
            "Currently, only 'PLAIN_TEXT' comments are supported",
        ),
        ({"comment": {"text": "x", "type": "MARKDOWN"}}, "INVALID_REQUEST", "Unknown text type"),
        ({"comment": {"text": "x", "type": 9}}, "INVALID_REQUEST", "Unknown text type"),
        (
            {"requestedAttributes": {"TOXICITY": {"scoreType": "RAW"}}},
            "INVALID_REQUEST",
            "Requested score type RAW is not supported by attribute TOXICITY",
        ),
        (
            {"context": {"entries": [{"text": "a"}], "articleAndParentComment": {"article": {"text": "b"}}}},
            "INVALID_REQUEST",
            "Context can have either entries or article_and_parent_comment, but both fields were populated.",
        ),
    ],
)
def test_what_the_service_refuses_is_refused_with_its_own_type_and_words(ask, changed, kind, message):
    answer = ask(asking() | changed)
    assert (kind_of(answer), error_of(answer)["message"]) == (kind, message)
    assert error_of(answer)["status"] == "INVALID_ARGUMENT"


def test_a_comment_of_20480_bytes_is_scored(ask):
    assert 0 <= value(ask(asking("\u00e9" * 10_240, languages=["en"]))) <= 1


def test_every_field_is_taken_by_both_of_its_names(ask):
    answer = ask(
        {
            "comment": {"text": THANKS, "type": "PLAIN_TEXT"},
            "context": {"article_and_parent_comment": {"article": {"text": "a"}, "parent_comment": {"text": "p"}}},
            "requested_attributes": {"TOXICITY": {"score_type": "PROBABILITY", "score_threshold": 0.0}},
            "span_annotations": True,
            "languages": ["en"],
            "do_not_store": True,
            "drop_unsupported_attributes": False,
            "client_token": "t-2",
            "session_id": "s-2",
            "community_id": "herald",
        }
    )
    assert answer.json["clientToken"] == "t-2"
    assert 0 <= value(answer) <= 1


def test_a_field_that_the_message_does_not_have_is_refused_by_its_place(ask):
    answer = ask(asking(INSULT, extra=1) | {"comment": {"text": INSULT, "lang": "en"}})
    said = [
        "Invalid JSON payload received. Unknown name \"lang\" at 'comment': Cannot find field.",
        'Invalid JSON payload received. Unknown name "extra": Cannot find field.',
    ]
    assert sorted(error_of(answer)["message"].split("\n")) == sorted(said)
    (detail,) = error_of(answer)["details"]
    assert detail["@type"] == "type.googleapis.com/google.rpc.BadRequest"
    assert {one["description"]: one.get("field") for one in detail["fieldViolations"]} == {
        said[0]: "comment",
        said[1]: None,
    }


def test_the_colon_may_come_encoded_and_the_query_may_have_googles_own_parameters(ask):
    more = {"alt": "json", "prettyPrint": "false", "$.xgafv": "2", "quotaUser": "u", "fields": "languages"}
    assert value(ask(asking(), path="/v1alpha1/comments%3Aanalyze", **more)) > 0.9


@one_engine
@pytest.mark.parametrize("query", [{"extra": "1"}, {"alt": "proto"}])
def test_another_parameter_or_format_is_refused(ask, query):
    assert error_of(ask(asking(), **query))["status"] == "INVALID_ARGUMENT"


def test_the_key_may_come_in_the_query_in_googles_header_or_as_a_bearers(ask):
    for headers in ({"X-Goog-Api-Key": ask.key}, {"Authorization": f"Bearer {ask.key}"}):
        assert value(ask(asking(), key="", headers=headers)) > 0.9


def test_a_key_that_is_none_and_no_key_are_told_apart_as_google_does(ask):
    bad = error_of(ask(asking(), key="nonsense"))
    assert (bad["status"], bad["details"][0]["reason"]) == ("INVALID_ARGUMENT", "API_KEY_INVALID")
    assert error_of(ask(asking(), key="", headers={"X-Goog-Api-Key": "nonsense"}))["details"] == bad["details"]
    assert error_of(ask(asking(), key=""), 403)["status"] == "PERMISSION_DENIED"
    token = ask(asking(), key="", headers={"Authorization": "Bearer nonsense"})
    assert error_of(token, 401)["status"] == "UNAUTHENTICATED"


def test_a_check_is_counted_by_surface_and_nothing_of_it_is_stored(ask, app, store):
    ask(asking("A sentence that is asked about", clientToken="comment:c-1"))
    assert counts(store)["checked=perspective/scored"] == 1
    assert "sentence" not in everything(store)
    assert b'winnow_checks_total{surface="perspective",verdict="scored"} 1.0' in (
        app.extensions["winnow"].metrics.exposition()
    )


def test_a_request_is_counted_once_and_says_where_the_key_stands(ask, store, suggest):
    answer = ask(asking())
    assert answer.headers["RateLimit"].startswith('"key";r=59999;')
    suggest({"TOXICITY": 1})
    assert ask(asking()).headers["RateLimit"].startswith('"key";r=59997;')


def test_while_redis_is_away_a_site_that_was_seen_is_scored_and_another_is_told_to_come_back(
    ask, app, key_for, cut_off
):
    before = value(ask(asking()))
    rival = key_for("submit", site="rival").key
    app.extensions["winnow"].keys.find(rival)

    cut_off()
    assert value(ask(asking())) == before
    answer = ask(asking(), key=rival)
    assert error_of(answer, 503)["status"] == "UNAVAILABLE"
    assert answer.headers["Retry-After"] == "1"


def test_a_suggestion_is_a_labelled_example_named_by_corals_token(suggest, kept, store):
    told = suggest({"TOXICITY": 1, "PROFANITY": 0.25}, clientToken="comment:c-7", languages=["en"])
    assert told == {"clientToken": "comment:c-7", "detectedLanguages": ["en"], "requestedLanguages": ["en"]}
    ((suggestion, key, name),) = kept
    assert suggestion == Suggestion("perspective", INSULT, {"toxicity": 1, "obscene": 0.25}, "c-7", "en")
    assert (key.role, name) == ("submit", "submit")
    assert store._client.exists("{herald}:suggestion:c-7")
    assert INSULT in everything(store)


@one_engine
@pytest.mark.parametrize("token", ["", "c-7", "comment:", "comment:~7", "comment:a b", "comment:" + "x" * 129])
def test_a_token_that_names_no_comment_is_no_reference(suggest, kept, token):
    suggest({"TOXICITY": 1}, clientToken=token)
    assert kept[0][0].reference is None


def test_a_moderators_suggestion_comes_with_their_name(suggest, kept, key_for):
    suggest({"INSULT": 0}, key=key_for("moderate", name="ada").key)
    ((suggestion, key, name),) = kept
    assert (dict(suggestion.labels), key.role, name) == ({"insult": 0}, "moderate", "ada")


def test_a_suggestion_stays_on_its_own_site_whatever_it_names(suggest, key_for, store):
    suggest({"TOXICITY": 1}, clientToken="comment:c-7")
    ours = [line for line in everything(store).splitlines() if line.startswith("{herald}")]
    suggest({"TOXICITY": 0}, THANKS, clientToken="comment:c-7", key=key_for("admin", site="rival").key)
    assert [line for line in everything(store).splitlines() if line.startswith("{herald}")] == ours
    assert store._client.exists("{rival}:suggestion:c-7")


@one_engine
def test_the_language_of_a_suggestion_is_the_asked_one_or_the_detected_one(suggest, kept):
    suggest({"TOXICITY": 0}, THANKS, languages=["DE-at"])
    suggest({"TOXICITY": 0}, THANKS)
    suggest({"TOXICITY": 0}, "\U0001f600")
    assert [suggestion.language for suggestion, _, _ in kept] == ["de", "en", None]


@one_engine
def test_of_two_names_for_one_of_ours_the_higher_score_counts(suggest, kept):
    suggest({"OBSCENE": 0.2, "PROFANITY": 0.8, "PROFANITY_EXPERIMENTAL": 0.5})
    assert dict(kept[0][0].labels) == {"obscene": 0.8}


def test_what_we_have_no_word_for_is_taken_and_not_kept(suggest, kept, store):
    suggest({"UNSUBSTANTIAL": 1, "APPROVED": 1})
    assert kept == []
    assert INSULT not in everything(store)
    suggest({"UNSUBSTANTIAL": 1, "TOXICITY": 1})
    assert dict(kept[0][0].labels) == {"toxicity": 1}


def test_a_suggestion_that_is_not_to_be_stored_keeps_nothing(suggest, kept, store):
    assert suggest({"TOXICITY": 1}, doNotStore=True)["detectedLanguages"] == ["en"]
    assert kept == []
    assert INSULT not in everything(store)


def test_what_an_erased_comment_said_does_not_come_back_and_the_client_is_not_told(suggest, store, api):
    api.post("/v1/comments", {"id": "c-9", "body": INSULT})
    api.delete("/v1/comments/c-9")
    assert suggest({"TOXICITY": 1}, clientToken="comment:c-9")["clientToken"] == "comment:c-9"
    assert INSULT not in everything(store)


def test_scores_of_parts_are_taken_and_are_no_labels(ask, kept):
    span = {"begin": 0, "end": 3, "score": {"value": 1}}
    body = {"comment": {"text": INSULT}, "attributeScores": {"TOXICITY": {"spanScores": [span]}}}
    assert ask(body, "suggestscore").status_code == 200
    assert kept == []


@one_engine
@pytest.mark.parametrize(
    "scores",
    [
        {},
        {"TOXICITY": {}},
        {"TOXICITY": {"summaryScore": {}}},
        {"TOXICITY": {"summaryScore": {"value": 1.1}}},
        {"TOXICITY": {"summaryScore": {"value": -0.1}}},
        {"TOXICITY": {"summaryScore": {"value": 1, "type": "RAW"}}},
        {"TOXICITY": {"spanScores": [{"begin": 0, "score": {"value": 1}}]}},
        {"TOXICITY": {"spanScores": [{"begin": 0, "end": 2}]}},
        {"UNSUBSTANTIAL": {"summaryScore": {"value": 2}}},
    ],
)
def test_a_malformed_suggestion_is_refused_and_keeps_nothing(ask, kept, scores):
    assert kind_of(ask({"comment": {"text": INSULT}, "attributeScores": scores}, "suggestscore")) == "INVALID_REQUEST"
    assert kept == []


def test_the_discovery_document_needs_no_key_and_leads_back_to_where_it_was_asked(app):
    client = app.test_client()
    for path in (DOCUMENT, "/$discovery/rest", "/discovery/v1/apis/commentanalyzer/v1alpha1/rest?key=nonsense"):
        asked = {"Host": "mod.example:8443"}
        answer = client.get(path, headers=asked, environ_overrides={"wsgi.url_scheme": "https"})
        assert (answer.status_code, answer.json["rootUrl"]) == (200, "https://mod.example:8443/")
    assert client.get(DOCUMENT).json["rootUrl"] == "http://localhost/"
    said = {"X-Forwarded-Proto": "https"}  # whether that is believed is for the web server to say
    assert client.get(DOCUMENT, headers=said).json["rootUrl"] == "http://localhost/"


def test_the_discovery_document_has_what_googles_clients_need(app):
    document = app.test_client().get(DOCUMENT).json
    assert (document["name"], document["version"], document["servicePath"]) == ("commentanalyzer", "v1alpha1", "")
    assert {"alt", "key", "fields", "prettyPrint", "quotaUser", "$.xgafv"} <= set(document["parameters"])
    assert "auth" not in document
    for name, method in document["resources"]["comments"]["methods"].items():
        assert method["path"] == f"v1alpha1/comments:{name}"
        assert {method["request"]["$ref"], method["response"]["$ref"]} <= set(document["schemas"])
    assert set(references(document["schemas"])) <= set(document["schemas"])


def references(value):
    """Every `$ref` in a document."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from [inner] if name == "$ref" else references(inner)
    if isinstance(value, list):
        for inner in value:
            yield from references(inner)


@one_engine
@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [("/$discovery/rest?version=v2", {}, 404), (DOCUMENT, {"Host": "a b"}, 400), (DOCUMENT, {"Host": "a/b"}, 400)],
)
def test_a_discovery_that_cannot_be_answered_is_refused_in_googles_shape(app, path, headers, status):
    assert error_of(app.test_client().get(path, headers=headers), status)["code"] == status


def test_a_policys_change_reaches_the_next_score(ask, app, api):
    """The version in force comes with the count, so that a site's own map counts at once."""
    ask(asking())
    hold_everything(api)
    ask(asking())
    checking = app.extensions["winnow"].checking
    assert checking._policies.last_seen("herald", None).version == 2


# Coral, with "Admin > Configure > Moderation > Perspective" pointed at https://winnow.example/v1alpha1: the requests of
# server/src/core/server/services/perspective/perspective.ts, which joins the endpoint's path and the method's.
CORAL = {"Content-Type": "application/json", "User-Agent": "Coral Perspective/9.11.8"}


def coral(app, key, method, body):
    body = orjson.dumps(body)
    return app.test_client().post(f"/v1alpha1/comments:{method}?key={key}", data=body, headers=CORAL)


@pytest.mark.parametrize(("text", "toxic"), [(INSULT, True), (THANKS, False)])
def test_corals_toxic_phase_gets_the_one_score_that_it_reads(app, ask, text, toxic):
    body = {"comment": {"text": text}, "doNotStore": True, "requestedAttributes": {"TOXICITY": {}}, "languages": ["en"]}
    answer = coral(app, ask.key, "analyze", body)
    assert (answer.json["attributeScores"]["TOXICITY"]["summaryScore"]["value"] > 0.8) == toxic


@pytest.mark.parametrize("score", [0, 1])  # Coral sends 0 for APPROVED, 1 for REJECTED
def test_corals_feedback_is_a_label_of_its_comment(app, ask, kept, score):
    comment = "e53cbeba-796b-4930-b16e-1f1a8ad20766"
    place = {"url": f"https://news.example/a?commentID={comment}", "Coral_comment_id": comment}
    body = {
        "comment": {"text": INSULT},
        "context": {"entries": [{"text": orjson.dumps(place).decode()}]},
        "attributeScores": {"TOXICITY": {"summaryScore": {"value": score}}},
        "languages": ["en"],
        "communityId": "Coral:https://coral.example/",
        "clientToken": f"comment:{comment}",
    }
    answer = coral(app, ask.key, "suggestscore", body)
    assert answer.json["clientToken"] == f"comment:{comment}"
    ((suggestion, _, _),) = kept
    assert suggestion == Suggestion("perspective", INSULT, {"toxicity": score}, comment, "en")
