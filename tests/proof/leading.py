"""Who leads a newsroom: campaigns decided as one, the policy, standings, webhooks, and authors who want to be forgotten."""

import asyncio
from collections.abc import Callable
from itertools import count

from tests.proof.newsroom import Newsroom
from tests.support import unlike_all_before

PITCH = "My neighbour wrote a long letter to the council about the {} in our street and nobody answered it"

REVIEWED = 0.05
"""The share of decisions that somebody looks at again."""


async def decide_campaigns(room: Newsroom, enough: Callable[[], bool]) -> None:
    """Near copies come, are decided as one, more come, and half of these decisions are taken back."""
    while not enough():
        n = next(room.numbers)
        pitch = PITCH.format(unlike_all_before(n))
        copies = [_copy(room, pitch, f"k{n}-{at}") for at in range(12)]
        await room.post_batch(copies[:8])
        own = {one["id"] for one in copies}
        page = await room.clients["chief"].get("/v1/queue/campaigns?limit=1000")
        for one in (one for one in page["items"] if one["sample_id"] in own):
            await _decide_campaign(room, one["id"])
            for copy in copies[8:]:
                await room.post(copy)
            if room.chance.random() < 0.5:
                answer = await room.clients["chief"].ask(
                    "DELETE", f"/v1/queue/campaigns/{one['id']}/decision", once=True
                )
                room.ruled("campaign.undone", one["id"], answer, 200)
        await asyncio.sleep(0.2)


def _copy(room: Newsroom, pitch: str, comment_id: str) -> dict[str, str]:
    n = next(room.numbers)
    return {"id": comment_id, "body": f"{pitch}, see page {n} of https://letters-{n}.example/{n * 31}"}


async def _decide_campaign(room: Newsroom, campaign: str) -> None:
    said = {"action": room.chance.choice(("reject", "approve"))}
    path = f"/v1/queue/campaigns/{campaign}/decision"
    answer = await room.clients["chief"].ask("POST", path, said, once=True)
    room.ruled("campaign.decided", campaign, answer, 200)
    room.book.reached += [(campaign, one) for one in answer.json["ids"]]


async def rule(room: Newsroom, enough: Callable[[], bool]) -> None:
    """The policy and a draft beside it, a standing, an article, a note, a disagreement, a webhook, an author."""
    chief = room.clients["chief"]
    for n in count():
        if enough():
            return
        await _change_policy(room, n)
        answer = await chief.ask("PUT", "/v1/authors/u-lead/standing", {"standing": ("watched", "normal")[n % 2]})
        room.ruled("standing.set", "", answer, 200)
        answer = await chief.ask("PUT", "/v1/articles/a-lead/mode", {"mode": ("pre", "closed")[n % 2]})
        room.ruled("mode.set", "", answer, 200)
        noted = await room.post({"id": f"n-{next(room.numbers)}", "body": "Thank you for nothing much"})
        answer = await chief.ask("POST", f"/v1/comments/{noted}/notes", {"text": "Look"}, once=True)
        room.ruled("note.written", "", answer, 201)
        await _close_disagreements(room)
        await _try_webhook(room)
        await _forget(room, n)
        await asyncio.sleep(0.2)


async def _change_policy(room: Newsroom, n: int) -> None:
    """A policy names the version that it changes; a 409 to a repeated one is looked into."""
    chief = room.clients["chief"]
    policy = await chief.get("/v1/policy")
    changed = policy | {"reports": {"hold": 3.0 + n % 2}, "review_share": REVIEWED}
    answer = await chief.ask("PUT", "/v1/policy", changed)
    if answer.status == 409 and answer.asked > 1:
        now = await chief.get("/v1/policy")
        assert (now["version"], now["reports"]) == (policy["version"] + 1, changed["reports"]), now
        room.book.write("policy.saved", "", "chief", "", answer)
    else:
        room.ruled("policy.saved", "", answer, 200)
        assert answer.json["version"] == policy["version"] + 1, answer.body
    if n % 8 == 0:
        draft = changed | {"version": policy["version"] + 1, "mode": "pre"}
        room.ruled("shadow.started", "", await chief.ask("PUT", "/v1/policy/shadow", draft), 200)
        room.ruled("shadow.ended", "", await chief.ask("DELETE", "/v1/policy/shadow", once=True), 204)


async def _close_disagreements(room: Newsroom) -> None:
    chief = room.clients["chief"]
    for one in (await chief.get("/v1/reviews/disagreements?limit=5"))["items"]:
        answer = await chief.ask("POST", f"/v1/reviews/{one['id']}/resolution", {"right": "first"}, once=True)
        room.ruled("review.resolved", "", answer, 200)


async def _try_webhook(room: Newsroom) -> None:
    """A webhook that follows what does not happen here."""
    chief = room.clients["chief"]
    wanted = {"url": "https://news.example/", "types": ["model.published"]}
    answer = await chief.ask("POST", "/v1/webhooks", wanted, once=True)
    room.ruled("webhook.created", "", answer, 201)
    path = f"/v1/webhooks/{answer.json['id']}"
    room.ruled("webhook.changed", "", await chief.ask("PATCH", path, {"enabled": False}), 200)
    room.ruled("webhook.rotated", "", await chief.ask("POST", f"{path}/rotate", once=True), 200)
    room.ruled("webhook.deleted", "", await chief.ask("DELETE", path, once=True), 204)


async def _forget(room: Newsroom, n: int) -> None:
    """An author writes three comments and is erased with them."""
    author = {"author": {"id": f"gone-{n}"}}
    posted = [{"id": f"g-{n}-{at}", "body": f"Thank you {unlike_all_before(next(room.numbers))}"} for at in range(3)]
    await room.post_batch([one | author for one in posted])
    answer = await room.clients["chief"].ask("DELETE", f"/v1/authors/gone-{n}", once=True)
    room.ruled("author.erased", "", answer, 204)
    for one in posted:
        room.book.write("comment.erased", one["id"], "site", "", answer)


LEADS = (decide_campaigns, rule)
