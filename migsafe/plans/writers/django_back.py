"""What undoes a statement, as far as Django's own way back of the operation has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migsafe.model.definitions import NotNull
from migsafe.model.operations import (
    AddCheck,
    AddColumn,
    AddExclusion,
    AddForeignKey,
    AddPrimaryKey,
    AddUnique,
    AlterColumnType,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropIndex,
    DropNotNull,
    DropTable,
    Operation,
    RenameRelation,
    SetDefault,
    SetNotNull,
)
from migsafe.parsers.postgresql import parse_statement
from migsafe.plans.writers.django_sql import Sql
from migsafe.plans.writers.sql_statements import statement
from migsafe.text.script import split
from migsafe.text.source import SourceText

_Adding = AddCheck | AddExclusion | AddForeignKey | AddPrimaryKey | AddUnique


def undone_by(parts: Sequence[Sql], back: Sequence[str]) -> tuple[Sql, ...]:
    """The statements, each with what undoes it according to `back`, where it does not say so itself."""
    known = [(sql, operation) for sql in back for operation in _operations(sql)]
    added = [operation.column for _, operation in known if isinstance(operation, AddColumn)]
    inline = frozenset(constraint.name for column in added for constraint in column.constraints)
    return tuple(_with_back(part, known, inline) for part in parts)


def _operations(sql: str) -> Iterator[Operation]:
    """Those of all statements of one text: Django adds a foreign key's column and checks it in one
    (`sql_create_column_inline_fk`)."""
    for fragment in split(SourceText(sql, "")).fragments:
        yield from (clause.operation for clause in parse_statement(fragment.sql).clauses)


def needs_value(back: Sequence[str]) -> bool:
    """Whether the column that comes back must have a value, and the database has none for it."""
    operations = [operation for sql in back for operation in _operations(sql)]
    columns = [operation.column for operation in operations if isinstance(operation, AddColumn)]
    required = any(isinstance(constraint, NotNull) for column in columns for constraint in column.constraints)
    stays = not any(isinstance(operation, DropDefault) for operation in operations)
    return required and not (stays and any(column.default is not None for column in columns))


def _with_back(part: Sql, known: Sequence[tuple[str, Operation]], inline: frozenset[str | None]) -> Sql:
    """`inline` are constraints that come back with their column."""
    if part.reverse or part.operation is None:
        return part
    if isinstance(part.operation, DropConstraint) and part.operation.name in inline:
        return part.replace(reverse="")
    for sql, operation in known:
        if _undoes(operation, part.operation):
            return part.replace(reverse=_as_it_should_be(sql, operation, part))
    return part


def _as_it_should_be(sql: str, operation: Operation, part: Sql) -> str:
    """An index that was dropped without blocking is built without blocking."""
    if isinstance(operation, CreateIndex) and part.outside:
        return statement(operation.replace(concurrently=True))
    return sql


def _undoes(back: Operation, forth: Operation) -> bool:  # noqa: PLR0911  # a table
    match forth, back:
        case DropIndex(), CreateIndex():
            return back.name == forth.index.name
        case DropConstraint(), _:
            return isinstance(back, _Adding) and back.constraint.name == forth.name
        case DropNotNull(), SetNotNull():
            return back.column == forth.column
        case DropDefault(), SetDefault():
            return back.column == forth.column
        case AlterColumnType(), AlterColumnType():
            return back.column == forth.column
        case DropColumn(), AddColumn():
            return back.column.name == forth.column
        case RenameRelation(), RenameRelation():
            return back.new_name == forth.table.name
        case DropTable(), _:
            return isinstance(back, CreateTable) and back.table == forth.table
    return False
