"""Rows are changed whose foreign keys are checked at the end, and the same transaction then alters their table.

What happens
    A foreign key that is DEFERRABLE INITIALLY DEFERRED, as Django makes all of them, is checked when the transaction
    ends. Until then the check of each row is pending, and the server refuses to alter or drop the row's table: "cannot
    ALTER TABLE because it has pending trigger events". Pending are rows that are inserted, rows whose foreign key gets
    another value, and deleted rows that others could refer to.

Why it hurts
    It depends on the rows. On an empty test database nothing is pending and the migration passes; in production it
    fails, and all that it did is rolled back.

Safer form
    The rows in a migration of their own, the table in the next one. Where both have to be one transaction, have the
    rows checked in between:

        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),

When it is fine
    When there are no such rows. Where it is certain that there are, the refusal itself is reported (MS003).

Versions
    All supported versions.

Evidence
    `CheckTableNotInUse` in tablecmds.c, `AfterTriggerPendingOnRel` in trigger.c; `RI_FKey_fk_upd_check_required` in
    ri_triggers.c. All cases are shown on a server by a test of this rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from migsafe.effects.windows import Executed
from migsafe.model.definitions import ForeignKey
from migsafe.model.findings import Related, Remedy, Severity, Slot
from migsafe.model.names import Name
from migsafe.model.operations import (
    AddColumn,
    AddForeignKey,
    Delete,
    DropTable,
    Insert,
    Operation,
    SetConstraints,
    TableAction,
    Truncate,
    Update,
)
from migsafe.rules.base import Hit, RuleInfo, TransactionSituation, place, transaction_rule
from migsafe.rules.steps import by_hand
from migsafe.schema.objects import Relation

_REMEDY = Remedy(
    "Have the rows checked before the table is changed.",
    (
        by_hand("The rows in a migration before this one.", Slot.PRE_DEPLOY),
        by_hand("In one transaction: SET CONSTRAINTS ALL IMMEDIATE before this statement."),
    ),
)


@transaction_rule(RuleInfo(code="MS648", name="pending-row-checks", since="0.2.0"))
def check(situation: TransactionSituation) -> Iterator[Hit]:
    """One finding for a transaction, at the first statement that may be refused."""
    if situation.transaction is None:
        return
    pending: dict[Name, Executed] = {}
    later = list(_added_keys(situation))
    for number, executed in enumerate(situation.run):
        later = [key for key in later if key.statement > number]
        for operation in executed.statement.operations:
            if isinstance(operation, SetConstraints) and not operation.deferred:
                pending.clear()
            for table in _altered(operation, situation):
                if table in pending and executed.effect is not None:
                    yield _hit(table, pending[table], executed)
                    return
            changed = _left_unchecked(operation, situation, later)
            if changed is not None:
                pending.setdefault(changed, executed)


class _AddedKey(NamedTuple):
    """A foreign key that a statement of the run adds, by one of its columns."""

    statement: int
    table: Name
    column: str


def _added_keys(situation: TransactionSituation) -> Iterator[_AddedKey]:
    """What is checked from there on only: rows before it wait for nothing."""
    for number, executed in enumerate(situation.run):
        for operation in executed.statement.operations:
            if isinstance(operation, AddForeignKey):
                table = situation.schema.resolve(operation.table)
                yield from (_AddedKey(number, table, column) for column in operation.constraint.columns)
            elif isinstance(operation, AddColumn):
                yield _AddedKey(number, situation.schema.resolve(operation.table), operation.column.name)


def _altered(operation: Operation, situation: TransactionSituation) -> Iterator[Name]:
    """The tables that must not be in use."""
    if isinstance(operation, (TableAction, DropTable, Truncate)):
        yield situation.schema.resolve(operation.table)


def _left_unchecked(operation: Operation, situation: TransactionSituation, later: Sequence[_AddedKey]) -> Name | None:
    """The table of whose rows the operation leaves some unchecked."""
    if not isinstance(operation, (Insert, Update, Delete)):
        return None
    table = situation.schema.resolve(operation.table)
    relation = situation.schema.relation(table)
    if isinstance(operation, Delete):
        return table if _is_referred_to(table, situation) else None
    own = _deferred_columns(relation) - {key.column for key in later if key.table == table}
    if isinstance(operation, Insert):
        return table if own else None
    return table if own & set(operation.columns) else None


def _deferred_columns(relation: Relation) -> set[str]:
    keys = (key.definition for key in relation.foreign_keys if key.enforced and key.definition.initially_deferred)
    return {column for key in keys if isinstance(key, ForeignKey) for column in key.columns}


def _is_referred_to(table: Name, situation: TransactionSituation) -> bool:
    """Whether a deferred foreign key looks at deleted rows when the transaction ends."""
    for relation, name in situation.schema.referencing(table):
        key = next((key for key in relation.foreign_keys if key.name == name), None)
        if key is not None and key.enforced and key.definition.initially_deferred:
            return True
    return False


def _hit(table: Name, changed: Executed, at: Executed) -> Hit:
    where = Related(place(changed.migration, changed.statement), "the foreign keys of these rows are not checked yet")
    return Hit(
        severity=Severity.WARNING,
        message=f"The server refuses this if rows of {table} that were changed before are still to be checked.",
        why="Deferred foreign keys are checked at the end of the transaction; until then the table is in use.",
        remedy=_REMEDY,
        relation=table,
        at=at,
        related=(where,),
    )
