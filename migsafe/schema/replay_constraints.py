"""ALTER TABLE actions on constraints."""

from __future__ import annotations

from migsafe.model import operations as ops
from migsafe.model.names import Name
from migsafe.schema.constraint_building import add_constraint
from migsafe.schema.dropping import drop_constraint
from migsafe.schema.editing import altered, edit, edit_constraint, members
from migsafe.schema.generated_names import truncated
from migsafe.schema.objects import Relation
from migsafe.schema.registry import replays
from migsafe.schema.renaming import rename_constraint
from migsafe.schema.schema import Schema
from migsafe.text.holes import has_hole

_Addition = ops.AddCheck | ops.AddNotNull | ops.AddForeignKey | ops.AddUnique | ops.AddPrimaryKey | ops.AddExclusion


def _add(schema: Schema, operation: _Addition) -> None:
    relation = altered(schema, operation)
    if relation is not None:
        add_constraint(schema, relation.name, operation.constraint, only=operation.only)


replays(ops.AddCheck)(_add)
replays(ops.AddNotNull)(_add)
replays(ops.AddForeignKey)(_add)
replays(ops.AddUnique)(_add)
replays(ops.AddPrimaryKey)(_add)
replays(ops.AddExclusion)(_add)


@replays(ops.ValidateConstraint)
def validate(schema: Schema, operation: ops.ValidateConstraint) -> None:
    for member in members(schema, operation):
        edit_constraint(schema, member.name, operation.name, valid=True)
        _validate_not_null(schema, schema.relation(member.name), operation.name)


def _validate_not_null(schema: Schema, member: Relation, name: str) -> None:
    """VALIDATE CONSTRAINT of a NOT NULL … NOT VALID (PostgreSQL 18)."""
    if any(c.not_null_name == name and not c.not_null_valid for c in member.columns):
        columns = (c.replace(not_null_valid=True) if c.not_null_name == name else c for c in member.columns)
        edit(schema, member.name, columns=tuple(columns))


@replays(ops.AlterConstraint)
def alter_constraint(schema: Schema, operation: ops.AlterConstraint) -> None:
    relation = altered(schema, operation)
    if relation is None:
        return
    for member in (relation, *schema.descendants_of(relation.name)):
        _alter(schema, member, operation)


def _alter(schema: Schema, member: Relation, operation: ops.AlterConstraint) -> None:
    constraint = member.constraint(operation.name)
    if constraint is None:
        return
    definition = constraint.definition
    definition = definition.replace(
        deferrable=_given(operation.deferrable, definition.deferrable),
        initially_deferred=_given(operation.initially_deferred, definition.initially_deferred),
        enforced=_given(operation.enforced, definition.enforced),
        no_inherit=not operation.inherit if operation.inherit is not None else definition.no_inherit,
    )
    valid = constraint.valid
    if operation.enforced is not None:  # made enforced, it is validated at once; not enforced, it proves nothing
        valid = operation.enforced
    changes = {"definition": definition, "enforced": definition.enforced, "valid": valid}
    edit_constraint(schema, member.name, operation.name, **changes)


def _given(new: bool | None, old: bool) -> bool:
    return old if new is None else new


@replays(ops.DropConstraint)
def remove_constraint(schema: Schema, operation: ops.DropConstraint) -> None:
    relation = altered(schema, operation)
    if relation is None:
        return
    if has_hole(operation.name):  # any of them may be gone
        edit(schema, relation.name, constraints=(), complete=False)
        return
    drop_constraint(schema, relation.name, operation.name, only=operation.only)
    served_by = Name(relation.name.schema, operation.name)
    index = schema.indexes.find(served_by)
    if index is not None and index.constraint == operation.name and index.table == relation.name:
        schema.forget(served_by)


@replays(ops.RenameConstraint)
def give_constraint_new_name(schema: Schema, operation: ops.RenameConstraint) -> None:
    relation = altered(schema, operation)
    if relation is not None:
        rename_constraint(schema, relation.name, operation.name, truncated(operation.new_name))
