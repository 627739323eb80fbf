"""Sphinx's settings: the Markdown files beside this one become a site (`make docs`)."""

project = "Winnow"
extensions = ["myst_parser"]
exclude_patterns = ["site"]
html_theme = "alabaster"
html_theme_options = {"description": "Comment moderation for news sites", "fixed_sidebar": True}
myst_heading_anchors = 3
suppress_warnings = ["myst.xref_missing"]
