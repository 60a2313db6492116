"""ADD FOREIGN KEY, VALIDATE CONSTRAINT, ALTER CONSTRAINT."""

from __future__ import annotations

from migsafe.effects.postgresql.alteration import Alteration, action_of
from migsafe.effects.postgresql.column_dependents import referenced_columns
from migsafe.effects.postgresql.foreign_keys import (
    like_key,
    lock_to_create,
    lock_to_drop,
    lock_whole,
    refuse_incomparable,
)
from migsafe.effects.postgresql.targets import constraint_of, found, refuse_on_foreign_table
from migsafe.model import operations as ops
from migsafe.model.definitions import Check, ForeignKey, NotNull, Persistence, PrimaryKey, Unique
from migsafe.model.expressions import TypeName
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.schema.objects import Relation, TableConstraint

_ADD = "tablecmds.c, ATAddForeignKeyConstraint"
_CHECKED = "Every row is read and looked up in the referenced table; NOT VALID would not."


def _refuse_other_enforcement(key: ForeignKey, referenced: Name, target: Relation, alteration: Alteration) -> None:
    """A partition's key over the same columns would be taken over, but not one that is enforced otherwise."""
    for constraint in target.foreign_keys if target.partition_of is not None else ():
        held = constraint.definition
        assert isinstance(held, ForeignKey)
        same = held.columns == key.columns and alteration.schema.resolve(held.referenced) == referenced
        if same and constraint.enforced != key.enforced:
            name = key.name or "_".join((alteration.table.name, *key.columns, "fkey"))
            where = f'constraint "{constraint.name}" on relation "{target.name.name}"'
            message = f'constraint "{name}" enforceability conflicts with {where}'
            alteration.builder.refuse(message, "42P17", "tablecmds.c, tryAttachPartitionForeignKey")


@action_of(ops.AddForeignKey)
def add_foreign_key(action: ops.AddForeignKey, alteration: Alteration) -> None:
    key, relation = action.constraint, alteration.relation()
    refuse_on_foreign_table("foreign key", alteration)
    referenced = alteration.schema.resolve(key.referenced)
    found(referenced, if_exists=False, context=alteration.context)
    _refuse_partitioned(action, referenced, alteration)
    _refuse_unfit_columns(key, relation, alteration.relation(referenced), alteration)
    _refuse_mixed_persistence(relation, alteration.relation(referenced), alteration)
    if key.name is not None and relation.constraint(key.name) is not None:
        message = f'constraint "{key.name}" for relation "{relation.name.name}" already exists'
        alteration.builder.refuse(message, "42710", _ADD)
    targets = alteration.targets(action) if _recurses(relation, alteration) else (relation,)
    for target in targets:
        _refuse_other_enforcement(key, referenced, target, alteration)
    lock_to_create(alteration.schema, referenced, alteration.builder)
    merged = [t.name for t in targets if t.partition_of and like_key(t, key, alteration) is not None]
    if merged:
        reason = "The keys of partitions that say the same are taken over, and their duplicate triggers are dropped."
        mode, source = LockMode.ACCESS_EXCLUSIVE, "tablecmds.c, tryAttachPartitionForeignKey"
        lock_whole(alteration.schema, referenced, mode, reason, alteration.builder, source=source)
    if key.not_valid or not key.enforced or alteration.trusts(action):
        return
    for target in targets:
        if target.name in merged:
            continue
        if target.kind is RelationKind.TABLE and (target.partition_of or target.name == relation.name):
            alteration.validate(target.name, key, _CHECKED, _ADD)


def _refuse_mixed_persistence(table: Relation, referenced: Relation, alteration: Alteration) -> None:
    own, other = table.persistence, referenced.persistence
    if own is other or not (table.known and referenced.known) or table.name == referenced.name:
        return
    if own is Persistence.PERMANENT:
        message = "constraints on permanent tables may reference only permanent tables"
    elif own is Persistence.UNLOGGED and other is Persistence.TEMPORARY:
        message = "constraints on unlogged tables may reference only permanent or unlogged tables"
    elif own is Persistence.TEMPORARY:
        message = "constraints on temporary tables may reference only temporary tables"
    else:
        return
    alteration.builder.refuse(message, "42P16", _ADD)


def _recurses(relation: Relation, alteration: Alteration) -> bool:
    """In 18 a new constraint locks inheritance children as well, though a foreign key is not theirs."""
    return relation.kind is RelationKind.PARTITIONED_TABLE or alteration.version >= 18


def _refuse_partitioned(action: ops.AddForeignKey, referenced: Name, alteration: Alteration) -> None:
    name = alteration.table.name
    if alteration.relation().kind is not RelationKind.PARTITIONED_TABLE:
        return
    end = f'foreign key on partitioned table "{name}" referencing relation "{referenced.name}"'
    if action.only:
        alteration.builder.refuse(f"cannot use ONLY for {end}", "42809", _ADD)
    if action.constraint.not_valid and alteration.version < 18:
        alteration.builder.refuse(f"cannot add NOT VALID {end}", "42809", _ADD)


def _refuse_unfit_columns(key: ForeignKey, table: Relation, referenced: Relation, alteration: Alteration) -> None:
    builder = alteration.builder
    if referenced.known and referenced.kind not in {RelationKind.TABLE, RelationKind.PARTITIONED_TABLE}:
        builder.refuse(f'referenced relation "{referenced.name.name}" is not a table', "42809", _ADD)
    for relation, columns in ((table, key.columns), (referenced, key.referenced_columns)):
        for column in columns:
            if relation.known and relation.complete and relation.column(column) is None:
                message = f'column "{column}" referenced in foreign key constraint does not exist'
                builder.refuse(message, "42703", "tablecmds.c, transformColumnNameList")
    if not (referenced.known and referenced.complete):
        return
    _refuse_unless_unique(key, referenced, alteration)
    for one, other in zip(key.columns, referenced_columns(alteration.schema, key), strict=False):
        refuse_incomparable(key, _type_of(table, one), _type_of(referenced, other), alteration.context)


def _type_of(relation: Relation, name: str) -> TypeName | None:
    column = relation.column(name)
    return None if column is None else column.type


def _refuse_unless_unique(key: ForeignKey, referenced: Relation, alteration: Alteration) -> None:
    name, builder = referenced.name.name, alteration.builder
    primary = next((c.definition for c in referenced.constraints if isinstance(c.definition, PrimaryKey)), None)
    if not key.referenced_columns and primary is None:
        message = f'there is no primary key for referenced table "{name}"'
        builder.refuse(message, "42704", "tablecmds.c, transformFkeyGetPrimaryKey")
    wanted = key.referenced_columns or (primary.columns if primary is not None else ())
    if len(wanted) != len(key.columns):
        message = "number of referencing and referenced columns for foreign key disagree"
        builder.refuse(message, "42830", _ADD)
    if key.referenced_columns and not _unique_on(frozenset(wanted), referenced, alteration):
        message = f'there is no unique constraint matching given keys for referenced table "{name}"'
        builder.refuse(message, "42830", "tablecmds.c, transformFkeyCheckAttrs")


def _unique_on(columns: frozenset[str], relation: Relation, alteration: Alteration) -> bool:
    """Any unique index will do that is valid, whole and of plain columns."""
    constraints = (c.definition for c in relation.constraints)
    if any(isinstance(c, Unique | PrimaryKey) and frozenset(c.columns) == columns for c in constraints):
        return True
    return any(
        index.unique and index.valid and index.predicate is None
        and frozenset(element.column for element in index.elements) == columns
        for index in alteration.schema.indexes_of(relation.name)
    )  # fmt: skip


@action_of(ops.ValidateConstraint)
def validate_constraint(action: ops.ValidateConstraint, alteration: Alteration) -> None:
    relation = alteration.relation()
    constraint = constraint_of(relation, action.name, alteration.version, alteration.builder)
    if constraint is None:
        reason = "Every row is read to check the constraint."
        alteration.scan(relation, reason, "tablecmds.c, ATExecValidateConstraint")
        alteration.builder.assume_rows(relation.name, f"no row of {relation.name} violates the constraint")
        return
    definition = constraint.definition
    if not isinstance(definition, ForeignKey | Check | NotNull):
        kinds = "foreign key, check, or not-null" if alteration.version >= 18 else "foreign key or check"
        message = f'constraint "{action.name}" of relation "{relation.name.name}" is not a {kinds} constraint'
        alteration.builder.refuse(message, "42809", "tablecmds.c, ATExecValidateConstraint")
    if not constraint.enforced:
        message = "cannot validate NOT ENFORCED constraint"
        alteration.builder.refuse(message, "55000", "tablecmds.c, ATExecValidateConstraint")
    if constraint.valid:
        return
    if isinstance(definition, ForeignKey):
        _validate_foreign_key(definition, relation, alteration)
    else:
        _validate_rows(action, constraint, alteration)


def _validate_foreign_key(key: ForeignKey, relation: Relation, alteration: Alteration) -> None:
    reason = "Every row is read and looked up in the referenced table."
    source = "tablecmds.c, QueueFKConstraintValidation"
    if relation.kind is not RelationKind.PARTITIONED_TABLE:
        alteration.validate(relation.name, key, reason, source)
        return
    for partition in alteration.descendants():
        alteration.lock_child(partition.name)
        if partition.kind is RelationKind.TABLE:
            alteration.validate(partition.name, key, reason, source)


def _validate_rows(action: ops.ValidateConstraint, constraint: TableConstraint, alteration: Alteration) -> None:
    source = "tablecmds.c, QueueCheckConstraintValidation"
    relation = alteration.relation()
    if constraint.definition.no_inherit:
        targets: tuple[Relation, ...] = (relation,)
    elif action.only and alteration.schema.children_of(relation.name):
        alteration.builder.refuse("constraint must be validated on child tables too", "42P16", source)
    else:
        targets = alteration.targets(action)
    for target in targets:
        own = target.constraint(constraint.name)
        if own is None or not own.valid:
            reason = f"Every row of {target.name} is read to check the constraint, while it can be read and written."
            alteration.scan(target, reason, source)
            alteration.builder.assume_rows(target.name, f"no row of {target.name} violates the constraint")


@action_of(ops.AlterConstraint)
def alter_constraint(action: ops.AlterConstraint, alteration: Alteration) -> None:
    relation, source = alteration.relation(), "tablecmds.c, ATExecAlterConstraint"
    constraint = constraint_of(relation, action.name, alteration.version, alteration.builder)
    if constraint is None:
        return
    named = f'constraint "{action.name}" of relation "{relation.name.name}"'
    if constraint.parent is not None:
        message = f'cannot alter constraint "{action.name}" on relation "{relation.name.name}"'
        alteration.builder.refuse(message, "55000" if alteration.version >= 18 else "XX000", source)
    is_key = isinstance(constraint.definition, ForeignKey)
    if action.enforced is not None and not is_key:
        alteration.builder.refuse(f"cannot alter enforceability of {named}", "42809", source)
    if (action.deferrable is not None or action.initially_deferred is not None) and not is_key:
        alteration.builder.refuse(f"{named} is not a foreign key constraint", "42809", source)
    if action.inherit is not None and not isinstance(constraint.definition, NotNull):
        alteration.builder.refuse(f"{named} is not a not-null constraint", "42809", source)
    if relation.kind is RelationKind.PARTITIONED_TABLE or action.inherit:
        alteration.targets(action)
    if isinstance(constraint.definition, ForeignKey) and action.enforced not in {None, constraint.enforced}:
        _switch_enforcement(action, constraint.definition, alteration)


def _switch_enforcement(action: ops.AlterConstraint, key: ForeignKey, alteration: Alteration) -> None:
    referenced = alteration.schema.resolve(key.referenced)
    if not action.enforced:
        lock_to_drop(alteration.schema, alteration.table, referenced, alteration)
        return
    lock_to_create(alteration.schema, referenced, alteration.builder)
    _validate_foreign_key(key, alteration.relation(), alteration)
