"""The policy editor: the policy as a form and as JSON, and saving it."""

import functools
from collections.abc import Callable, Mapping
from typing import Any, Final, ParamSpec

import orjson
from flask import Blueprint
from flask.typing import ResponseReturnValue

from service.api.exchange import current
from service.api.problems import Problem
from service.console import drafts
from service.console.drafts import AS_JSON, FORM_SIZE, Draft
from service.console.editing.changes import differences, merged
from service.console.editing.fields import CALLED, FIELDS, PARTS
from service.console.editing.form import UnfitDraft, written
from service.console.editing.kinds import Rows
from service.console.pages import back, page
from service.console.visits import open_to
from service.store.policies import StalePolicy

P = ParamSpec("P")

blueprint = Blueprint("policy", __name__, url_prefix="/policy")

EMPTY_ROWS: Final = 2
ROWS_AT_ONCE: Final = 10
"""Rows for more patterns that stand below those that are there, and those that one press adds."""


def mended(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Shows the form again where a view was sent a draft that is no policy: what was typed, and what is wrong."""

    @functools.wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        try:
            return view(*args, **kwargs)
        except UnfitDraft as problem:
            form = current().form
            if AS_JSON in form:
                return _as_json(form[AS_JSON].replace("\r\n", "\n"), drafts.edited(), problem.errors)
            return editor(drafts.typed(), drafts.edited(), 422, errors=problem.errors)

    return guarded


@blueprint.get("")
@open_to("admin")
def show() -> ResponseReturnValue:
    """The policy in force as a form, or an earlier version's values, to be edited."""
    wanted = current().args.get("from", "")
    if wanted and not drafts.NUMBER.fullmatch(wanted):
        raise Problem(404, "The policy has no such version.")
    now = drafts.live()
    shown = drafts.version(int(wanted)).policy if wanted else now
    return editor(written(drafts.plain(shown)), now.version, earlier=shown.version if wanted else None)


@blueprint.post("")
@open_to("admin", size=FORM_SIZE)
@mended
def edit() -> ResponseReturnValue:
    """A draft as a form, to go on with it; with `rows` there is room for more patterns. Changes nothing."""
    edited = drafts.edited()
    more = ROWS_AT_ONCE if "rows" in current().form else EMPTY_ROWS
    filled = written(drafts.sent().values) if AS_JSON in current().form else drafts.typed()
    return editor(filled, edited, empty_rows=more)


@blueprint.get("/json")
@open_to("admin")
def show_json() -> ResponseReturnValue:
    """The policy in force as JSON."""
    now = drafts.live()
    return _as_json(_indented(drafts.plain(now)), now.version)


@blueprint.post("/json")
@open_to("admin", size=FORM_SIZE)
@mended
def edit_json() -> ResponseReturnValue:
    """A draft as JSON. Changes nothing."""
    draft = drafts.sent()
    return _as_json(_indented(draft.values), draft.edited)


@blueprint.post("/save")
@open_to("admin", size=FORM_SIZE)
@mended
def save() -> ResponseReturnValue:
    """Puts a draft in force, as a new version."""
    draft, now = drafts.sent(), drafts.live()
    if draft.edited == now.version and draft.values == drafts.plain(now):
        return back("console.policy.show", told="That is the policy in force already: nothing was saved.")
    try:
        saved = drafts.keep(draft)
    except StalePolicy:
        return on_top(draft)
    return back("console.policy.show", told=f"Saved: version {saved} is in force.")


def on_top(draft: Draft) -> ResponseReturnValue:
    """A draft that came too late, on top of what was saved meanwhile: to be looked at and saved once more."""
    now = drafts.live()
    saved = drafts.version(now.version)
    base, newer = drafts.plain(drafts.version(draft.edited).policy), drafts.plain(now)
    found = merged(base, draft.values, newer)
    return editor(
        written(found.values),
        now.version,
        409,
        saved=saved,
        meanwhile=differences(base, newer),
        both=[CALLED[path] for path in found.both],
        mine=differences(newer, found.values),
    )


def editor(
    filled: Mapping[str, str], version: int, status: int = 200, *, empty_rows: int = EMPTY_ROWS, **more: Any
) -> ResponseReturnValue:
    """The form, filled; what is saved from it comes after `version`."""
    now = drafts.version(version)
    return page(
        "console/policy.html",
        status,
        parts=PARTS,
        called=called,
        typed=filled,
        rows=_rows(filled, empty_rows),
        now=now,
        in_force=written(drafts.plain(now.policy)),
        **more,
    )


def called(control: str) -> str:
    """What a control is called where it stands alone: that of its field."""
    return CALLED.get(control) or CALLED.get(control.partition(".")[0], "The whole policy")


def _rows(filled: Mapping[str, str], empty: int) -> list[int]:
    """The numbers of the rows for patterns, with empty ones below."""
    kind = FIELDS["patterns"].kind
    there = kind.numbers("patterns", filled) if isinstance(kind, Rows) else []
    last = there[-1] + 1 if there else 0
    return [*there, *range(last, last + empty)]


def _as_json(text: str, version: int, errors: Mapping[str, Any] | None = None) -> ResponseReturnValue:
    now = drafts.version(version)
    return page("console/policy_json.html", 422 if errors else 200, text=text, now=now, errors=errors)


def _indented(values: Mapping[str, Any]) -> str:
    return orjson.dumps(values, option=orjson.OPT_INDENT_2).decode()
