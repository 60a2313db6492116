"""Flaws of the graph of migrations, as the rules about them report them."""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Place, Severity
from migsafe.model.migration import GraphFlaw, Migration
from migsafe.rules.base import Hit


def hits(migration: Migration, *flaws: GraphFlaw) -> Iterator[Hit]:
    """One for each flaw of these kinds, at the line that states it."""
    for problem in migration.graph:
        if problem.flaw in flaws:
            yield Hit(
                severity=Severity.ERROR,
                message=f"{problem.message[0].upper()}{problem.message[1:]}.",
                why="The migration tool orders all migrations before it runs the first.",
                place=Place(migration.path, problem.span),
            )
