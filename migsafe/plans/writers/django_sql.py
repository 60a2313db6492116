"""The statements of an operation in their safe form, each with what undoes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migsafe.model.definitions import Check, ColumnDef, ForeignKey, NotNull, Unique
from migsafe.model.expressions import Expression
from migsafe.model.findings import Step
from migsafe.model.migration import Statement
from migsafe.model.names import Name
from migsafe.model.operations import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddNotNull,
    AddPrimaryKey,
    AddUnique,
    CreateIndex,
    CreateSequence,
    CreateView,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropIndex,
    DropNotNull,
    DropView,
    Operation,
    RenameColumn,
    SetConstraints,
    SetDefault,
    SetNotNull,
    SetParameter,
    ValidateConstraint,
)
from migsafe.model.record import KeywordRecord
from migsafe.plans.writers.sql_statements import Unwritable, statement
from migsafe.rules.constraint_names import constraint_name
from migsafe.rules.constraint_steps import check_steps, foreign_key_steps, unique_steps
from migsafe.schema.schema import Schema
from migsafe.text.identifiers import identifier

_NO_SCHEMA = Schema()


class Sql(KeywordRecord):
    """A statement. `reverse` undoes it, "" when nothing is to be done for that, None when nothing can be.

    `outside` when it runs outside of transactions only; `long` when it reads the table without blocking anybody, so
    that it must not share a transaction with what blocks.
    """

    sql: str
    reverse: str | None = ""
    outside: bool = False
    long: bool = False
    operation: Operation | None = None


def sql_of(operation: Operation) -> Sql:
    """An operation as it is. Raises Unwritable."""
    outside = isinstance(operation, CreateIndex | DropIndex) and operation.concurrently
    return Sql(
        sql=statement(operation),
        reverse=reverse(operation),
        outside=outside,
        long=outside or isinstance(operation, ValidateConstraint),
        operation=operation,
    )


def safe(statements: Sequence[Statement]) -> tuple[Sql, ...]:
    """What the statements do, without work under a lock. Raises Unwritable for what has no such form."""
    operations = [operation for each in statements for operation in each.operations]
    keys = foreign_keys_dropped(operations)
    return tuple(one for operation in operations for one in (*_limit(operation, keys), *_safe(operation)))


def foreign_keys_dropped(operations: Sequence[Operation]) -> frozenset[str]:
    """By name. Django looks at waiting rows before it drops one, and before nothing else (`sql_delete_fk`)."""
    checked = {name.name for each in operations if isinstance(each, SetConstraints) for name in each.names}
    return frozenset(each.name for each in operations if isinstance(each, DropConstraint) and each.name in checked)


def _limit(operation: Operation, keys: frozenset[str]) -> Iterator[Sql]:
    """With a foreign key goes a trigger of the table that it refers to, so that two tables wait for the lock."""
    if isinstance(operation, DropConstraint) and operation.name in keys:
        yield sql_of(SHORT_WAIT)


SHORT_WAIT = SetParameter(name="lock_timeout", value="2s", local=True)


def _safe(operation: Operation) -> Iterator[Sql]:
    for one in _operations(operation):
        yield sql_of(one)


def _operations(operation: Operation) -> Iterator[Operation]:
    match operation:
        case SetConstraints():
            return  # it is there for the data that the same transaction changes
        case CreateIndex(concurrently=False):
            yield operation.replace(concurrently=True)
        case DropIndex(concurrently=False):
            yield operation.replace(concurrently=True, cascade=False)
        case AddUnique() if operation.constraint.using_index is None:
            yield from _flat(unique_steps(operation.table, operation.constraint, _NO_SCHEMA))
        case AddCheck() if not operation.constraint.not_valid:
            yield from _flat(check_steps(operation.table, operation.constraint, _NO_SCHEMA))
        case AddForeignKey() if not operation.constraint.not_valid:
            yield from _flat(foreign_key_steps(operation.table, operation.constraint, _NO_SCHEMA))
        case AddColumn():
            yield from _column(operation)
        case SetNotNull():
            yield from not_null(operation.table, operation.column)
        case DropConstraint():
            yield operation.replace(cascade=False)
        case _:
            yield operation


def _flat(steps: Sequence[Step]) -> Iterator[Operation]:
    for step in steps:
        yield from step.operations


def _column(operation: AddColumn) -> Iterator[Operation]:
    """A column, then the constraints that were written behind it."""
    table, column = operation.table, operation.column
    yield operation.replace(column=bare(column))
    for constraint in column.constraints:
        own = (column.name,)
        match constraint:
            case ForeignKey() if column.default is not None:
                yield from _operations(AddForeignKey(table=table, constraint=constraint.replace(columns=own)))
            case Unique():
                yield from _operations(AddUnique(table=table, constraint=constraint.replace(columns=own)))
            case Check():
                named = constraint.replace(name=constraint_name(constraint, table, own, "check", _NO_SCHEMA))
                yield from _operations(AddCheck(table=table, constraint=named))


def bare(column: ColumnDef) -> ColumnDef:
    """The column with what is instant: a key that refers elsewhere is not validated where no row has a value."""
    instant = (NotNull,) if column.default is not None else (NotNull, ForeignKey)
    return column.replace(constraints=tuple(c for c in column.constraints if isinstance(c, instant)))


def not_null(table: Name, column: str) -> tuple[Operation, ...]:
    """A CHECK that is validated without blocking proves to SET NOT NULL that it need not look."""
    proof = proof_of(table, column)
    name = proof.constraint.name or ""
    return (
        proof,
        ValidateConstraint(table=table, name=name),
        SetNotNull(table=table, column=column),
        DropConstraint(table=table, name=name),
    )


def drop_proof(proof: AddCheck) -> Sql:
    """The CHECK has done its work. The way back has it again, for the one who undoes more."""
    drop = DropConstraint(table=proof.table, name=proof.constraint.name or "")
    return Sql(sql=statement(drop), reverse=statement(proof))


def proof_of(table: Name, column: str) -> AddCheck:
    """The CHECK, not valid yet."""
    expression = Expression(f"{identifier(column)} IS NOT NULL", columns=(column,), proves_not_null=(column,))
    check = Check(name=f"{table.name}_{column}_not_null", expression=expression, not_valid=True)
    return AddCheck(table=table, constraint=check)


def reverse(operation: Operation) -> str | None:
    """What undoes an operation: "" when nothing has to be, None when it is not known."""
    undone = _undone(operation)
    if not isinstance(undone, Operation):
        return "" if undone else None
    try:
        return statement(undone)
    except Unwritable:
        return None


def _undone(operation: Operation) -> Operation | bool:  # noqa: PLR0911  # a table
    """The operation that undoes it; True when none is needed, False when none is known."""
    match operation:
        case AddColumn():
            return DropColumn(table=operation.table, column=operation.column.name)
        case CreateIndex(name=str(name)):
            index = operation.table._replace(name=name)
            return DropIndex(index=index, concurrently=operation.concurrently, if_exists=True)
        case AddCheck() | AddForeignKey() | AddUnique() | AddPrimaryKey() | AddNotNull():
            name = operation.constraint.name or ""
            drop = DropConstraint(table=operation.table, name=name, constraint_if_exists=True)
            return drop if name else False
        case SetNotNull():
            return DropNotNull(table=operation.table, column=operation.column)
        case SetDefault():
            return DropDefault(table=operation.table, column=operation.column)
        case RenameColumn():
            return operation.replace(column=operation.new_name, new_name=operation.column)
        case CreateView():
            return DropView(view=operation.view)
        case (
            ValidateConstraint() | DropNotNull() | DropDefault() | CreateSequence() | SetParameter() | SetConstraints()
        ):
            return True
    return False
