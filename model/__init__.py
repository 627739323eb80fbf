"""Winnow's model: everything that knows what a comment means. Knows neither HTTP nor Redis."""

ATTRIBUTES = ("toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack", "spam")
