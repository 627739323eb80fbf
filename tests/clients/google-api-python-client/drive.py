"""google-api-python-client as Perspective's own documentation uses it: one address changes, that of the discovery document."""

import json
import sys

from googleapiclient import discovery
from googleapiclient.errors import HttpError

told = json.load(sys.stdin)
base, keys = told["base"], told["keys"]

DOCUMENT = base + "/$discovery/rest?version=v1alpha1"
DIRECTORY = base + "/discovery/v1/apis/{api}/{apiVersion}/rest"
INSULT = "\U0001f600 You stupid, worthless idiot. Thanks for the article!"


def client(key, url=DOCUMENT):
    return discovery.build(
        "commentanalyzer", "v1alpha1", developerKey=key, discoveryServiceUrl=url, static_discovery=False
    )


def of(request):
    try:
        return request.execute()
    except HttpError as error:
        return {"status": error.resp.status, "reason": error.reason, "details": error.error_details}


def asking(text, *attributes, **more):
    return {"comment": {"text": text}, "requestedAttributes": {name: {} for name in attributes}, **more}


def scores(text, **attributes):
    scored = {name: {"summaryScore": {"value": value}} for name, value in attributes.items()}
    return {"comment": {"text": text}, "attributeScores": scored, "languages": ["en"]}


submit, moderate = client(keys["submit"]).comments(), client(keys["moderate"]).comments()
all_ours = ["TOXICITY", "SEVERE_TOXICITY", "IDENTITY_ATTACK", "INSULT", "PROFANITY", "THREAT", "SPAM"]
unlikely = {name: {"scoreThreshold": 1.0} for name in ("TOXICITY", "THREAT")}

answers = {
    "analyze": of(submit.analyze(body=asking(INSULT, *all_ours))),
    "spans": of(submit.analyze(body=asking(INSULT, "TOXICITY", spanAnnotations=True))),
    "everything": of(
        submit.analyze(
            body={
                "comment": {"text": "Danke für den Artikel, das war gut zu lesen.", "type": "PLAIN_TEXT"},
                "context": {"entries": [{"text": "What it answers", "type": "PLAIN_TEXT"}]},
                "requestedAttributes": {"TOXICITY": {"scoreType": "PROBABILITY", "scoreThreshold": 0.0}},
                "spanAnnotations": False,
                "languages": ["de"],
                "doNotStore": True,
                "clientToken": "token-1",
                "sessionId": "session-1",
                "communityId": "herald",
            }
        )
    ),
    "below": of(submit.analyze(body=asking("Thanks!", "TOXICITY") | {"requestedAttributes": unlikely})),
    "dropped": of(submit.analyze(body=asking("Thanks!", "TOXICITY", "FLIRTATION", dropUnsupportedAttributes=True))),
    "another_method_of_finding": of(
        client(keys["submit"], DIRECTORY).comments().analyze(body=asking("Thanks!", "TOXICITY"))
    ),
    "without_a_model": of(submit.analyze(body=asking("Thanks!", "FLIRTATION"))),
    "without_the_language": of(submit.analyze(body=asking("Merci pour l'article", "INSULT", languages=["fr"]))),
    "no_language": of(submit.analyze(body=asking("\U0001f600\U0001f600", "TOXICITY"))),
    "empty": of(submit.analyze(body=asking("", "TOXICITY"))),
    "too_long": of(submit.analyze(body=asking("x" * 20_481, "TOXICITY"))),
    "nothing_asked": of(submit.analyze(body=asking("Thanks!"))),
    "unknown_field": of(submit.analyze(body=asking("Thanks!", "TOXICITY", extra=1))),
    "wrong_type": of(submit.analyze(body=asking(5, "TOXICITY"))),
    "bad_key": of(client("no-key-of-ours").comments().analyze(body=asking("Thanks!", "TOXICITY"))),
    "no_key": of(client(None).comments().analyze(body=asking("Thanks!", "TOXICITY"))),
    "suggested": of(
        moderate.suggestscore(body=scores(INSULT, TOXICITY=1, INSULT=0.9) | {"clientToken": "comment:c-1"})
    ),
    "suggested_apart": of(submit.suggestscore(body=scores("Thanks!", TOXICITY=0))),
    "suggested_nothing": of(submit.suggestscore(body=scores("Thanks!"))),
    "suggested_too_much": of(submit.suggestscore(body=scores("Thanks!", TOXICITY=2))),
}
json.dump(answers, sys.stdout)
