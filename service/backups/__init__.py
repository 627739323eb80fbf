"""Copies of the store: taken while it is in use, kept as files, and brought back."""
