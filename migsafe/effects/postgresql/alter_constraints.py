"""ADD CONSTRAINT … CHECK, NOT NULL, UNIQUE, PRIMARY KEY, EXCLUDE."""

from __future__ import annotations

from migsafe.effects.postgresql.alteration import Alteration, action_of
from migsafe.effects.postgresql.column_types import shown_type
from migsafe.effects.postgresql.expression_types import Place, refuse_calls
from migsafe.effects.postgresql.index_reuse import lacks_operator_class
from migsafe.effects.postgresql.new_enum_values import compared, refuse_in_columns, refuse_new_constants
from migsafe.effects.postgresql.not_null import is_not_null, require_not_null
from migsafe.effects.postgresql.targets import column_of, refuse_on_foreign_table
from migsafe.model import operations as ops
from migsafe.model.definitions import Constraint, PrimaryKey, Unique
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.schema.objects import Index, Relation

_DEFINITION = "42P16"  # invalid_table_definition
_WRONG_KIND = "42809"  # wrong_object_type
_INDEXED = "parse_utilcmd.c, transformIndexConstraint"


@action_of(ops.AddCheck)
def add_check(action: ops.AddCheck, alteration: Alteration) -> None:
    constraint, relation = action.constraint, alteration.relation()
    _refuse_used_name(constraint, relation, alteration)
    if constraint.expression.reads:
        alteration.builder.refuse("cannot use subquery in check constraint", "0A000", "parse_expr.c")
    refuse_calls(constraint.expression, Place.CHECK, alteration.context)
    refuse_new_constants(constraint.expression.typed, alteration.context)
    refuse_in_columns(relation, compared(constraint.expression.conjuncts), alteration.context)
    for column in constraint.expression.columns:
        if relation.known and relation.complete and relation.column(column) is None:
            alteration.builder.refuse(f'column "{column}" does not exist', "42703", "parse_relation.c")
    checked = not constraint.not_valid and constraint.enforced
    for target in _inheritors(action, constraint, alteration):
        if checked:
            reason = f"Every row of {target.name} is read to check the new constraint; NOT VALID would not."
            alteration.scan(target, reason, "tablecmds.c, ATAddCheckNNConstraint")
            alteration.builder.assume_rows(target.name, f"no row of {target.name} violates the new constraint")


@action_of(ops.AddNotNull)
def add_not_null(action: ops.AddNotNull, alteration: Alteration) -> None:
    constraint, relation = action.constraint, alteration.relation()
    column = column_of(relation, constraint.column, alteration.builder)
    if column is not None and column.not_null:
        _refuse_second_not_null(action, alteration)
        return
    _refuse_used_name(constraint, relation, alteration)
    for target in _inheritors(action, constraint, alteration):
        if not constraint.not_valid:
            require_not_null(constraint.column, target, alteration)


def _refuse_second_not_null(action: ops.AddNotNull, alteration: Alteration) -> None:
    """There is one NOT NULL constraint for each column, and it keeps its name."""
    constraint, relation = action.constraint, alteration.relation()
    column = relation.column(constraint.column)
    name = column.not_null_name if column is not None else None
    if constraint.name is None or name is None or name == constraint.name:
        return
    where = f'column "{constraint.column}" of table "{relation.name.name}"'
    message = f'cannot create not-null constraint "{constraint.name}" on {where}'
    alteration.builder.refuse(message, "55000", "pg_constraint.c, AdjustNotNullInheritance")


def _inheritors(
    action: ops.AddCheck | ops.AddNotNull, constraint: Constraint, alteration: Alteration
) -> tuple[Relation, ...]:
    """The tables that get the constraint: also all children unless it is NO INHERIT."""
    relation = alteration.relation()
    partitioned = relation.kind is RelationKind.PARTITIONED_TABLE
    if constraint.no_inherit and partitioned:
        message = f'cannot add NO INHERIT constraint to partitioned table "{relation.name.name}"'
        alteration.builder.refuse(message, _DEFINITION, "heap.c, AddRelationNewConstraints")
    if constraint.no_inherit:
        return (relation,)
    if action.only and alteration.schema.children_of(relation.name):
        message = "constraint must be added to child tables too"
        alteration.builder.refuse(message, _DEFINITION, "tablecmds.c, ATAddCheckNNConstraint")
    return alteration.targets(action)


@action_of(ops.AddUnique)
def add_unique(action: ops.AddUnique, alteration: Alteration) -> None:
    refuse_on_foreign_table("unique", alteration)
    _add_index_constraint(action, action.constraint, alteration)


@action_of(ops.AddPrimaryKey)
def add_primary_key(action: ops.AddPrimaryKey, alteration: Alteration) -> None:
    relation = alteration.relation()
    refuse_on_foreign_table("primary key", alteration)
    if any(isinstance(c.definition, PrimaryKey) for c in relation.constraints):
        message = f'multiple primary keys for table "{relation.name.name}" are not allowed'
        alteration.builder.refuse(message, _DEFINITION, _INDEXED)
    columns = _add_index_constraint(action, action.constraint, alteration)
    for name in columns:
        _require_key_column(name, action, alteration)


def _require_key_column(name: str, action: ops.AddPrimaryKey, alteration: Alteration) -> None:
    """The columns of a primary key become NOT NULL, in the children as well."""
    relation = alteration.relation()
    column = relation.column(name)
    if is_not_null(column):
        return
    if column is not None and column.not_null:
        message = f'cannot create primary key on column "{name}"'
        alteration.builder.refuse(message, "55000", "tablecmds.c, verifyNotNullPKCompatible")
    children = alteration.schema.children_of(relation.name)
    if action.only and any(not is_not_null(child.column(name)) for child in children):
        _refuse_only_parent(name, children, alteration)
    for target in alteration.targets(action):
        require_not_null(name, target, alteration)


def _refuse_only_parent(name: str, children: tuple[Relation, ...], alteration: Alteration) -> None:
    """ONLY: the children must have the NOT NULL already."""
    source = "tablecmds.c, ATPrepAddPrimaryKey"
    if alteration.version < 18:
        alteration.builder.refuse("constraint must be added to child tables too", _DEFINITION, source)
    table = next(child.name.name for child in children if not is_not_null(child.column(name)))
    alteration.builder.refuse(f'column "{name}" of table "{table}" is not marked NOT NULL', "XX000", source)


@action_of(ops.AddExclusion)
def add_exclusion(action: ops.AddExclusion, alteration: Alteration) -> None:
    relation, constraint = alteration.relation(), action.constraint
    refuse_on_foreign_table("exclusion", alteration)
    _refuse_used_index_name(constraint, relation, alteration)
    for element in constraint.elements:
        column = relation.column(element.column or "")
        if column is None or column.type is None or element.operator_class is not None:
            continue
        if lacks_operator_class(constraint.method, column.type, alteration.context):
            kind, method = shown_type(column.type), constraint.method
            message = f'data type {kind} has no default operator class for access method "{method}"'
            alteration.builder.refuse(message, "42704", "indexcmds.c, ResolveOpClass")
    if relation.kind is not RelationKind.PARTITIONED_TABLE:
        return
    if alteration.version < 17:
        message = "exclusion constraints are not supported on partitioned tables"
        alteration.builder.refuse(message, "0A000", _INDEXED)
    _lock_partitions_to_build(alteration)


def _add_index_constraint(
    action: ops.AddUnique | ops.AddPrimaryKey, constraint: Unique | PrimaryKey, alteration: Alteration
) -> tuple[str, ...]:
    """The columns of the key."""
    relation = alteration.relation()
    if constraint.using_index is not None:
        return _take_over_index(constraint, relation, alteration)
    _refuse_used_index_name(constraint, relation, alteration)
    for column in (*constraint.columns, *constraint.include):
        if relation.known and relation.complete and relation.column(column) is None:
            alteration.builder.refuse(f'column "{column}" named in key does not exist', "42703", _INDEXED)
    if relation.kind is RelationKind.PARTITIONED_TABLE and not action.only:
        _refuse_missing_partition_columns(constraint, relation, alteration)
        _lock_partitions_to_build(alteration)
    return constraint.columns


def _lock_partitions_to_build(alteration: Alteration) -> None:
    """Up to 17 partitions are locked to build their indexes; in 18 any new constraint locks them all at first."""
    mode = LockMode.SHARE if alteration.version < 18 else alteration.mode
    for partition in alteration.descendants():
        reason = "The index of the constraint is built on every partition."
        alteration.builder.lock(partition.name, mode, reason, "indexcmds.c, DefineIndex")


def _refuse_missing_partition_columns(
    constraint: Unique | PrimaryKey, relation: Relation, alteration: Alteration
) -> None:
    key = relation.partition_by
    if key is None:
        return
    word = "PRIMARY KEY" if isinstance(constraint, PrimaryKey) else "UNIQUE"
    source = "indexcmds.c, DefineIndex"
    if any(element.column is None for element in key.elements):
        message = f"unsupported {word} constraint with partition key definition"
        alteration.builder.refuse(message, "0A000", source)
    if any(element.column not in constraint.columns for element in key.elements):
        kind = "unique constraint" if alteration.version >= 12 else word
        message = f"{kind} on partitioned table must include all partitioning columns"
        alteration.builder.refuse(message, "0A000", source)


def _take_over_index(constraint: Unique | PrimaryKey, relation: Relation, alteration: Alteration) -> tuple[str, ...]:
    """USING INDEX: the index becomes the constraint's and takes its name."""
    builder, named = alteration.builder, constraint.using_index
    assert named is not None
    source = "tablecmds.c, ATExecAddIndexConstraint"
    name = Name(relation.name.schema, named)
    index = alteration.schema.index(name)
    if index is None:
        if alteration.schema.exists(name) is False:
            builder.refuse(f'index "{named}" does not exist', "42704", _INDEXED)
        builder.assume(f"the index {name} exists, is valid and unique, and its columns are not null")
        return ()
    _refuse_unfit_index(index, relation, alteration)
    renamed = constraint.name is not None and constraint.name != named
    mode = LockMode.SHARE_UPDATE_EXCLUSIVE if renamed else LockMode.ACCESS_SHARE
    reason = "The index takes the name of the constraint." if renamed else "The index becomes the constraint's."
    builder.lock(name, mode, reason, source)
    return tuple(element.column for element in index.elements if element.column is not None)


def _refuse_unfit_index(index: Index, relation: Relation, alteration: Alteration) -> None:
    builder, name = alteration.builder, index.name.name
    if index.constraint is not None:
        builder.refuse(f'index "{name}" is already associated with a constraint', "55000", _INDEXED)
    if index.table != relation.name:
        message = f'index "{name}" does not belong to table "{relation.name.name}"'
        builder.refuse(message, "55000", _INDEXED)
    if not index.valid:
        builder.refuse(f'index "{name}" is not valid', "55000", _INDEXED)
    if not index.unique:
        builder.refuse(f'"{name}" is not a unique index', _WRONG_KIND, _INDEXED)
    if any(element.expression is not None for element in index.elements):
        builder.refuse(f'index "{name}" contains expressions', _WRONG_KIND, _INDEXED)
    if index.predicate is not None:
        builder.refuse(f'"{name}" is a partial index', _WRONG_KIND, _INDEXED)
    for number, element in enumerate(index.elements, start=1):
        if element.descending or element.nulls_first:
            message = f'index "{name}" column number {number} does not have default sorting behavior'
            builder.refuse(message, _WRONG_KIND, _INDEXED)
    if relation.kind is RelationKind.PARTITIONED_TABLE:
        message = "ALTER TABLE / ADD CONSTRAINT USING INDEX is not supported on partitioned tables"
        builder.refuse(message, "0A000", "tablecmds.c, ATExecAddIndexConstraint")


def _refuse_used_name(constraint: Constraint, relation: Relation, alteration: Alteration) -> None:
    if constraint.name is not None and relation.constraint(constraint.name) is not None:
        message = f'constraint "{constraint.name}" for relation "{relation.name.name}" already exists'
        alteration.builder.refuse(message, "42710", "pg_constraint.c, ConstraintNameIsUsed")


def _refuse_used_index_name(constraint: Constraint, relation: Relation, alteration: Alteration) -> None:
    """The index has the constraint's name, which must be free among all relations of the schema."""
    if constraint.name is None:
        return
    if alteration.schema.exists(Name(relation.name.schema, constraint.name)):
        alteration.builder.refuse(f'relation "{constraint.name}" already exists', "42P07", "index.c, index_create")
    _refuse_used_name(constraint, relation, alteration)
