"""A draft of a policy tried out: on the comments that came last, and as a shadow on those that come."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from flask import Blueprint, stream_with_context
from flask.typing import ResponseReturnValue

from service.api.context import parts
from service.api.problems import problem_of
from service.console import drafts
from service.console.drafts import FORM_SIZE, Draft
from service.console.editing.changes import differences
from service.console.pages import back, fragment, page
from service.console.reading.severe import severe_of
from service.console.views.policy import mended, on_top
from service.console.visits import open_to, visitor
from service.moderation.policy import Policy
from service.moderation.preview import Comparison
from service.previews import Progress
from service.schemas.previews import beside, compared
from service.store.connection import StoreUnavailable
from service.store.policies import StalePolicy
from service.store.records import Record
from service.store.shadows import UnknownShadow

blueprint = Blueprint("policy_trial", __name__, url_prefix="/policy")

LOOKED_AT: Final = (1_000, 10_000, 100_000)
"""Of how many of the last comments a preview may be."""

RESULT: Final = "<!--the result-->"
"""Where the page of a preview is cut, to send what is known as it is known."""


@blueprint.post("/preview")
@open_to("admin", size=FORM_SIZE)
@mended
def preview() -> ResponseReturnValue:
    """What the draft would have done with the last comments: the page grows as far as that is known."""
    draft, now = drafts.sent(), drafts.live()
    if draft.edited != now.version:
        return on_top(draft)
    last = drafts.number("last")
    last = last if last in LOOKED_AT else LOOKED_AT[0]
    changed = differences(drafts.plain(now), draft.values)
    whole = page(
        "console/policy_preview.html",
        draft=draft,
        last=last,
        choices=LOOKED_AT,
        changed=changed,
        shadow=_runs(),
        now=drafts.version(now.version),
    )
    before, _, behind = whole.get_data(as_text=True).partition(RESULT)
    told = stream_with_context(_told(now, draft, last))
    whole.response = _pieces(before, told, behind)
    whole.headers.pop("Content-Length", None)
    return whole


@blueprint.get("/shadow")
@open_to("admin")
def shadow() -> ResponseReturnValue:
    """The draft that runs beside the policy, and what it would have done so far."""
    now = drafts.live()
    saved = drafts.version(now.version)
    try:
        found = _counted()
    except UnknownShadow:
        return page("console/policy_shadow.html", now=saved, found=None)
    values = drafts.plain(found["found"]["draft"])
    draft = drafts.drafted(now.version, values)
    changed = differences(drafts.plain(now), values)
    return page("console/policy_shadow.html", now=saved, draft=draft, changed=changed, **found)


@blueprint.post("/shadow")
@open_to("admin", size=FORM_SIZE)
@mended
def start() -> ResponseReturnValue:
    """Lets a draft run beside the policy."""
    draft = drafts.sent()
    try:
        parts().shadows.put(visitor().site, draft.edited, draft.op, draft.values, visitor().name)
    except StalePolicy:
        return on_top(draft)
    parts().shadowing.look(visitor().site)
    return back("console.policy_trial.shadow", told="The draft runs beside the policy and acts on nothing.")


@blueprint.post("/shadow/adopt")
@open_to("admin", size=FORM_SIZE)
@mended
def adopt() -> ResponseReturnValue:
    """Puts the draft that runs in force, and ends it as a shadow."""
    draft = drafts.sent()
    try:
        saved = drafts.keep(draft)
    except StalePolicy:
        return on_top(draft)
    _end()
    return back("console.policy.show", told=f"Adopted: version {saved} is in force.")


@blueprint.post("/shadow/end")
@open_to("admin", size=FORM_SIZE)
def end() -> ResponseReturnValue:
    """Ends the draft that runs beside the policy."""
    _end()
    return back("console.policy_trial.shadow", told="No draft runs beside the policy.")


def _end() -> None:
    parts().shadows.end(visitor().site, visitor().name)
    parts().shadowing.look(visitor().site)


def _runs() -> bool:
    """Whether a draft runs beside the policy."""
    return parts().shadows.tokens([visitor().site]) != [None]


def _counted() -> dict[str, Any]:
    """The draft that runs and its counts, with the records of its examples.

    :raises UnknownShadow: none does.
    """
    site = visitor().site
    running, counted = parts().shadows.counted(site)
    there = parts().comments.get_many(site, [one for newest in counted.examples.values() for one in newest])
    return {"found": beside(running, counted, there), **_known(there)}


def _known(there: Mapping[str, Record]) -> dict[str, Any]:
    """What is known of examples beside their texts: what is severe about them, and what a moderator decided."""
    return {
        "severe": severe_of(list(there.values())),
        "decided": {one.id: one.action or "" for one in there.values()},
    }


def _told(now: Policy, draft: Draft, last: int) -> Iterator[str]:
    """How far the preview is, and its result, as parts of the page."""
    try:
        for one in parts().previews.compare(visitor().site, now, draft.policy, last):
            if isinstance(one, Progress):
                yield fragment("console/_policy_progress.html", told=one).get_data(as_text=True)
            else:
                yield _result(one)
    except StoreUnavailable as problem:
        yield fragment("console/_policy_progress.html", problem=problem_of(problem)).get_data(as_text=True)


def _result(found: Comparison) -> str:
    ids = [one.id for newest in found.examples.values() for one in newest]
    known = _known(parts().comments.get_many(visitor().site, ids))
    shown = fragment("console/_policy_counts.html", found=compared(found), decisions=found.decided, **known)
    return shown.get_data(as_text=True)


def _pieces(before: str, told: Iterator[str], behind: str) -> Iterator[str]:
    yield before
    yield from told
    yield behind
