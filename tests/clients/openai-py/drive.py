"""Drives PyPI's `openai` as its users do, with `base_url` changed and nothing else."""

import asyncio
import json
import sys

import openai

TEXTS = ["What a fine day", "You stupid, worthless idiot."]
PARTS = [{"type": "text", "text": text} for text in TEXTS]
IMAGE = {"type": "image_url", "image_url": {"url": "https://news.example/a.png"}}


def seen(answer):
    """What users read of an answer, by the names of the wire; and that the client's own names are there."""
    said = answer.to_dict()
    first = answer.results[0]
    assert first.categories.harassment_threatening is said["results"][0]["categories"]["harassment/threatening"]
    assert isinstance(first.category_scores.self_harm_instructions, float)
    return {
        "id": said["id"],
        "model": said["model"],
        "flagged": [one.flagged for one in answer.results],
        "categories": [[name for name, is_so in one["categories"].items() if is_so] for one in said["results"]],
        "names": len(said["results"][0]["categories"]),
        "scores": [one["category_scores"] for one in said["results"]],
        "types": said["results"][0]["category_applied_input_types"],
    }


def failed(call):
    """What the client raises, as users catch it."""
    try:
        call()
    except openai.APIStatusError as error:
        return {
            "error": type(error).__name__,
            "status": error.status_code,
            "type": error.type,
            "param": error.param,
            "code": error.code,
            "request_id": error.request_id,
            "should_retry": error.response.headers.get("x-should-retry"),
            "retry_after_ms": error.response.headers.get("retry-after-ms"),
        }
    return {"error": None}


async def asked_apart(base, key):
    async with openai.AsyncOpenAI(base_url=f"{base}/v1", api_key=key) as client:
        return seen(await client.moderations.create(input=TEXTS))


def steps(base, keys):
    """Every call, good and bad."""
    client = openai.OpenAI(base_url=f"{base}/v1", api_key=keys["submit"])
    stranger = openai.OpenAI(base_url=f"{base}/v1", api_key="sk-not-a-key")
    moderations = client.moderations
    raw = moderations.with_raw_response.create(input="Thanks")
    return {
        "string": seen(moderations.create(input=TEXTS[1])),
        "array": seen(moderations.create(input=TEXTS, model="omni-moderation-latest")),
        "parts": seen(moderations.create(input=PARTS, model="omni-moderation-2024-09-26")),
        "old model": seen(moderations.create(input=TEXTS[0], model="text-moderation-stable")),
        "empty": seen(moderations.create(input="")),
        "async": asyncio.run(asked_apart(base, keys["submit"])),
        "raw": {
            "request_id": raw.headers.get("x-request-id"),
            "limit": raw.headers.get("x-ratelimit-limit-requests"),
            "remaining": raw.headers.get("x-ratelimit-remaining-requests"),
            "reset": raw.headers.get("x-ratelimit-reset-requests"),
            "request_id of the answer": raw.parse()._request_id,
        },
        "image": failed(lambda: moderations.create(input=[*PARTS, IMAGE])),
        "bad key": failed(lambda: stranger.moderations.create(input="Thanks")),
        "empty array": failed(lambda: moderations.create(input=[])),
        "no text": failed(lambda: moderations.create(input=5)),
        "too long": failed(lambda: moderations.create(input=["Thanks"] * 1001)),
        "another endpoint": failed(lambda: client.models.retrieve("omni-moderation-latest")),
    }


def limited(base, keys):
    """Asks without patience until it is over its limit."""
    client = openai.OpenAI(base_url=f"{base}/v1", api_key=keys["submit"], max_retries=0)
    return [failed(lambda: client.moderations.create(input="Thanks")) for _ in range(6)]


def patient(base, keys):
    """Asks once, as a client that repeats by itself."""
    client = openai.OpenAI(base_url=f"{base}/v1", api_key=keys["submit"], max_retries=30)
    answer = client.moderations.with_raw_response.create(input=TEXTS[1])
    return {"retries": answer.retries_taken, **seen(answer.parse())}


told = json.load(sys.stdin)
tasks = {"steps": steps, "limited": limited, "patient": patient}
json.dump(tasks[told.get("task", "steps")](told["base"], told["keys"]), sys.stdout)
