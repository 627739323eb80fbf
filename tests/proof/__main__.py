"""`python -m tests.proof`: brings the tables in docs/reliability.md and docs/security.md up to the last long runs."""

from tests.proof.pages import fill

fill()
