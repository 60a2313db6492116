"""The names that a statement gives: what the rules about names share."""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import Constraint
from migsafe.model.operations import (
    AddCheck,
    AddColumn,
    AddExclusion,
    AddForeignKey,
    AddPrimaryKey,
    AddUnique,
    CreateIndex,
    CreateTable,
    CreateView,
    Operation,
    RenameColumn,
    RenameConstraint,
    RenameRelation,
)
from migsafe.model.record import Record
from migsafe.rules.base import StatementSituation

NAMING: tuple[type[Operation], ...] = (
    AddCheck,
    AddColumn,
    AddExclusion,
    AddForeignKey,
    AddPrimaryKey,
    AddUnique,
    CreateIndex,
    CreateTable,
    CreateView,
    RenameColumn,
    RenameConstraint,
    RenameRelation,
)


class MadeName(Record):
    clause: int
    kind: str  # "table", "column" …
    name: str


def made_names(situation: StatementSituation) -> Iterator[MadeName]:
    """All new names of tables, columns, indexes, constraints and views; none in ways back."""
    if situation.undoes is not None:
        return
    for number, operation in enumerate(situation.statement.operations):
        yield from (MadeName(number, kind, name) for kind, name in _names(operation))


def _names(operation: Operation) -> Iterator[tuple[str, str]]:
    match operation:
        case CreateTable():
            yield "table", operation.table.name
            yield from (("column", column.name) for column in operation.columns)
            yield from _of_constraints(operation.constraints)
            for column in operation.columns:
                yield from _of_constraints(column.constraints)
        case AddColumn():
            yield "column", operation.column.name
            yield from _of_constraints(operation.column.constraints)
        case CreateIndex() if operation.name is not None:
            yield "index", operation.name
        case CreateView():
            yield "view", operation.view.name
        case RenameColumn():
            yield "column", operation.new_name
        case RenameConstraint():
            yield "constraint", operation.new_name
        case RenameRelation():
            yield operation.keyword, operation.new_name
        case AddCheck() | AddExclusion() | AddForeignKey() | AddPrimaryKey() | AddUnique():
            yield from _of_constraints((operation.constraint,))


def _of_constraints(constraints: tuple[Constraint, ...]) -> Iterator[tuple[str, str]]:
    return (("constraint", c.name) for c in constraints if c.name is not None)
