"""Revisions come after each other in a circle.

What happens
    Following `down_revision` and `depends_on` leads back to the same revision. Alembic refuses every command.

Why it hurts
    No migration runs at all until the circle is broken.

Safer form
    Let one of the revisions name the one that it really comes after.

When it is fine
    Never.

Versions
    All versions of Alembic.

Evidence
    `CycleDetected` and `DependencyCycleDetected` in alembic/script/revision.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.migration import GraphFlaw
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule
from migsafe.rules.graph_flaws import hits


@migration_rule(RuleInfo(code="MS703", name="revision-cycle", since="0.2.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    yield from hits(situation.migration, GraphFlaw.CYCLE)
