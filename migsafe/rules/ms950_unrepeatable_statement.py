"""A statement that commits by itself cannot run a second time.

What happens
    Outside of a transaction each statement commits by itself. When a later one fails, the first ones stay, and the
    migration is recorded as not applied.

Why it hurts
    The next try stops at the first statement ("already exists"), and somebody has to clean up by hand.

Safer form
    IF EXISTS and IF NOT EXISTS, or a transaction around what may have one:

        CREATE TABLE IF NOT EXISTS audit_log (id bigint PRIMARY KEY);
        ALTER TABLE users ADD COLUMN IF NOT EXISTS phone text;

    Alembic: `if_not_exists=True`. Django: a migration with one operation.

When it is fine
    When it is the only statement of the migration. A concurrent index build is not meant: IF NOT EXISTS would
    accept an invalid index. This rule is an opinion, and off unless it is selected.

Versions
    All supported versions.

Evidence
    SQLSTATE 42P07, 42701 and 42704.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity
from migsafe.model.operations import (
    AddColumn,
    CreateIndex,
    CreateSchema,
    CreateSequence,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    DropView,
    Operation,
)
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.steps import alone, outside

_ABOUT = (
    AddColumn,
    CreateIndex,
    CreateSchema,
    CreateSequence,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    DropView,
)


@statement_rule(RuleInfo(code="MS950", name="unrepeatable-statement", since="0.1.0", default=False), *_ABOUT)
def check(situation: StatementSituation) -> Iterator[Hit]:
    if situation.transaction is not None or len(situation.migration.statements) == 1:
        return
    operations = situation.statement.operations
    repeatable = tuple(_repeatable(operation) for operation in operations)
    changed = [number for number, better in enumerate(repeatable) if better is not None]
    if not changed:
        return
    better = tuple(new or old for new, old in zip(repeatable, operations, strict=True))
    together = isinstance(operations[0], DropIndex) and operations[0].concurrently
    yield Hit(
        severity=Severity.INFO,
        message="If a later statement fails, this one cannot run a second time.",
        why="Outside of a transaction it is committed, although the migration counts as not applied.",
        remedy=Remedy("Say IF EXISTS or IF NOT EXISTS.", ((outside if together else alone)(*better),)),
        clause=changed[0],
    )


def _repeatable(operation: Operation) -> Operation | None:  # noqa: PLR0911  # one line for each kind
    """The operation with IF [NOT] EXISTS; None where it has it, or cannot have it."""
    match operation:
        case AddColumn() if not operation.if_not_exists:
            return operation.replace(if_not_exists=True)
        case CreateIndex() if not operation.if_not_exists and not operation.concurrently and operation.name is not None:
            return operation.replace(if_not_exists=True)
        case CreateSchema() | CreateSequence() | CreateTable() if not operation.if_not_exists:
            return operation.replace(if_not_exists=True)
        case DropColumn() if not operation.column_if_exists:
            return operation.replace(column_if_exists=True)
        case DropConstraint() if not operation.constraint_if_exists:
            return operation.replace(constraint_if_exists=True)
        case DropIndex() | DropTable() | DropView() if not operation.if_exists:
            return operation.replace(if_exists=True)
    return None
