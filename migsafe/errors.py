"""The errors that a user can do something about, kept apart from findings and from our own mistakes."""

from __future__ import annotations

from collections.abc import Iterable


class SetupError(Exception):
    """The set-up is wrong, not the migration: shown as one sentence with its remedy, exit code 2."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}; {self.remedy}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A remedy that names the nearest known word, or all of them."""
    from difflib import get_close_matches

    names = sorted(known)
    close = get_close_matches(word, names, n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else f"known are: {', '.join(names)}"
