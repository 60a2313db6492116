"""Enums, domains, composite and other types."""

from __future__ import annotations

from collections.abc import Callable

from migsafe.model import operations as ops
from migsafe.model.definitions import Check, Constraint, NotNull
from migsafe.model.expressions import TypeName
from migsafe.model.names import Name
from migsafe.schema.columns import stored_type
from migsafe.schema.dropping import drop_column
from migsafe.schema.editing import edit_column, learn_column
from migsafe.schema.generated_names import choose_name, truncated
from migsafe.schema.objects import Column, TableConstraint, TypeForm, UserType
from migsafe.schema.registry import replays
from migsafe.schema.renaming import rename_column
from migsafe.schema.resolve import clipped
from migsafe.schema.schema import Schema


def _new_type_name(schema: Schema, written: Name) -> Name:
    bare = clipped(written)
    return bare if bare.schema is not None else Name(schema.creation_schema, bare.name)


def _register(schema: Schema, record: UserType) -> None:
    held = schema.types.find(record.name)
    if held is None or not held.known or held.form is TypeForm.BASE:  # a shell type is filled in later
        schema.types[record.name] = record


def _known_type(schema: Schema, written: Name, form: TypeForm) -> UserType:
    """The type's record; one that history never created is learnt."""
    full = schema.resolve_type(written)
    held = schema.types.find(full)
    if held is None:
        held = UserType(name=full, form=form, known=False)
        schema.types[full] = held
    return held


@replays(ops.CreateEnum)
def create_enum(schema: Schema, operation: ops.CreateEnum) -> None:
    name = _new_type_name(schema, operation.type)
    _register(schema, UserType(name=name, form=TypeForm.ENUM, values=operation.values))
    schema.uncommitted = schema.uncommitted.replace(enums=(*schema.uncommitted.enums, name))


@replays(ops.AddEnumValue)
def add_enum_value(schema: Schema, operation: ops.AddEnumValue) -> None:
    held = _known_type(schema, operation.type, TypeForm.ENUM)
    if operation.value not in held.values:
        schema.types[held.name] = held.replace(values=(*held.values, operation.value))
        added = (*schema.uncommitted.enum_values, (held.name, operation.value))
        schema.uncommitted = schema.uncommitted.replace(enum_values=added)


@replays(ops.RenameEnumValue)
def rename_enum_value(schema: Schema, operation: ops.RenameEnumValue) -> None:
    held = _known_type(schema, operation.type, TypeForm.ENUM)
    values = (operation.new_value if value == operation.value else value for value in held.values)
    schema.types[held.name] = held.replace(values=tuple(values))


@replays(ops.CreateCompositeType)
def create_composite_type(schema: Schema, operation: ops.CreateCompositeType) -> None:
    name = _new_type_name(schema, operation.type)
    attributes = tuple((attribute, stored_type(schema, kind)) for attribute, kind in operation.attributes)
    _register(schema, UserType(name=name, form=TypeForm.COMPOSITE, attributes=attributes))


@replays(ops.AlterCompositeType)
def alter_composite_type(schema: Schema, operation: ops.AlterCompositeType) -> None:
    if operation.action == "rename" and operation.new_name is not None:
        rename_attribute(schema, operation.type, operation.attribute, operation.new_name)
        return
    held = _known_type(schema, operation.type, TypeForm.COMPOSITE)
    new_type = None if operation.new_type is None else stored_type(schema, operation.new_type)
    if operation.action == "drop":
        _drop_attribute(schema, held, operation.attribute)
    elif operation.action == "add" and new_type is not None:
        _add_attribute(schema, held, operation.attribute, new_type)
    elif new_type is not None:
        _change_attribute(schema, held, operation.attribute, new_type)


def _drop_attribute(schema: Schema, held: UserType, attribute: str) -> None:
    schema.types[held.name] = held.replace(attributes=tuple(a for a in held.attributes if a[0] != attribute))
    for table in schema.tables_of_type(held.name):
        drop_column(schema, table.name, attribute)


def _add_attribute(schema: Schema, held: UserType, attribute: str, new_type: TypeName) -> None:
    if any(name == attribute for name, _ in held.attributes):
        return
    schema.types[held.name] = held.replace(attributes=(*held.attributes, (attribute, new_type)))
    for table in schema.tables_of_type(held.name):
        if table.column(attribute) is None:
            learn_column(schema, table, Column(name=attribute, type=new_type))


def _change_attribute(schema: Schema, held: UserType, attribute: str, new_type: TypeName) -> None:
    changed = ((name, new_type if name == attribute else kind) for name, kind in held.attributes)
    schema.types[held.name] = held.replace(attributes=tuple(changed))
    for table in schema.tables_of_type(held.name):
        edit_column(schema, table.name, attribute, type=new_type)


def rename_attribute(schema: Schema, written: Name, old: str, new: str) -> None:
    """ALTER TYPE … RENAME ATTRIBUTE: the columns of typed tables follow (CASCADE)."""
    held = _known_type(schema, written, TypeForm.COMPOSITE)
    attributes = ((new if name == old else name, kind) for name, kind in held.attributes)
    schema.types[held.name] = held.replace(attributes=tuple(attributes))
    for table in schema.tables_of_type(held.name):
        rename_column(schema, table.name, old, new)


@replays(ops.CreateType)
def create_type(schema: Schema, operation: ops.CreateType) -> None:
    form = TypeForm.RANGE if operation.form == "range" else TypeForm.BASE
    _register(schema, UserType(name=_new_type_name(schema, operation.type), form=form))


@replays(ops.CreateDomain)
def create_domain(schema: Schema, operation: ops.CreateDomain) -> None:
    name = _new_type_name(schema, operation.domain)
    domain = UserType(name=name, form=TypeForm.DOMAIN, base=stored_type(schema, operation.base))
    domain = domain.replace(default=operation.default)
    for constraint in operation.constraints:
        domain = _with_constraint(schema, domain, constraint)
    _register(schema, domain)


def _with_constraint(schema: Schema, domain: UserType, constraint: Constraint) -> UserType:
    if isinstance(constraint, NotNull):
        return domain.replace(not_null=True)
    if not isinstance(constraint, Check):
        return domain
    own = {c.name for c in domain.constraints}

    def taken(name: str) -> bool:
        return name in own or schema.constraint_name_taken(Name(domain.name.schema, name))

    name = constraint.name or choose_name(domain.name.name, None, "check", taken)
    added = TableConstraint(name=name, definition=constraint.replace(name=name), valid=not constraint.not_valid)
    return domain.replace(constraints=(*domain.constraints, added))


@replays(ops.AlterDomain)
def alter_domain(schema: Schema, operation: ops.AlterDomain) -> None:
    domain = _known_type(schema, operation.domain, TypeForm.DOMAIN)
    change = _DOMAIN_CHANGES.get(operation.action)
    if change is not None:
        schema.types[domain.name] = change(schema, domain, operation)


DomainChange = Callable[[Schema, UserType, ops.AlterDomain], UserType]


def _add_constraint(schema: Schema, domain: UserType, operation: ops.AlterDomain) -> UserType:
    return domain if operation.constraint is None else _with_constraint(schema, domain, operation.constraint)


def _drop_constraint(_schema: Schema, domain: UserType, operation: ops.AlterDomain) -> UserType:
    return domain.replace(constraints=tuple(c for c in domain.constraints if c.name != operation.name))


def _validate(_schema: Schema, domain: UserType, operation: ops.AlterDomain) -> UserType:
    constraints = (c.replace(valid=True) if c.name == operation.name else c for c in domain.constraints)
    return domain.replace(constraints=tuple(constraints))


def _rename_constraint(_schema: Schema, domain: UserType, operation: ops.AlterDomain) -> UserType:
    if operation.new_name is None:
        return domain
    new = truncated(operation.new_name)
    constraints = (c.replace(name=new) if c.name == operation.name else c for c in domain.constraints)
    return domain.replace(constraints=tuple(constraints))


def _set_not_null(_schema: Schema, domain: UserType, _operation: ops.AlterDomain) -> UserType:
    return domain.replace(not_null=True)


def _drop_not_null(_schema: Schema, domain: UserType, _operation: ops.AlterDomain) -> UserType:
    return domain.replace(not_null=False)


def _drop_default(_schema: Schema, domain: UserType, _operation: ops.AlterDomain) -> UserType:
    return domain.replace(default=None)


_DOMAIN_CHANGES: dict[str, DomainChange] = {
    "add-constraint": _add_constraint,
    "drop-constraint": _drop_constraint,
    "validate-constraint": _validate,
    "rename-constraint": _rename_constraint,
    "set-not-null": _set_not_null,
    "drop-not-null": _drop_not_null,
    "drop-default": _drop_default,
}
