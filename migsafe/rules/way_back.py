"""Ways back: what a down migration takes away again is what its own way up has brought."""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import Constraint
from migsafe.model.findings import Remedy, Severity, Slot
from migsafe.model.names import Name
from migsafe.model.operations import (
    AddCheck,
    AddColumn,
    AddExclusion,
    AddForeignKey,
    AddPrimaryKey,
    AddUnique,
    CreateIndex,
    CreateTable,
    CreateTableAs,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropIndex,
    DropNotNull,
    DropTable,
    Operation,
    RenameColumn,
    RenameEnumValue,
    RenameRelation,
    SetDefault,
    SetNotNull,
)
from migsafe.rules import severity
from migsafe.rules.base import StatementSituation
from migsafe.rules.named_objects import created, dropped, same
from migsafe.rules.steps import by_hand
from migsafe.schema.schema import Schema

Deed = tuple[object, ...]
_ADDS_CONSTRAINT = (AddCheck, AddForeignKey, AddUnique, AddPrimaryKey, AddExclusion)


def of_loss(situation: StatementSituation, operation: Operation) -> Severity:
    """As `severity.of_loss`, but a way back that only undoes its way up does what it is for: that is told, and is
    no reason to stop the migration."""
    if undoes_its_way_up(situation, operation):
        return Severity.INFO
    return severity.of_loss(situation.statement)


def undoes_its_way_up(situation: StatementSituation, operation: Operation) -> bool:
    """Whether the statement is of a way back, and takes back what its own way up did."""
    if situation.undoes is None:
        return False
    if _drops_what_was_created(situation, operation):
        return True
    undone = _undoing(operation, situation.schema)
    return undone is not None and undone in _deeds(situation)


def remedy_of_loss(what: str) -> Remedy:
    """For a way back that loses only what came after its way up."""
    keep = by_hand(f"Archive {what} first, if it may be needed again.", Slot.POST_DEPLOY)
    return Remedy("Keep a copy of what was written since the way up, before going back.", (keep,))


def _drops_what_was_created(situation: StatementSituation, operation: Operation) -> bool:
    target = dropped(operation)
    if target is None:
        return False
    made = (created(op) for op in _operations_up(situation))
    return any(each is not None and same(each, target) for each in made)


def _operations_up(situation: StatementSituation) -> Iterator[Operation]:
    statements = situation.undoes.statements if situation.undoes is not None else ()
    return (operation for statement in statements for operation in statement.operations)


def _undoing(operation: Operation, schema: Schema) -> Deed | None:  # noqa: PLR0911  # one line for each kind
    """The deed that an operation takes back."""
    match operation:
        case DropColumn():
            return ("column", schema.resolve(operation.table), operation.column)
        case DropTable():
            return ("table", schema.resolve(operation.table))
        case DropIndex():
            return ("index", operation.index.name)
        case DropConstraint():
            return _constraint(operation, schema)
        case DropNotNull():
            return ("not null", schema.resolve(operation.table), operation.column)
        case DropDefault():
            return ("default", schema.resolve(operation.table), operation.column)
        case RenameColumn():
            return ("rename", schema.resolve(operation.table), operation.new_name, operation.column)
        case RenameEnumValue():
            return ("label", operation.type.name, operation.new_value, operation.value)
        case RenameRelation():
            old = operation.table._replace(name=operation.new_name)
            return ("rename", schema.resolve(old), schema.resolve(operation.table))
    return None


def _constraint(operation: DropConstraint, schema: Schema) -> Deed:
    """A constraint by its definition where that is known, because its name may have been generated."""
    table = schema.resolve(operation.table)
    known = schema.relation(table).constraint(operation.name)
    return ("constraint", table, operation.name if known is None else _content(known.definition))


def _content(definition: Constraint) -> Constraint:
    return definition.replace(name=None, not_valid=False)


def _deeds(situation: StatementSituation) -> Iterator[Deed]:  # noqa: C901  # one line for each kind
    resolve = situation.schema.resolve
    for operation in _operations_up(situation):
        match operation:
            case AddColumn():
                yield ("column", resolve(operation.table), operation.column.name)
            case CreateTable() | CreateTableAs():
                yield ("table", resolve(operation.table))
            case CreateIndex():
                yield ("index", operation.name)
            case SetNotNull():
                yield ("not null", resolve(operation.table), operation.column)
            case SetDefault():
                yield ("default", resolve(operation.table), operation.column)
            case RenameEnumValue():
                yield ("label", operation.type.name, operation.value, operation.new_value)
            case RenameColumn():
                yield ("rename", resolve(operation.table), operation.column, operation.new_name)
            case RenameRelation():
                new = operation.table._replace(name=operation.new_name)
                yield ("rename", resolve(operation.table), resolve(new))
        if isinstance(operation, _ADDS_CONSTRAINT):
            yield from _constraint_deeds(resolve(operation.table), operation.constraint)


def _constraint_deeds(table: Name, constraint: Constraint) -> Iterator[Deed]:
    yield ("constraint", table, _content(constraint))
    if constraint.name is not None:
        yield ("constraint", table, constraint.name)
