"""A revision comes after one that does not exist.

What happens
    `down_revision` or `depends_on` names a revision whose file is not there: it was deleted, renamed, or is on another
    branch. Alembic cannot put the revisions in order and refuses every command.

Why it hurts
    No migration runs at all, also not those that are in order, until the graph is whole again.

Safer form
    Bring the missing file back, or let the revision name the one that it really comes after.

When it is fine
    When the missing revision is in a folder that only the program names (`version_locations` set in code): list the
    folder in the configuration.

Versions
    All versions of Alembic.

Evidence
    `RevisionMap` in alembic/script/revision.py raises for the first revision that it cannot find.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.migration import GraphFlaw
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule
from migsafe.rules.graph_flaws import hits


@migration_rule(RuleInfo(code="MS701", name="missing-revision", since="0.2.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    yield from hits(situation.migration, GraphFlaw.MISSING, GraphFlaw.UNREACHABLE)
