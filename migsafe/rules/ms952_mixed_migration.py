"""One migration changes both the schema and rows.

What happens
    Changes of the schema take short, strong locks; changes of rows take long, weak ones. In one transaction each is
    kept for as long as the other needs.

Why it hurts
    A failure in the rows takes the schema back as well, the migration cannot be repeated in parts, and the locks
    add up.

Safer form
    Two migrations: first the schema, then the rows, in batches:

        -- 1: ALTER TABLE users ADD COLUMN state text;
        -- 2: UPDATE users SET state = 'new' WHERE id BETWEEN 1 AND 1000;  -- and so on

    Alembic: two revisions. Django: `RunPython` in a migration of its own.

When it is fine
    For a few rows, or rows of a table that the migration has created. What certainly hurts is reported by other
    rules; this one is an opinion, and off unless it is selected.

Versions
    All supported versions.

Evidence
    Manual, 13.3.1 "Table-Level Locks": a lock is held until the end of the transaction.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.effects.windows import Executed
from migsafe.model.effects import WorkKind
from migsafe.model.findings import Remedy, Severity
from migsafe.model.locks import LockMode
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule
from migsafe.rules.steps import by_hand


@migration_rule(RuleInfo(code="MS952", name="mixed-migration", since="0.1.0", default=False))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    rows = next((e for e in situation.run if _changes_rows(e)), None)
    schema = next((e for e in situation.run if _changes_schema(e)), None)
    if rows is None or schema is None:
        return
    split = by_hand("Put the change of rows into a migration of its own, in batches.")
    yield Hit(
        severity=Severity.INFO,
        message="This changes rows in a migration that changes the schema as well.",
        why="Each keeps its locks for as long as the other needs, and a failure takes back both.",
        remedy=Remedy("Split it into two migrations.", (split,)),
        at=rows,
    )


def _changes_rows(executed: Executed) -> bool:
    return any(work.kind is WorkKind.DATA for work in executed.heavy_work)


def _changes_schema(executed: Executed) -> bool:
    locks = executed.effect.locks if executed.effect is not None else ()
    changes = (lock for lock in locks if lock.relation not in executed.private)
    return any(lock.mode >= LockMode.SHARE_UPDATE_EXCLUSIVE for lock in changes)
