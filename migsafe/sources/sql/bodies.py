"""Statements inside of DO blocks, and of functions that the same file creates and then calls."""

from __future__ import annotations

from migsafe.model.migration import Statement


class Bodies:
    """The bodies of the routines that the file has created so far."""

    def children(self, statement: Statement, sql: str) -> list[Statement]:  # noqa: ARG002
        """The statements that this one runs, as its children, numbered after it."""
        return []
