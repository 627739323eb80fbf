"""Campaigns: near copies as one, with their differences, a dry run, a decision on all of them, and taking it back."""

from typing import Any, Final

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from service.api.context import parts
from service.console.forms import Unfit, filled, queried
from service.console.groups import DONE, Line, copy_of, left_out, outcome_words, said_words, undone_words
from service.console.pages import back, fragment, page
from service.console.reading.severe import severe_in
from service.console.seat.cards import suggested
from service.console.visits import open_to, visitor
from service.schemas.campaigns import SaidFields, said_from
from service.schemas.fields import Strict, cursor_field
from service.store.campaigns import Campaign, CampaignDecided, Said
from service.store.queue import NothingToUndo, NotYourDecision

blueprint = Blueprint("campaigns", __name__, url_prefix="/campaigns")

SHOWN: Final = 20
"""Campaigns, and members of one, on a page."""

TAKEN_BACK: Final = "This decision was taken back since, so nothing was done."


class ListSchema(Strict):
    """Which campaigns: those with members that wait, or those that were decided."""

    state = fields.String(validate=validate.OneOf(["waiting", "decided"]), load_default="waiting")
    cursor = cursor_field()


class MembersSchema(Strict):
    """Where the members go on."""

    cursor = cursor_field()


class ChoiceSchema(SaidFields):
    """What is to be tried. A note is given with the decision: an address is no place for it."""

    class Meta(SaidFields.Meta):
        """A choice has all but the note."""

        exclude = ("note",)


class DecisionSchema(SaidFields):
    """What is decided on all members."""


@blueprint.get("")
@open_to("moderate")
def show() -> ResponseReturnValue:
    """Campaigns, the largest first; of decided ones the last first."""
    wanted = queried(ListSchema)
    after = _position(wanted.get("cursor"))
    listed = parts().campaigns.decided if wanted["state"] == "decided" else parts().campaigns.largest
    found, behind = listed(visitor().site, SHOWN, after)
    samples = parts().comments.get_many(visitor().site, [one.sample for one in found])
    lines = [Line(one, samples.get(one.sample)) for one in found]
    further = url_for(".show", state=wanted["state"], cursor=behind) if behind else None
    return page("console/campaigns.html", lines=lines, state=wanted["state"], further=further)


@blueprint.get("/<id:campaign_id>")
@open_to("moderate")
def one(campaign_id: str) -> ResponseReturnValue:
    """A campaign with its members, and what can be done with it."""
    site, cursor = visitor().site, queried(MembersSchema).get("cursor") or ""
    campaign = parts().campaigns.get(site, campaign_id)
    members = parts().campaigns.members(site, campaign_id, cursor, SHOWN)
    records = parts().comments.get_many(site, [campaign.sample, *(member.id for member in members)])
    sample = records.get(campaign.sample)
    further = members[-1].position if len(members) == SHOWN else None
    return page(
        "console/campaign.html",
        campaign=campaign,
        sample=sample,
        severe=severe_in(sample.judgement) if sample else (),
        authors=parts().campaigns.authors(site, campaign_id),
        copies=[copy_of(member, records.get(member.id), sample) for member in members],
        working=_working(campaign),
        said=said_words(campaign.said) if campaign.said else "",
        suggested=suggested(sample) if sample else (),
        first=not cursor,
        further=url_for(".one", campaign_id=campaign_id, cursor=further, _anchor="members") if further else None,
    )


@blueprint.get("/<id:campaign_id>/progress")
@open_to("moderate")
def progress(campaign_id: str) -> ResponseReturnValue:
    """How far a decision, or its taking back, is; once that is done, the whole page anew."""
    campaign = parts().campaigns.get(visitor().site, campaign_id)
    working = _working(campaign)
    response = fragment("console/_campaign_progress.html", campaign=campaign, working=working)
    if not working:
        response.headers["HX-Refresh"] = "true"
    return response


@blueprint.get("/<id:campaign_id>/dry-run")
@open_to("moderate")
def dry_run(campaign_id: str) -> ResponseReturnValue:
    """What a decision would do, or what the one that stands did not reach; nothing is changed."""
    campaign = parts().campaigns.get(visitor().site, campaign_id)
    said = campaign.said or _chosen(queried(ChoiceSchema))
    try:
        return _run_page(campaign, said)
    except CampaignDecided as stands:
        return _stands(campaign_id, stands)


@blueprint.post("/<id:campaign_id>/decision")
@open_to("moderate")
def decide(campaign_id: str) -> ResponseReturnValue:
    """Decides all members as one; the same form sent twice decides once."""
    campaign = parts().campaigns.get(visitor().site, campaign_id)
    try:
        return _decided(campaign, _chosen(filled(DecisionSchema)))
    except Unfit as unfit:
        if campaign.said or unfit.errors.keys() != {"note"}:
            raise
        said = _chosen(ChoiceSchema().load({name: value for name, value in unfit.sent.items() if name != "note"}))
        return _run_page(campaign, said, status=422, errors=unfit.errors, note=unfit.sent["note"])


@blueprint.post("/<id:campaign_id>/again")
@open_to("moderate")
def again(campaign_id: str) -> ResponseReturnValue:
    """Tells those that the standing decision did not reach; it says what it said."""
    campaign = parts().campaigns.get(visitor().site, campaign_id)
    if campaign.said is None:
        return _back(campaign_id, TAKEN_BACK)
    return _decided(campaign, campaign.said)


@blueprint.post("/<id:campaign_id>/undo")
@open_to("moderate")
def undo(campaign_id: str) -> ResponseReturnValue:
    """Takes one's own decision back from all that have it still."""
    size = parts().campaigns.get(visitor().site, campaign_id).size
    try:
        reached = parts().campaigning.begin_undo(visitor().site, visitor().op, visitor().name, campaign_id)
    except NothingToUndo:
        return _back(campaign_id, "No decision stands any more that could be taken back.")
    except NotYourDecision as others:
        return _back(campaign_id, f"The decision is {others.args[0]}'s; nobody else can take it back.")
    return _back(campaign_id, undone_words(reached, size))


def _run_page(
    campaign: Campaign, said: Said, *, status: int = 200, errors: Any = None, note: str | None = None
) -> ResponseReturnValue:
    """The page of a dry run.

    :raises CampaignDecided: another decision came meanwhile.
    """
    by = campaign.decided_by or visitor().name
    reached = parts().campaigning.preview(visitor().site, by, campaign.id, said)
    return page(
        "console/campaign_run.html",
        status,
        campaign=campaign,
        said=said,
        told_so=said_words(said),
        reached=len(reached.ids),
        skipped=len(reached.skipped),
        groups=left_out(reached.skipped),
        errors=errors,
        note=note,
    )


def _decided(campaign: Campaign, said: Said) -> ResponseReturnValue:
    try:
        reached = parts().campaigning.begin(visitor().site, visitor().op, visitor().name, campaign.id, said)
    except CampaignDecided as stands:
        return _stands(campaign.id, stands)
    if reached is not None and not reached.ids and not reached.skipped:
        return _back(campaign.id, TAKEN_BACK)
    return _back(campaign.id, outcome_words(said.action, reached, campaign.size))


def _stands(campaign_id: str, stands: CampaignDecided) -> ResponseReturnValue:
    who = "You" if stands.by == visitor().name else stands.by
    done = DONE["approve" if stands.action == "approve" else "reject"]
    told = f"{who} {done} this campaign first. Nothing else was done; that has to be taken back first."
    return _back(campaign_id, told)


def _back(campaign_id: str, told: str) -> ResponseReturnValue:
    return back("console.campaigns.one", told=told, campaign_id=campaign_id)


def _working(campaign: Campaign) -> bool:
    """Whether a decision is on its way to the members, or its taking back."""
    moving = campaign.undoing or campaign.decision is not None
    return moving and parts().campaigns.working(visitor().site, campaign.id)


def _chosen(values: dict[str, Any]) -> Said:
    """What is said; an approval has no labels and no term."""
    said = said_from(values)
    return Said("approve", note=said.note) if said.action == "approve" else said


def _position(cursor: str | None) -> tuple[int, str] | None:
    if cursor is None:
        return None
    at, _, campaign_id = cursor.partition(".")
    return int(at), campaign_id
