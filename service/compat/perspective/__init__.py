"""Jigsaw's Perspective (commentanalyzer v1alpha1), for its clients: our scores on its scale, feedback as labels.

Its interface is Google's: a discovery document, JSON as protocol buffers have it, errors as `google.rpc.Status`. How
it answers is told in `docs/migrate/perspective.md`.
"""

from service.compat.perspective.views import blueprint

__all__ = ["blueprint"]
