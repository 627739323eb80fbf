"""Near copies, grouped as they arrive and decided as one."""

from typing import Any, Final

from service.api.context import Blueprint, caller, needs, parts
from service.campaigning import Reached
from service.schemas.campaigns import (
    CampaignDecisionSchema,
    CampaignPageSchema,
    CampaignQuerySchema,
    CampaignWithMembersSchema,
    ReachedSchema,
)
from service.store.campaigns import Campaign, Member, Said
from service.store.records import Record

blueprint = Blueprint("campaigns", __name__, url_prefix="/v1/queue/campaigns", description="Near copies as one")

LISTED: Final = 1000
"""Members that an answer names of each kind."""


@blueprint.route("", methods=["GET"])
@needs("moderate", effect=False)
@blueprint.arguments(CampaignQuerySchema(), location="query")
@blueprint.response(200, CampaignPageSchema)
def look(query: dict[str, Any]) -> Any:
    """Campaigns with pending members, those with the most of them first."""
    site = caller().site
    found, behind = parts().campaigns.largest(site, query["limit"], _position(query.get("cursor")))
    samples = parts().comments.get_many(site, [one.sample for one in found])
    return {"items": [_shown(one, samples.get(one.sample)) for one in found], "next_cursor": behind}


@blueprint.route("/<id:campaign_id>", methods=["GET"])
@needs("moderate", effect=False, problems=(404,))
@blueprint.arguments(CampaignQuerySchema(), location="query")
@blueprint.response(200, CampaignWithMembersSchema)
def show(query: dict[str, Any], campaign_id: str) -> Any:
    """A campaign and a page of its members by arrival."""
    site, limit = caller().site, query["limit"]
    campaign = parts().campaigns.get(site, campaign_id)
    members = parts().campaigns.members(site, campaign_id, query.get("cursor") or "", limit)
    records = parts().comments.get_many(site, [campaign.sample, *(one.id for one in members)])
    return {
        **_shown(campaign, records.get(campaign.sample)),
        "members": [_member(one, records.get(one.id)) for one in members],
        "next_cursor": members[-1].position if len(members) == limit else None,
    }


@blueprint.route("/<id:campaign_id>/decision", methods=["POST"])
@needs("moderate", problems=(404, 409, 415))
@blueprint.arguments(CampaignDecisionSchema())
@blueprint.response(200, ReachedSchema)
def decide(decision: tuple[Said, bool], campaign_id: str) -> Any:
    """Decides all members as one; a dry run says which they would be and changes nothing."""
    said, dry_run = decision
    site, name = caller().site, caller().name
    if dry_run:
        return _reached(campaign_id, parts().campaigning.preview(site, name, campaign_id, said), dry_run=True)
    return _reached(campaign_id, parts().campaigning.decide(site, caller().op, name, campaign_id, said))


@blueprint.route("/<id:campaign_id>/decision", methods=["DELETE"])
@needs("moderate", problems=(404, 409))
@blueprint.response(200, ReachedSchema)
def undo(campaign_id: str) -> Any:
    """Takes one's own decision on a campaign back from every member that has it still."""
    return _reached(campaign_id, parts().campaigning.undo(caller().site, caller().op, caller().name, campaign_id))


def _shown(campaign: Campaign, sample: Record | None) -> dict[str, Any]:
    return {
        "id": campaign.id,
        "size": campaign.size,
        "pending": campaign.pending,
        "approved": campaign.approved,
        "rejected": campaign.rejected,
        "sample": sample.submission.body if sample else None,
        "sample_id": campaign.sample,
        "first_seen": campaign.first,
        "last_seen": campaign.last,
        "reasons": sample.judgement.reasons if sample else (),
        "decided_by": campaign.decided_by,
        "action": campaign.action,
    }


def _member(member: Member, record: Record | None) -> dict[str, Any]:
    return {
        "id": member.id,
        "body": record.submission.body if record else None,
        "status": member.status,
        "received": member.received,
        "decided_by": member.decided_by,
        "action": member.action,
        "claimed_by": member.claimed_by,
        "ruled": member.ruled is not None,
    }


def _reached(campaign_id: str, reached: Reached, *, dry_run: bool = False) -> dict[str, Any]:
    return {
        "id": campaign_id,
        "dry_run": dry_run,
        "reached": len(reached.ids),
        "ids": reached.ids[:LISTED],
        "skipped": len(reached.skipped),
        "skips": reached.skipped[:LISTED],
    }


def _position(cursor: str | None) -> tuple[int, str] | None:
    if cursor is None:
        return None
    pending, _, campaign_id = cursor.partition(".")
    return int(pending), campaign_id
