"""Figures as plots: SVG without styles of its own, on scales that a person would choose, each with a table."""
