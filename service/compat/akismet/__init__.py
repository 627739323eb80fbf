"""Akismet's interface: its clients ask here whether a comment is spam, and say where that was wrong.

The formats are those of Akismet's OpenAPI document (Automattic/akismet-api 1.1.0), its developer pages and what its
clients read; docs/migrate/akismet.md says where this service differs.
"""

from service.compat.akismet.views import blueprint

__all__ = ["blueprint"]
