"""The live schema is not the one that the applied migrations build.

What happens
    The snapshot (`--stats`, `--database-url-env`) says which migrations the database has applied and what its schema
    is. The same migrations, replayed, give another schema: somebody changed the database by hand, a migration was
    edited after it ran, or a restore brought back an older state.

Why it hurts
    A migration is written and tested against what the other migrations build. In the live database it meets something
    else: it fails half-way, does work that it does not do elsewhere, or leaves an index behind that nobody wanted.

Safer form
    Bring both together in a migration of its own: repeat in it what was done by hand, with IF NOT EXISTS, so that
    every database has the same history; or take back by hand what should not be there. An INVALID index is dropped
    with DROP INDEX CONCURRENTLY and built again.

When it is fine
    For differences that are meant, such as an index of the reporting team: suppress the finding with that reason.
    Tables that no migration made are not reported.

Versions
    All supported versions.

Evidence
    The comparison itself: columns, types, NOT NULL, constraints and indexes by name. What one side does not know
    for certain (locked at capture, made by a statement that was not analysed) is left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from migsafe.model.findings import Finding, Place, Severity
from migsafe.rules.base import RuleInfo, RunRule

_SHOWN = 12
rule = RunRule(RuleInfo(code="MS720", name="schema-drift", since="0.2.0"))


def finding(differences: Sequence[str], place: Place, migration: str) -> Finding:
    """One finding for all differences of a folder, at the first migration that will meet them."""
    shown = "; ".join(differences[:_SHOWN])
    rest = f"; and {len(differences) - _SHOWN} more" if len(differences) > _SHOWN else ""
    return Finding(
        code=rule.info.code,
        name=rule.info.name,
        severity=Severity.WARNING,
        place=place,
        message="The live schema is not what the applied migrations build.",
        why=f"In the database {shown}{rest}.",
        migration=migration,
    )
