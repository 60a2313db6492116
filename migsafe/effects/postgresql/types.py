"""Types and domains.

Types themselves are locked as objects, not as relations: what shows here are the tables whose columns are made of them.
"""

from __future__ import annotations

from migsafe.effects.postgresql import versions
from migsafe.effects.postgresql.alter_table import alter_table
from migsafe.effects.postgresql.dispatch import Context, effect_of
from migsafe.effects.postgresql.existence import STORED
from migsafe.model.definitions import ColumnDef, NotNull
from migsafe.model.expressions import TypeName
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.model.operations import (
    AddColumn,
    AddEnumValue,
    AlterColumnType,
    AlterCompositeType,
    AlterDomain,
    CreateCompositeType,
    CreateDomain,
    CreateEnum,
    CreateType,
    DropColumn,
    RenameEnumValue,
    TableAction,
)
from migsafe.schema.objects import Relation, TypeForm, UserType
from migsafe.schema.schema import Schema

_DOMAIN_SOURCE = "typecmds.c, validateDomainCheckConstraint"
_VALIDATING = frozenset({"add-constraint", "validate-constraint", "set-not-null"})


@effect_of(CreateEnum)
def create_enum(operation: CreateEnum, context: Context) -> None:
    _refuse_taken(operation.type, context)


@effect_of(CreateCompositeType)
def create_composite_type(operation: CreateCompositeType, context: Context) -> None:
    _refuse_taken(operation.type, context)


@effect_of(CreateType)
def create_type(operation: CreateType, context: Context) -> None:
    _refuse_taken(operation.type, context)


@effect_of(CreateDomain)
def create_domain(operation: CreateDomain, context: Context) -> None:
    _refuse_taken(operation.domain, context)


def _refuse_taken(name: Name, context: Context) -> None:
    full = Name(name.schema or context.schema.creation_schema, name.name)
    if context.schema.types.find(full) is not None:
        context.builder.refuse(f'type "{name.name}" already exists', "42710", "pg_type.c, TypeCreate")


def known_type(name: Name, context: Context) -> UserType | None:
    """The type, or None when history never showed it. Refuses one that is certainly missing."""
    found = context.schema.type_of(name)
    if found is None and context.schema.closed and name.schema != "pg_catalog":
        context.builder.refuse(f'type "{name}" does not exist', "42704", "parse_type.c, typenameType")
    if found is None:
        context.builder.assume(f"the type {name} exists; the columns that are made of it are unknown")
    return found


@effect_of(AddEnumValue)
def add_enum_value(operation: AddEnumValue, context: Context) -> None:
    """Locks no relation. The value cannot be used before the transaction ends (55P04; pg_enum.c)."""
    known = known_type(operation.type, context)
    if known is not None and operation.value in known.values and not operation.if_not_exists:
        message = f'enum label "{operation.value}" already exists'
        context.builder.refuse(message, "42710", "pg_enum.c, AddEnumLabel")
    if known is not None and known.values and operation.neighbour not in (None, *known.values):
        message = f'"{operation.neighbour}" is not an existing enum label'
        context.builder.refuse(message, "22023", "pg_enum.c, AddEnumLabel")


@effect_of(RenameEnumValue)
def rename_enum_value(operation: RenameEnumValue, context: Context) -> None:
    known = known_type(operation.type, context)
    if known is None or known.form is not TypeForm.ENUM:
        return
    if known.values and operation.value not in known.values:
        message = f'"{operation.value}" is not an existing enum label'
        context.builder.refuse(message, "22023", "pg_enum.c, RenameEnumLabel")
    if operation.new_value in known.values:
        message = f'enum label "{operation.new_value}" already exists'
        context.builder.refuse(message, "42710", "pg_enum.c, RenameEnumLabel")


# Composite types


@effect_of(AlterCompositeType)
def alter_composite_type(operation: AlterCompositeType, context: Context) -> None:
    """With CASCADE the tables of that type (CREATE TABLE … OF) follow, by the same actions as ALTER TABLE's."""
    known = known_type(operation.type, context)
    if known is None:
        return
    name = operation.type.name
    if operation.action == "alter":
        _refuse_used_in_columns(known, name, context)
    typed = _tables_of(known, context)
    if typed and not operation.cascade:
        message = f'cannot alter type "{name}" because it is the type of a typed table'
        context.builder.refuse(message, "2BP01", "tablecmds.c, find_typed_table_dependencies")
    for table in typed:
        _follow(table, operation, context)


def _refuse_used_in_columns(known: UserType, name: str, context: Context) -> None:
    """tablecmds.c, find_composite_type_dependencies: stored values would have to be changed."""
    for table, column in context.schema.type_users(known.name):
        if table.kind in STORED or table.kind is RelationKind.PARTITIONED_TABLE:
            message = f'cannot alter type "{name}" because column "{table.name.name}.{column}" uses it'
            context.builder.refuse(message, "0A000", "tablecmds.c, find_composite_type_dependencies")


def _tables_of(known: UserType, context: Context) -> tuple[Relation, ...]:
    return tuple(r for r in context.schema.relations.values() if r.of_type == known.name)


def _follow(table: Relation, operation: AlterCompositeType, context: Context) -> None:
    reason = f"It is a table of the type {operation.type}, whose attributes change."
    context.builder.lock(table.name, LockMode.ACCESS_EXCLUSIVE, reason, "tablecmds.c, ATTypedTableRecursion")
    action = _as_table_action(table, operation)
    if action is not None:
        alter_table((action,), context.replace(schema=_untyped(table, context)))


def _untyped(table: Relation, context: Context) -> Schema:
    """The table seen as an ordinary one: typed tables refuse these actions when they are asked directly."""
    layer = context.schema.overlay()
    layer.relations[table.name] = table.replace(of_type=None)
    return layer


def _as_table_action(table: Relation, operation: AlterCompositeType) -> TableAction | None:
    name, new_type = table.name, operation.new_type
    if operation.action == "drop":
        return DropColumn(table=name, column=operation.attribute)
    if operation.action == "add" and new_type is not None:
        return AddColumn(table=name, column=ColumnDef(name=operation.attribute, type=new_type))
    if operation.action == "alter" and new_type is not None:
        return AlterColumnType(table=name, column=operation.attribute, type=new_type)
    return None


# Domains


@effect_of(AlterDomain)
def alter_domain(operation: AlterDomain, context: Context) -> None:
    """A new or validated constraint is checked on every column of the domain, in SHARE mode; VALIDATE is no better."""
    known = known_type(operation.domain, context)
    if known is None:
        return
    if operation.action == "add-constraint" and isinstance(operation.constraint, NotNull):
        versions.require(versions.DOMAIN_NOT_NULL, context)
    _refuse_constraint(known, operation, context)
    if operation.action not in _VALIDATING or _nothing_to_check(known, operation):
        return
    for table, column in context.schema.type_users(known.name):
        _check_column(table, column, known, context)
        for view in context.schema.dependent_views(table.name):
            _check_copy(view, column, context)


def _check_copy(view: Relation, column: str, context: Context) -> None:
    """A materialized view that shows the column has it in the same type; by its name, where no type is known."""
    shown = view.column(column)
    if view.kind is not RelationKind.MATERIALIZED_VIEW or shown is None or shown.type is not None:
        return
    reason = f"Its column {column} is of the domain, and every row is checked."
    context.builder.lock(view.name, LockMode.SHARE, reason, _DOMAIN_SOURCE)
    context.builder.scan(view.name, reason, _DOMAIN_SOURCE)


def _refuse_constraint(known: UserType, operation: AlterDomain, context: Context) -> None:
    names = {constraint.name for constraint in known.constraints}
    missing = operation.name is not None and known.known and operation.name not in names
    if operation.action in ("drop-constraint", "validate-constraint") and missing and not operation.if_exists:
        message = f'constraint "{operation.name}" of domain "{known.name.name}" does not exist'
        context.builder.refuse(message, "42704", "typecmds.c")


def _nothing_to_check(known: UserType, operation: AlterDomain) -> bool:
    if operation.action == "set-not-null":
        return known.not_null
    if operation.action == "add-constraint" and isinstance(operation.constraint, NotNull):
        return known.not_null
    return operation.constraint is not None and operation.constraint.not_valid


def _check_column(table: Relation, column: str, domain: UserType, context: Context) -> None:
    """typecmds.c, get_rels_with_domain: a column that only contains the domain cannot be checked."""
    if table.kind is RelationKind.VIEW:
        return
    found = table.column(column)
    if found is not None and found.type is not None and not _is_domain(found.type, domain, context):
        message = f'cannot alter type "{domain.name.name}" because column "{table.name.name}.{column}" uses it'
        context.builder.refuse(message, "0A000", "tablecmds.c, find_composite_type_dependencies")
    reason = f"Its column {column} is of the domain, and every row is checked."
    context.builder.lock(table.name, LockMode.SHARE, reason, _DOMAIN_SOURCE)
    if table.kind in STORED:
        context.builder.scan(table.name, reason, _DOMAIN_SOURCE)
        context.builder.assume_rows(table.name, f"no value of {table.name}.{column} violates the constraint")


def _is_domain(column: TypeName, domain: UserType, context: Context) -> bool:
    """Whether the column's type is the domain, or a domain over it."""
    if column.dimensions:
        return False
    current: UserType | None = context.schema.type_of(Name(column.schema, column.name))
    while current is not None and current.name != domain.name:
        base = current.base if current.form is TypeForm.DOMAIN else None
        if base is None or base.dimensions:
            return False
        current = context.schema.type_of(Name(base.schema, base.name))
    return current is not None
