"""Operations as SQL statements for PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from migsafe.model.definitions import LikeClause
from migsafe.model.operations import (
    AddCheck,
    AddColumn,
    AddExclusion,
    AddForeignKey,
    AddIdentity,
    AddNotNull,
    AddPrimaryKey,
    AddUnique,
    AlterColumnType,
    AttachIndexPartition,
    AttachPartition,
    CreateIndex,
    CreateSequence,
    CreateTable,
    CreateView,
    DetachPartition,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropIndex,
    DropNotNull,
    DropTable,
    DropView,
    Operation,
    RefreshMaterializedView,
    Reindex,
    RenameColumn,
    RenameRelation,
    SetDefault,
    SetNotNull,
    SetParameter,
    SetReplicaIdentity,
    SetSchema,
    TableAction,
    ValidateConstraint,
)
from migsafe.plans.writers.sql_definitions import bound, column, constraint, element, type_name
from migsafe.text.identifiers import identifier, identifiers, relation

O = TypeVar("O", bound=Operation)  # noqa: E741  # an operation


class Unwritable(Exception):  # noqa: N818  # no error of the user's: the caller shows the statement as it was
    """The operation has no writer; the statement it came from has to serve."""


_WRITERS: dict[type[Operation], Callable[..., str]] = {}


def _writes(kind: type[O]) -> Callable[[Callable[[O], str]], Callable[[O], str]]:
    def register(writer: Callable[[O], str]) -> Callable[[O], str]:
        _WRITERS[kind] = writer
        return writer

    return register


def statement(operation: Operation) -> str:
    """One operation as one statement, without the semicolon. Raises Unwritable."""
    writer = _WRITERS.get(type(operation))
    if writer is None:
        raise Unwritable(operation.label)
    text = writer(operation)
    return f"{_alter(operation)} {text}" if isinstance(operation, TableAction) else text


def _alter(operation: TableAction) -> str:
    exists = "IF EXISTS " if operation.if_exists else ""
    only = "ONLY " if operation.only else ""
    return f"ALTER {operation.keyword.upper()} {exists}{only}{relation(operation.table)}"


@_writes(AddColumn)
def _add_column(operation: AddColumn) -> str:
    exists = "IF NOT EXISTS " if operation.if_not_exists else ""
    return f"ADD COLUMN {exists}{column(operation.column)}"


@_writes(DropColumn)
def _drop_column(operation: DropColumn) -> str:
    exists = "IF EXISTS " if operation.column_if_exists else ""
    return f"DROP COLUMN {exists}{identifier(operation.column)}{_cascade(operation.cascade)}"


def _cascade(cascade: bool) -> str:
    return " CASCADE" if cascade else ""


@_writes(RenameColumn)
def _rename_column(operation: RenameColumn) -> str:
    return f"RENAME COLUMN {identifier(operation.column)} TO {identifier(operation.new_name)}"


@_writes(AlterColumnType)
def _alter_type(operation: AlterColumnType) -> str:
    collation = f" COLLATE {relation(operation.collation)}" if operation.collation is not None else ""
    using = f" USING {operation.using.sql}" if operation.using is not None else ""
    return f"ALTER COLUMN {identifier(operation.column)} TYPE {type_name(operation.type)}{collation}{using}"


@_writes(SetDefault)
def _set_default(operation: SetDefault) -> str:
    return f"ALTER COLUMN {identifier(operation.column)} SET DEFAULT {operation.default.sql}"


@_writes(DropDefault)
def _drop_default(operation: DropDefault) -> str:
    return f"ALTER COLUMN {identifier(operation.column)} DROP DEFAULT"


@_writes(SetNotNull)
def _set_not_null(operation: SetNotNull) -> str:
    return f"ALTER COLUMN {identifier(operation.column)} SET NOT NULL"


@_writes(DropNotNull)
def _drop_not_null(operation: DropNotNull) -> str:
    return f"ALTER COLUMN {identifier(operation.column)} DROP NOT NULL"


def _add_constraint(
    operation: AddCheck | AddNotNull | AddForeignKey | AddUnique | AddPrimaryKey | AddExclusion,
) -> str:
    return f"ADD {constraint(operation.constraint)}"


for _kind in (AddCheck, AddNotNull, AddForeignKey, AddUnique, AddPrimaryKey, AddExclusion):
    _WRITERS[_kind] = _add_constraint


@_writes(ValidateConstraint)
def _validate(operation: ValidateConstraint) -> str:
    return f"VALIDATE CONSTRAINT {identifier(operation.name)}"


@_writes(DropConstraint)
def _drop_constraint(operation: DropConstraint) -> str:
    exists = "IF EXISTS " if operation.constraint_if_exists else ""
    return f"DROP CONSTRAINT {exists}{identifier(operation.name)}{_cascade(operation.cascade)}"


@_writes(RenameRelation)
def _rename(operation: RenameRelation) -> str:
    return f"RENAME TO {identifier(operation.new_name)}"


@_writes(SetSchema)
def _set_schema(operation: SetSchema) -> str:
    return f"SET SCHEMA {identifier(operation.new_schema)}"


@_writes(AttachPartition)
def _attach(operation: AttachPartition) -> str:
    return f"ATTACH PARTITION {relation(operation.partition)} {bound(operation.bound)}"


@_writes(DetachPartition)
def _detach(operation: DetachPartition) -> str:
    form = " CONCURRENTLY" if operation.concurrently else " FINALIZE" if operation.finalize else ""
    return f"DETACH PARTITION {relation(operation.partition)}{form}"


@_writes(CreateIndex)
def _create_index(operation: CreateIndex) -> str:
    words = ["CREATE", "UNIQUE" if operation.unique else "", "INDEX"]
    words += ["CONCURRENTLY" if operation.concurrently else "", "IF NOT EXISTS" if operation.if_not_exists else ""]
    words += [identifier(operation.name) if operation.name else "", "ON", "ONLY" if operation.only else ""]
    words += [relation(operation.table), f"USING {operation.method}" if operation.method != "btree" else ""]
    words.append(f"({', '.join(element(key) for key in operation.elements)})")
    words.append(f"INCLUDE ({identifiers(operation.include)})" if operation.include else "")
    words.append("NULLS NOT DISTINCT" if operation.nulls_not_distinct else "")
    words.append(f"TABLESPACE {identifier(operation.tablespace)}" if operation.tablespace else "")
    words.append(f"WHERE {operation.predicate.sql}" if operation.predicate is not None else "")
    return " ".join(word for word in words if word)


@_writes(DropIndex)
def _drop_index(operation: DropIndex) -> str:
    words = "CONCURRENTLY " if operation.concurrently else ""
    words += "IF EXISTS " if operation.if_exists else ""
    return f"DROP INDEX {words}{relation(operation.index)}{_cascade(operation.cascade)}"


@_writes(Reindex)
def _reindex(operation: Reindex) -> str:
    form = " CONCURRENTLY" if operation.concurrently else ""
    target = f" {relation(operation.target)}" if operation.target is not None else ""
    space = f" (TABLESPACE {identifier(operation.tablespace)})" if operation.tablespace is not None else ""
    return f"REINDEX{space} {operation.keyword.upper()}{form}{target}"


@_writes(CreateTable)
def _create_table(operation: CreateTable) -> str:
    """A table like another one; raises Unwritable for any other."""
    written = {"table", "like", "constraints", "partition_by", "if_not_exists", "tablespace"}
    plain = CreateTable(**{name: getattr(operation, name) for name in written})
    if plain != operation or not operation.like or operation.partition_by is not None:
        raise Unwritable(operation.label)
    parts = [*map(_like, operation.like), *map(constraint, operation.constraints)]
    exists = "IF NOT EXISTS " if operation.if_not_exists else ""
    space = f" TABLESPACE {identifier(operation.tablespace)}" if operation.tablespace else ""
    return f"CREATE TABLE {exists}{relation(operation.table)} ({', '.join(parts)}){space}"


def _like(clause: LikeClause) -> str:
    return " ".join((f"LIKE {relation(clause.source)}", *(f"INCLUDING {word.upper()}" for word in clause.including)))


@_writes(DropTable)
def _drop_table(operation: DropTable) -> str:
    exists = "IF EXISTS " if operation.if_exists else ""
    return f"DROP TABLE {exists}{relation(operation.table)}{_cascade(operation.cascade)}"


@_writes(CreateView)
def _create_view(operation: CreateView) -> str:
    form = "OR REPLACE " if operation.or_replace else ""
    return f"CREATE {form}VIEW {relation(operation.view)} AS {operation.query.sql}"


@_writes(DropView)
def _drop_view(operation: DropView) -> str:
    kind = "MATERIALIZED VIEW" if operation.materialized else "VIEW"
    exists = "IF EXISTS " if operation.if_exists else ""
    return f"DROP {kind} {exists}{relation(operation.view)}{_cascade(operation.cascade)}"


@_writes(RefreshMaterializedView)
def _refresh(operation: RefreshMaterializedView) -> str:
    form = "CONCURRENTLY " if operation.concurrently else ""
    return f"REFRESH MATERIALIZED VIEW {form}{relation(operation.view)}"


@_writes(SetReplicaIdentity)
def _replica_identity(operation: SetReplicaIdentity) -> str:
    if operation.mode == "index" and operation.index is not None:
        return f"REPLICA IDENTITY USING INDEX {identifier(operation.index)}"
    return f"REPLICA IDENTITY {operation.mode.upper()}"


@_writes(SetParameter)
def _set_parameter(operation: SetParameter) -> str:
    scope = "LOCAL " if operation.local else ""
    value = "DEFAULT" if operation.value is None else "'" + operation.value.replace("'", "''") + "'"
    return f"SET {scope}{operation.name} = {value}"


@_writes(AttachIndexPartition)
def _attach_index(operation: AttachIndexPartition) -> str:
    return f"ATTACH PARTITION {relation(operation.partition)}"


@_writes(AddIdentity)
def _add_identity(operation: AddIdentity) -> str:
    kind = "ALWAYS" if operation.always else "BY DEFAULT"
    return f"ALTER COLUMN {identifier(operation.column)} ADD GENERATED {kind} AS IDENTITY"


@_writes(CreateSequence)
def _create_sequence(operation: CreateSequence) -> str:
    exists = "IF NOT EXISTS " if operation.if_not_exists else ""
    owner = operation.owned_by
    owned = f" OWNED BY {relation(owner[0])}.{identifier(owner[1])}" if owner is not None else ""
    return f"CREATE SEQUENCE {exists}{relation(operation.sequence)}{owned}"
