"""Operations as calls of Alembic's `op`.

An operation for which Alembic has no form that renders to exactly the same statement is `op.execute` with that
statement: the reader must be able to rely on it that both mean the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

from migsafe.model.definitions import ColumnDef, Constraint, ForeignKey, GeneratedKind, IndexElement, NotNull
from migsafe.model.names import Name
from migsafe.model.operations import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddPrimaryKey,
    AddUnique,
    AlterColumnType,
    CreateIndex,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropIndex,
    DropNotNull,
    DropTable,
    Operation,
    RenameColumn,
    RenameRelation,
    SetDefault,
    SetNotNull,
    TableAction,
)
from migsafe.plans.writers.alembic_types import sqlalchemy_type
from migsafe.plans.writers.python_code import call, listed, literal
from migsafe.plans.writers.sql_definitions import element
from migsafe.plans.writers.sql_statements import statement

O = TypeVar("O", bound=Operation)  # noqa: E741  # an operation
_BIND = re.compile(r"(?<![:\w\\]):(?=\w+(?!:))")
"""What SQLAlchemy's text() takes for a bound parameter (sqlalchemy/sql/compiler.py, BIND_PARAMS)."""
_UNQUOTED = ("collation", "concurrently", "lateral", "system_user", "tablesample")
"""Reserved names that SQLAlchemy's PostgreSQL dialect does not quote (RESERVED_WORDS in its base.py, 2.1)."""

_WRITERS: dict[type[Operation], Callable[..., str | None]] = {}


def _writes(kind: type[O]) -> Callable[[Callable[[O], str | None]], Callable[[O], str | None]]:
    def register(writer: Callable[[O], str | None]) -> Callable[[O], str | None]:
        _WRITERS[kind] = writer
        return writer

    return register


def operation_call(operation: Operation) -> str:
    """One operation as one call. Raises Unwritable when there is not even an SQL statement for it."""
    writer = _WRITERS.get(type(operation))
    written = writer(operation) if writer is not None and _is_plain(operation) else None
    if written is None or any(f'"{word}"' in written for word in _UNQUOTED):
        return execute(statement(operation))
    return written


def execute(sql: str) -> str:
    """`op.execute` with a statement."""
    return call("op.execute", (literal(_unbound(sql)),))


def text(sql: str) -> str:
    """`sa.text` with an expression."""
    return call("sa.text", (literal(_unbound(sql)),))


def _unbound(sql: str) -> str:
    return _BIND.sub(r"\:", sql)


def _is_plain(operation: Operation) -> bool:
    """Whether it is none of the forms of ALTER TABLE that Alembic does not write: IF EXISTS, ONLY, ALTER VIEW."""
    if not isinstance(operation, TableAction):
        return True
    return not operation.if_exists and not operation.only and operation.keyword.lower() == "table"


def _schema(name: Name, key: str = "schema") -> Iterator[str]:
    if name.schema is not None:
        yield f"{key}={literal(name.schema)}"


@_writes(AddColumn)
def _add_column(operation: AddColumn) -> str | None:
    column = _column(operation.column)
    if column is None or operation.if_not_exists:
        return None
    return call("op.add_column", (literal(operation.table.name), column, *_schema(operation.table)))


def _column(definition: ColumnDef) -> str | None:
    kind = sqlalchemy_type(definition.type)
    bare = all(isinstance(c, NotNull) and not c.name and _is_default(c) for c in definition.constraints)
    if kind is None or not bare or definition.collation or definition.storage or definition.compression:
        return None
    return call("sa.Column", (literal(definition.name), kind, *_column_options(definition)))


def _column_options(definition: ColumnDef) -> Iterator[str]:
    if definition.generated is not None:
        stored = definition.generated.kind is GeneratedKind.STORED
        yield call("sa.Computed", (literal(_unbound(definition.generated.expression.sql)), f"persisted={stored}"))
    if definition.identity is not None:
        yield call("sa.Identity", ("always=True",) if definition.identity == "always" else ())
    if definition.default is not None:
        yield f"server_default={text(definition.default.sql)}"
    if definition.not_null:
        yield "nullable=False"


def _is_default(constraint: Constraint) -> bool:
    return constraint.enforced and not constraint.not_valid and not constraint.no_inherit


@_writes(DropColumn)
def _drop_column(operation: DropColumn) -> str | None:
    if operation.column_if_exists or operation.cascade:
        return None
    return call("op.drop_column", (literal(operation.table.name), literal(operation.column), *_schema(operation.table)))


@_writes(DropTable)
def _drop_table(operation: DropTable) -> str | None:
    if operation.if_exists or operation.cascade:
        return None
    return call("op.drop_table", (literal(operation.table.name), *_schema(operation.table)))


@_writes(RenameRelation)
def _rename(operation: RenameRelation) -> str:
    names = (literal(operation.table.name), literal(operation.new_name))
    return call("op.rename_table", (*names, *_schema(operation.table)))


def _alter_column(operation: TableAction, column: str, *changes: str) -> str:
    return call(
        "op.alter_column", (literal(operation.table.name), literal(column), *changes, *_schema(operation.table))
    )


@_writes(RenameColumn)
def _rename_column(operation: RenameColumn) -> str:
    return _alter_column(operation, operation.column, f"new_column_name={literal(operation.new_name)}")


@_writes(AlterColumnType)
def _alter_type(operation: AlterColumnType) -> str | None:
    kind = sqlalchemy_type(operation.type)
    if kind is None or operation.collation is not None:
        return None
    using = (f"postgresql_using={literal(operation.using.sql)}",) if operation.using is not None else ()
    return _alter_column(operation, operation.column, f"type_={kind}", *using)


@_writes(SetDefault)
def _set_default(operation: SetDefault) -> str:
    return _alter_column(operation, operation.column, f"server_default={text(operation.default.sql)}")


@_writes(DropDefault)
def _drop_default(operation: DropDefault) -> str:
    return _alter_column(operation, operation.column, "server_default=None")


@_writes(SetNotNull)
def _set_not_null(operation: SetNotNull) -> str:
    return _alter_column(operation, operation.column, "nullable=False")


@_writes(DropNotNull)
def _drop_not_null(operation: DropNotNull) -> str:
    return _alter_column(operation, operation.column, "nullable=True")


def _name(constraint: Constraint) -> str:
    return "None" if constraint.name is None else literal(constraint.name)


def _timing(constraint: Constraint) -> Iterator[str]:
    if constraint.deferrable:
        yield "deferrable=True"
    if constraint.initially_deferred:
        yield 'initially="DEFERRED"'


def _validity(constraint: Constraint) -> Iterator[str]:
    if constraint.not_valid:
        yield "postgresql_not_valid=True"


@_writes(AddCheck)
def _add_check(operation: AddCheck) -> str | None:
    check = operation.constraint
    if check.no_inherit or not check.enforced or check.deferrable:
        return None
    condition = literal(_unbound(check.expression.sql))
    return call(
        "op.create_check_constraint",
        (_name(check), literal(operation.table.name), condition, *_schema(operation.table), *_validity(check)),
    )


@_writes(AddForeignKey)
def _add_foreign_key(operation: AddForeignKey) -> str | None:
    key = operation.constraint
    if not key.referenced_columns or key.on_delete_columns or key.period or not key.enforced:
        return None
    return call(
        "op.create_foreign_key",
        (
            _name(key),
            literal(operation.table.name),
            literal(key.referenced.name),
            listed(key.columns),
            listed(key.referenced_columns),
            *_foreign_key_options(key, operation.table),
        ),
    )


def _foreign_key_options(key: ForeignKey, table: Name) -> Iterator[str]:
    if key.on_update != "no action":
        yield f"onupdate={literal(key.on_update.upper())}"
    if key.on_delete != "no action":
        yield f"ondelete={literal(key.on_delete.upper())}"
    yield from _timing(key)
    if key.match != "simple":
        yield f"match={literal(key.match.upper())}"
    yield from _schema(table, "source_schema")
    yield from _schema(key.referenced, "referent_schema")
    yield from _validity(key)


@_writes(AddUnique)
def _add_unique(operation: AddUnique) -> str | None:
    unique = operation.constraint
    if unique.using_index or unique.include or unique.nulls_not_distinct or unique.without_overlaps:
        return None
    if unique.tablespace:
        return None
    parts = (_name(unique), literal(operation.table.name), listed(unique.columns))
    return call("op.create_unique_constraint", (*parts, *_timing(unique), *_schema(operation.table)))


@_writes(AddPrimaryKey)
def _add_primary_key(operation: AddPrimaryKey) -> str | None:
    key = operation.constraint
    if key.using_index or key.include or key.without_overlaps or key.tablespace or key.deferrable:
        return None
    parts = (_name(key), literal(operation.table.name), listed(key.columns))
    return call("op.create_primary_key", (*parts, *_schema(operation.table)))


@_writes(DropConstraint)
def _drop_constraint(operation: DropConstraint) -> str | None:
    if operation.constraint_if_exists or operation.cascade:
        return None
    return call(
        "op.drop_constraint", (literal(operation.name), literal(operation.table.name), *_schema(operation.table))
    )


@_writes(CreateIndex)
def _create_index(operation: CreateIndex) -> str | None:
    if operation.name is None or operation.only:
        return None
    keys = f"[{', '.join(_key(key) for key in operation.elements)}]"
    parts = (literal(operation.name), literal(operation.table.name), keys)
    return call("op.create_index", (*parts, *_schema(operation.table), *_index_options(operation)))


def _key(key: IndexElement) -> str:
    simple = element(IndexElement(column=key.column))
    return literal(key.column) if key.column is not None and element(key) == simple else text(element(key))


def _index_options(operation: CreateIndex) -> Iterator[str]:
    if operation.unique:
        yield "unique=True"
    if operation.if_not_exists:
        yield "if_not_exists=True"
    if operation.method != "btree":
        yield f"postgresql_using={literal(operation.method)}"
    if operation.include:
        yield f"postgresql_include={listed(operation.include)}"
    if operation.nulls_not_distinct:
        yield "postgresql_nulls_not_distinct=True"
    if operation.tablespace:
        yield f"postgresql_tablespace={literal(operation.tablespace)}"
    if operation.predicate is not None:
        yield f"postgresql_where={text(operation.predicate.sql)}"
    if operation.concurrently:
        yield "postgresql_concurrently=True"


@_writes(DropIndex)
def _drop_index(operation: DropIndex) -> str | None:
    if operation.cascade:
        return None
    options = ["if_exists=True"] if operation.if_exists else []
    options += ["postgresql_concurrently=True"] if operation.concurrently else []
    return call("op.drop_index", (literal(operation.index.name), *_schema(operation.index), *options))
