"""A way back adds a restriction that rows written since may violate.

What happens
    The way up took a restriction away, and the way back adds it again: NOT NULL, UNIQUE, a foreign key, a CHECK. It
    fails as soon as one row was written that it refuses.

Why it hurts
    The way back fails at the moment when it is needed, in the middle, and with a lock held while all rows are read.

Safer form
    Look for such rows and decide about them before, and add the restriction as on the way up: NOT VALID first, an index
    CONCURRENTLY:

        ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID;

    Alembic and Django: the same in the way back.

When it is fine
    When the release keeps to the restriction although it is gone. What the way back drops itself and makes again, as
    Django does with foreign keys of a column that it alters, is not reported.

Versions
    All supported versions.

Evidence
    SQLSTATE 23502, 23503, 23505 and 23514. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity, Slot
from migsafe.model.names import Name, quoted
from migsafe.model.operations import (
    AddCheck,
    AddExclusion,
    AddForeignKey,
    AddPrimaryKey,
    AddUnique,
    CreateIndex,
    DropConstraint,
    Operation,
    RenameColumn,
    RenameRelation,
    SetNotNull,
)
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.elsewhere import is_unknown_to_release, on, up_to_here
from migsafe.rules.steps import by_hand
from migsafe.rules.wording import column_in_words

_ACTIONS = (AddCheck, AddExclusion, AddForeignKey, AddPrimaryKey, AddUnique, SetNotNull)


@statement_rule(RuleInfo(code="MS804", name="failing-way-back", since="0.1.0"), *_ACTIONS, CreateIndex)
def check(situation: StatementSituation) -> Iterator[Hit]:
    if situation.undoes is None:
        return
    for number, operation in enumerate(situation.statement.operations):
        if not isinstance(operation, (*_ACTIONS, CreateIndex)):
            continue
        table = situation.schema.resolve(operation.table)
        rows = _offending(operation, table, situation)
        if rows is None or is_unknown_to_release(situation, table) or not situation.effect.locks:
            continue
        if _holds_before(operation, table, situation):
            continue
        look = by_hand(f"Look for {rows} before going back, and decide about them.", Slot.PRE_DEPLOY)
        yield Hit(
            severity=Severity.WARNING,
            message=f"This way back fails if there are {rows}.",
            why="The way up allows such rows; once one is written, the restriction cannot come back.",
            remedy=Remedy("Look for such rows before, and decide about them.", (look,)),
            clause=number,
            relation=table,
        )


def _holds_before(operation: Operation, table: Name, situation: StatementSituation) -> bool:
    """Whether this only makes again what the way back has dropped itself, and what the way up had made: no row can
    be there that it refuses."""
    up = situation.undoes
    if up is None or not any(
        _drops_constraint(each, table, situation) for each in up_to_here(situation, DropConstraint)
    ):
        return False
    wanted = _restriction(operation, situation)
    made = (each for statement in up.statements for each in statement.operations)
    return wanted is not None and any(_restriction(each, situation) == wanted for each in made)


def _drops_constraint(drop: DropConstraint, table: Name, situation: StatementSituation) -> bool:
    return situation.schema.resolve(drop.table) == table


def _restriction(operation: Operation, situation: StatementSituation) -> tuple[object, ...] | None:
    """A constraint by what it demands, whatever its name: tables are called as they are when this runs."""
    if isinstance(operation, AddForeignKey):
        key = operation.constraint
        table = _present_name(operation.table, situation)
        columns = _present_columns(key.columns, table, situation)
        return table, columns, _present_name(key.referenced, situation), key.referenced_columns
    if isinstance(operation, AddUnique):
        table = _present_name(operation.table, situation)
        return table, _present_columns(operation.constraint.columns, table, situation)
    return None


def _present_columns(columns: tuple[str, ...], table: Name, situation: StatementSituation) -> tuple[str, ...]:
    renames = on(table, up_to_here(situation, RenameColumn), situation)
    names = {rename.column: rename.new_name for rename in renames}
    return tuple(names.get(column, column) for column in columns)


def _present_name(name: Name, situation: StatementSituation) -> Name:
    """After the renames that the way back has done."""
    for rename in up_to_here(situation, RenameRelation):
        if rename.table.name == name.name:
            name = name._replace(name=rename.new_name)
    return situation.schema.resolve(name)


def _offending(operation: Operation, table: Name, situation: StatementSituation) -> str | None:
    """The rows that would be refused; None where nothing existing is checked."""
    match operation:
        case SetNotNull():
            known = situation.schema.relation(table).column(operation.column)
            held = known is not None and known.not_null
            return None if held else f"NULLs in {column_in_words(table, operation.column)}"
        case AddUnique() | AddPrimaryKey() if operation.constraint.using_index is None:
            return f"duplicates of ({_names(operation.constraint.columns)}) in {table}"
        case CreateIndex() if operation.unique:
            return f"duplicates in {table}"
        case AddForeignKey() if not operation.constraint.not_valid:
            return f"rows of {table} whose row of {operation.constraint.referenced} is gone"
        case AddCheck() | AddExclusion() if not operation.constraint.not_valid:
            return f"rows in {table} that it refuses"
    return None


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(quoted(column) for column in columns)
