"""The errors that a user can do something about, kept apart from findings and from our own mistakes."""

from __future__ import annotations


class SetupError(Exception):
    """The set-up is wrong, not the migration: shown as one sentence with its remedy, exit code 2."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}; {self.remedy}"
