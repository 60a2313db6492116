"""An autocommit block in the middle of a revision commits what came before it.

What happens
    `autocommit_block()` ends Alembic's transaction, runs its statements one by one, and begins another transaction
    behind it. What the revision did before the block is committed there.

Why it hurts
    When a statement in the block or behind it fails, the first half stays applied and the revision does not count as
    applied: the next attempt begins again and fails at what exists already.

Safer form
    A revision of its own for what needs the block; or the block first, and statements that can be repeated
    (`IF NOT EXISTS`, `IF EXISTS`) before it.

When it is fine
    When all statements before the block can be repeated.

Versions
    Alembic 1.2 and later.

Evidence
    `MigrationContext.autocommit_block` in alembic/runtime/migration.py commits the transaction that is open.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.effects.windows import Executed
from migsafe.model.findings import Severity
from migsafe.model.operations import Select, SetParameter
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule


@migration_rule(RuleInfo(code="MS331", name="commit-in-the-middle", since="0.2.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    """One finding for a revision, at the first block behind statements that change something."""
    if situation.migration.source == "django":
        return  # what runs after all migrations, when this one is recorded
    for start, _ in situation.migration.autocommit:
        before = [e for e in situation.run if e.statement.index < start and _changes(e)]
        inside = next((e for e in situation.run if e.statement.index >= start), None)
        if before and inside is not None:
            count = "the statement" if len(before) == 1 else f"the {len(before)} statements"
            yield Hit(
                severity=Severity.WARNING,
                message=f"The autocommit block commits {count} before it: a failure here leaves half of the revision.",
                why="Alembic ends its transaction before the block, and records the revision only at the very end.",
                at=inside,
            )
            return


def _changes(executed: Executed) -> bool:
    return not all(isinstance(operation, (Select, SetParameter)) for operation in executed.statement.operations)
