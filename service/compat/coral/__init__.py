"""Coral's external moderation phase: what Coral asks of a comment before it is shown, and how it is answered.

The protocol is in Coral's source, `server/src/core/server/services/comments/pipeline/phases/external.ts` in
github.com/coralproject/talk, and at docs.coralproject.net/external-moderation-phases.
"""

from service.compat.coral.views import blueprint

__all__ = ["blueprint"]
