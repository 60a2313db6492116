"""A table in use gets a restriction that the running release may violate.

What happens
    NOT NULL, CHECK, UNIQUE, foreign keys and exclusion constraints hold for every row that is written from the commit
    on, also when they are NOT VALID, because that is about existing rows only.

Why it hurts
    If the running release writes a row that the restriction refuses, the request fails: it was tested without it.

Safer form
    The release that keeps to the restriction first, then the restriction:

        -- release 1: the application always writes a positive total
        -- release 2:
        ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total > 0) NOT VALID;

    Alembic and Django: the constraint in the migration of the release after.

When it is fine
    When the running release keeps to the restriction already. It mostly does, and migsafe cannot know: this rule is
    advice, and off unless it is selected.

Versions
    All supported versions.

Evidence
    Manual, ALTER TABLE, "ADD table_constraint [ NOT VALID ]"; SQLSTATE 23502 to 23514. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import Check
from migsafe.model.findings import Remedy, Severity, Slot
from migsafe.model.names import Name
from migsafe.model.operations import (
    AddCheck,
    AddExclusion,
    AddForeignKey,
    AddNotNull,
    AddUnique,
    CreateIndex,
    Operation,
    SetNotNull,
)
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.elsewhere import is_unknown_to_release
from migsafe.rules.steps import alone, by_hand, outside

_ACTIONS = (AddCheck, AddExclusion, AddForeignKey, AddNotNull, AddUnique, SetNotNull)


@statement_rule(
    RuleInfo(code="MS512", name="new-write-restriction", since="0.1.0", default=False), *_ACTIONS, CreateIndex
)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation in enumerate(situation.statement.operations):
        table = _restricted(operation, situation)
        if table is None or is_unknown_to_release(situation, table):
            continue
        yield Hit(
            severity=Severity.WARNING,
            message=f"The running release fails where it writes rows into {table} that this refuses.",
            why="A new restriction holds for every row that is written from the commit on.",
            remedy=_remedy(operation),
            clause=number,
            relation=table,
        )


def _restricted(operation: Operation, situation: StatementSituation) -> Name | None:
    """The table whose rows are restricted anew; None where nothing changes for writers."""
    schema = situation.schema
    if isinstance(operation, CreateIndex):
        return schema.resolve(operation.table) if operation.unique else None
    if isinstance(operation, SetNotNull):
        table = schema.resolve(operation.table)
        known = schema.relation(table).column(operation.column)
        held = known is not None and known.not_null
        return None if held or _is_proved(table, operation.column, situation) else table
    if isinstance(operation, AddUnique) and operation.constraint.using_index is not None:
        return None
    return schema.resolve(operation.table) if isinstance(operation, _ACTIONS) else None


def _is_proved(table: Name, column: str, situation: StatementSituation) -> bool:
    """Whether a CHECK refuses NULL already."""
    checks = (c.definition for c in situation.schema.relation(table).checks)
    return any(isinstance(c, Check) and column in c.expression.proves_not_null for c in checks)


def _remedy(operation: Operation) -> Remedy:
    release = by_hand("Release an application that keeps to it.", Slot.DEPLOY)
    concurrently = isinstance(operation, CreateIndex) and operation.concurrently
    step = outside(operation, slot=Slot.POST_DEPLOY) if concurrently else alone(operation, slot=Slot.POST_DEPLOY)
    return Remedy("Let the application keep to it first.", (release, step))
