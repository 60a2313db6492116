"""Two revisions have the same id, or two branches the same label.

What happens
    Alembic keeps one revision for each id: the other file is never run, with a warning that scrolls by.

Why it hurts
    A migration that was reviewed and merged is silently not applied.

Safer form
    Give the newer file an id of its own: `alembic revision` makes one.

When it is fine
    Never.

Versions
    All versions of Alembic.

Evidence
    `RevisionMap._map_branch_labels` and `_revision_map` in alembic/script/revision.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.migration import GraphFlaw
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule
from migsafe.rules.graph_flaws import hits


@migration_rule(RuleInfo(code="MS702", name="duplicate-revision", since="0.2.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    yield from hits(situation.migration, GraphFlaw.DUPLICATE)
