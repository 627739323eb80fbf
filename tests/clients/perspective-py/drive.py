"""PyPI's perspective: its address is an attribute of the client, set here to ours."""

import json
import sys
from urllib.error import HTTPError

from perspective import PerspectiveAPI

told = json.load(sys.stdin)
base, keys = told["base"], told["keys"]

INSULT = "You stupid, worthless idiot."


def client(key):
    one = PerspectiveAPI(key)
    one.api_client.url = base + "/v1alpha1/{endpoint}"
    return one


def of(call, *arguments, **more):
    try:
        return call(*arguments, **more)
    except HTTPError as error:
        return {"status": error.code, "body": json.loads(error.read())}


submit, moderate = client(keys["submit"]), client(keys["moderate"])
answers = {
    "score": of(submit.score, INSULT, tests=["TOXICITY", "INSULT"]),
    "analyze_comment": of(submit.analyze_comment, INSULT),
    "everything": of(
        submit.analyze_comment,
        "Thanks for the article! \U0001f600 It was good to read.",
        comment_type="PLAIN_TEXT",
        context=[{"text": "What it answers", "type": "PLAIN_TEXT"}],
        requested_attributes={"TOXICITY": {"scoreType": "PROBABILITY", "scoreThreshold": 0.0}, "SPAM": {}},
        span_annotations=True,
        languages=["en"],
        do_not_store=True,
        client_token="token-1",  # a word that comes back
        session_id="session-1",
        community_id="herald",
    ),
    "html": of(submit.analyze_comment, "<b>Thanks</b>", comment_type="HTML"),
    "without_a_model": of(submit.score, "Thanks!", tests=["FLIRTATION"]),
    "empty": of(submit.score, ""),
    "too_long": of(submit.score, "x" * 20_481),
    "bad_key": of(client("no-key-of-ours").score, "Thanks!"),
    "no_key": of(client("").score, "Thanks!"),
    "suggest_score": of(
        moderate.suggest_score,
        INSULT,
        {
            "TOXICITY": {
                "summaryScore": {"value": 1.0, "type": "PROBABILITY"},
                "spanScores": [{"begin": 0, "end": 28, "score": {"value": 1.0, "type": "PROBABILITY"}}],
            }
        },
        comment_type="PLAIN_TEXT",
        context=[{"text": "What it answers"}],
        languages=["en"],
        client_token="comment:c-2",
        community_id="herald",
    ),
    "suggested_of_another": of(submit.suggest_score, "Thanks!", {"UNSUBSTANTIAL": {"summaryScore": {"value": 1.0}}}),
    "suggested_nothing": of(submit.suggest_score, "Thanks!", {"TOXICITY": {}}),
}
json.dump(answers, sys.stdout)
