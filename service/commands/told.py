"""How far long work is, for a person: counts on a terminal, lines now and then elsewhere."""

import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import click

TOLD_EVERY: Final = 0.2
TOLD_ELSEWHERE_EVERY: Final = 10.0
"""Seconds between two words, on a terminal and where none is."""


@dataclass(slots=True)
class Told:
    """Adds up what it is told and says so on stderr, for stdout has the answer. Its size is never known before."""

    _counts: Counter[str] = field(default_factory=Counter)
    _said: float = field(default_factory=time.monotonic)

    def __call__(self, what: str, size: int) -> None:
        """So much more of what is told by this word."""
        self._counts[what] += size
        terminal = sys.stderr.isatty()
        if time.monotonic() - self._said < (TOLD_EVERY if terminal else TOLD_ELSEWHERE_EVERY):
            return
        self._said = time.monotonic()
        click.echo(f"\r{self._line(what)}\x1b[K" if terminal else self._line(what), nl=not terminal, err=True)

    def end(self) -> None:
        """Clears the line of a terminal."""
        if sys.stderr.isatty():
            click.echo("\r\x1b[K", nl=False, err=True)

    def _line(self, what: str) -> str:
        return f"{self._counts[what]:,} {what}"
