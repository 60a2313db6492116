"""What the server refuses in the definition of a new table.

Source: tablecmds.c, `MergeAttributes` and `ATAddForeignKeyConstraint`; indexcmds.c, `DefineIndex`; namespace.c.
"""

from __future__ import annotations

from migsafe.effects.postgresql.default_checks import refuse_default, refuse_unknown_type
from migsafe.effects.postgresql.dispatch import Context
from migsafe.effects.postgresql.existence import is_system
from migsafe.model.definitions import ForeignKey, PartitionKey, Persistence, PrimaryKey, Unique
from migsafe.model.names import Name
from migsafe.model.operations import CreateTable
from migsafe.schema.resolve import TEMPORARY


def refuse_definition(operation: CreateTable, full: Name, context: Context) -> None:
    """Refuse what is certainly wrong with the new table's name, columns and keys."""
    refuse_missing_schema(full, context)
    _refuse_columns(operation, context)
    if operation.partition_by is not None:
        _refuse_keys(operation, operation.partition_by, context)


def refuse_missing_schema(full: Name, context: Context) -> None:
    schema = full.schema
    if schema is None or schema == TEMPORARY or schema in context.schema.schemas or is_system(full):
        return
    if context.schema.closed or schema in context.schema.dropped_schemas:
        context.builder.refuse(f'schema "{schema}" does not exist', "3F000", "namespace.c, get_namespace_oid")


def _refuse_columns(operation: CreateTable, context: Context) -> None:
    own = operation.of_type is None and operation.partition_of is None
    seen: set[str] = set()
    for column in operation.columns:
        if own:
            refuse_unknown_type(column.type, context)
        if own and column.default is not None:
            refuse_default(column.name, column.default, column.type, context)
        if column.name in seen:
            message = f'column "{column.name}" specified more than once'
            context.builder.refuse(message, "42701", "tablecmds.c, MergeAttributes")
        seen.add(column.name)


def _refuse_keys(operation: CreateTable, key: PartitionKey, context: Context) -> None:
    """A key of a partitioned table is enforced partition by partition, so it has to tell the partition."""
    wanted = {element.column for element in key.elements}
    for columns in _keys(operation):
        if not wanted <= set(columns):
            message = "unique constraint on partitioned table must include all partitioning columns"
            context.builder.refuse(message, "0A000", "indexcmds.c, DefineIndex")


def _keys(operation: CreateTable) -> list[tuple[str, ...]]:
    inline = [(c.name,) for c in operation.columns for one in c.constraints if isinstance(one, PrimaryKey | Unique)]
    written = [c.columns for c in operation.constraints if isinstance(c, PrimaryKey | Unique)]
    return [*inline, *written]


_ALLOWED = {
    Persistence.PERMANENT: (Persistence.PERMANENT,),
    Persistence.UNLOGGED: (Persistence.PERMANENT, Persistence.UNLOGGED),
    Persistence.TEMPORARY: (Persistence.TEMPORARY,),
}


def refuse_reference(own: Persistence, referenced: Name, key: ForeignKey, context: Context) -> None:
    """A table may only reference what lives as long as itself, and only columns that identify a row."""
    relation = context.schema.relation(referenced)
    if not relation.known:
        return
    if relation.persistence not in _ALLOWED[own]:
        others = " or ".join(_ALLOWED[own])
        message = f"constraints on {own} tables may reference only {others} tables"
        context.builder.refuse(message, "42P16", "tablecmds.c, ATAddForeignKeyConstraint")
    if relation.complete:
        _refuse_columns_of(key, referenced, context)


def _refuse_columns_of(key: ForeignKey, referenced: Name, context: Context) -> None:
    relation = context.schema.relation(referenced)
    source = "tablecmds.c, transformFkeyCheckAttrs"
    name = referenced.name
    for column in key.referenced_columns:
        if relation.column(column) is None:
            message = f'column "{column}" referenced in foreign key constraint does not exist'
            context.builder.refuse(message, "42703", source)
    if not key.referenced_columns and not any(isinstance(c.definition, PrimaryKey) for c in relation.constraints):
        message = f'there is no primary key for referenced table "{name}"'
        context.builder.refuse(message, "42704", source)
    if key.referenced_columns and not _identified(key.referenced_columns, referenced, context):
        message = f'there is no unique constraint matching given keys for referenced table "{name}"'
        context.builder.refuse(message, "42830", source)


def _identified(columns: tuple[str, ...], referenced: Name, context: Context) -> bool:
    keys = (i for i in context.schema.indexes_of(referenced) if i.unique and i.predicate is None)
    return any({element.column for element in index.elements} == set(columns) for index in keys)
