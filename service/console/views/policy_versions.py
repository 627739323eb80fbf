"""Every version of the policy: who saved it, what it changed, and the way back to it."""

from itertools import pairwise
from typing import Any, Final

from flask import Blueprint
from flask.typing import ResponseReturnValue

from service.api.context import parts
from service.api.exchange import current
from service.api.problems import Problem
from service.console import drafts
from service.console.editing.changes import differences
from service.console.pages import back, page
from service.console.visits import open_to, visitor
from service.store.policies import StalePolicy

blueprint = Blueprint("policy_versions", __name__, url_prefix="/policy/versions")

SHOWN: Final = 20
"""Versions on a page."""


@blueprint.get("")
@open_to("admin")
def show() -> ResponseReturnValue:
    """The versions, newest first, each with what it changed."""
    now = drafts.live()
    before = current().args.get("before", "")
    first = int(before) if drafts.NUMBER.fullmatch(before) else now.version + 1
    found = parts().policies.before(visitor().site, first, drafts.default(), SHOWN + 1)
    changed = [
        {"saved": one, "changed": differences(drafts.plain(earlier.policy), drafts.plain(one.policy))}
        for one, earlier in pairwise(found)
    ]
    if found and found[-1].version == 1:
        changed.append({"saved": found[-1], "changed": None})
    shown = changed[:SHOWN]
    more = found[len(shown) - 1].version if len(found) > len(shown) else None
    return page("console/policy_versions.html", versions=shown, more=more, now=now)


@blueprint.get("/<int:number>")
@open_to("admin")
def one(number: int) -> ResponseReturnValue:
    """One version: what it changed, and what would change if it came back."""
    now, found = drafts.live(), _known(number)
    values: dict[str, Any] = drafts.plain(found.policy)
    earlier = drafts.plain(drafts.version(number - 1).policy) if number > 1 else values
    return page(
        "console/policy_version.html",
        saved=found,
        now=now,
        changed=differences(earlier, values),
        coming=differences(drafts.plain(now), values),
    )


@blueprint.post("/<int:number>")
@open_to("admin")
def roll_back(number: int) -> ResponseReturnValue:
    """Puts the version's values in force again, as a new version."""
    values = drafts.plain(_known(number).policy)
    draft = drafts.drafted(drafts.edited(), values)
    try:
        saved = drafts.keep(draft)
    except StalePolicy as problem:
        told = f"Nothing was changed: version {problem.version} was saved meanwhile. Look again."
        return back("console.policy_versions.one", told=told, number=number)
    return back("console.policy.show", told=f"Version {number} is back, as version {saved}.")


def _known(number: int) -> Any:
    if not drafts.NUMBER.fullmatch(str(number)) or number < 1:
        raise Problem(404, "The policy has no such version.")
    return drafts.version(number)
