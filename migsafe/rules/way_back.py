"""Ways back: what a down migration takes away again is what its own way up has brought."""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Severity
from migsafe.model.operations import (
    AddColumn,
    CreateTable,
    CreateTableAs,
    DropColumn,
    DropTable,
    Operation,
    RenameColumn,
    RenameRelation,
)
from migsafe.rules import severity
from migsafe.rules.base import StatementSituation

Deed = tuple[object, ...]


def of_loss(situation: StatementSituation, operation: Operation) -> Severity:
    """As `severity.of_loss`, but a way back that only undoes its way up does what it is for: that is told, and is
    no reason to stop the migration."""
    undone = _undoing(operation, situation)
    if undone is not None and undone in _deeds(situation):
        return Severity.INFO
    return severity.of_loss(situation.statement)


def _undoing(operation: Operation, situation: StatementSituation) -> Deed | None:
    """The deed that an operation takes back."""
    resolve = situation.schema.resolve
    match operation:
        case DropColumn():
            return ("column", resolve(operation.table), operation.column)
        case DropTable():
            return ("table", resolve(operation.table))
        case RenameColumn():
            return ("rename", resolve(operation.table), operation.new_name, operation.column)
        case RenameRelation():
            old = operation.table._replace(name=operation.new_name)
            return ("rename", resolve(old), resolve(operation.table))
    return None


def _deeds(situation: StatementSituation) -> Iterator[Deed]:
    resolve = situation.schema.resolve
    statements = situation.undoes.statements if situation.undoes is not None else ()
    for operation in (op for statement in statements for op in statement.operations):
        match operation:
            case AddColumn():
                yield ("column", resolve(operation.table), operation.column.name)
            case CreateTable() | CreateTableAs():
                yield ("table", resolve(operation.table))
            case RenameColumn():
                yield ("rename", resolve(operation.table), operation.column, operation.new_name)
            case RenameRelation():
                new = operation.table._replace(name=operation.new_name)
                yield ("rename", resolve(operation.table), resolve(new))
