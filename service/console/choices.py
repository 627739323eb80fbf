"""What forms offer beside the queue, in words: an article's mode, an author's standing, the events of a webhook."""

from typing import Final

STANDINGS: Final = {
    "normal": ("normal", "Comments are judged as anybody's. Has no end."),
    "trusted": ("trusted", "Not held for being many, for the number of links or because all comments here wait."),
    "watched": ("watched", "Every new comment waits for a moderator."),
    "banned": ("banned", "Every new comment is rejected."),
}
"""A standing's name and what it does, the gentlest first."""

MODES: Final = {
    "": ("as the policy says", "Nothing of its own. Has no end."),
    "post": ("published at once", "What is approved appears, whatever the policy's mode is."),
    "pre": ("every comment waits", "A moderator reads each before it appears."),
    "closed": ("closed", "Every new comment is rejected."),
}
"""An article's mode, its name and what it does."""

EVENTS: Final = {
    "comment.held": "a comment came into the queue",
    "comment.approved": "a comment was approved",
    "comment.rejected": "a comment was rejected",
    "comment.escalated": "a comment was escalated",
    "comment.urgent": "a threat or talk of self-harm came in",
    "comment.edited": "a comment was edited",
    "comment.erased": "a comment was erased",
    "comment.reported": "a reader reported a comment",
    "comment.appealed": "an author contested a rejection",
    "appeal.decided": "an appeal was decided",
    "decision.made": "a moderator decided",
    "decision.undone": "a moderator took a decision back",
    "model.published": "another model scores comments now",
    "model.drifted": "comments have moved from what the model knows",
    "campaign.found": "near copies became a campaign",
}
"""The types of events that a webhook may get."""

FAILURES: Final = {
    "status": "your server answered with an error",
    "gone": "your server answered 410 Gone",
    "late": "your server took too long",
    "connection": "no connection could be made",
    "name": "its name has no address",
    "address": "its name leads to an address that is not allowed",
}
"""Why a delivery failed."""
