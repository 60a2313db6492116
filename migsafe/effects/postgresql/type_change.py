"""ALTER COLUMN … TYPE: the rows, the indexes, the constraints, and the tables on the other side of foreign keys.

Source: tablecmds.c, `ATPrepAlterColumnType`, `RememberAllDependentForRebuilding`, `ATPostAlterTypeCleanup`: all
indexes and constraints that use the column are dropped and added again, with their old files where they fit.
"""

from __future__ import annotations

from migsafe.effects.postgresql.alteration import Alteration, action_of
from migsafe.effects.postgresql.column_dependents import Dependents, dependents_of, referenced_columns
from migsafe.effects.postgresql.column_types import IDENTITY_TYPES, shown_type
from migsafe.effects.postgresql.default_checks import SERIAL_TYPES, refuse_row_type_users, refuse_unknown_type
from migsafe.effects.postgresql.existence import refuse_unknown_collation
from migsafe.effects.postgresql.expression_types import Place, refuse_calls
from migsafe.effects.postgresql.foreign_keys import lock_to_create, lock_to_drop, refuse_incomparable
from migsafe.effects.postgresql.index_reuse import lacks_operator_class, reuses_file
from migsafe.effects.postgresql.inlining import passed_on
from migsafe.effects.postgresql.targets import column_of
from migsafe.effects.postgresql.type_conversion import Conversion, conversion
from migsafe.model import operations as ops
from migsafe.model.definitions import Check, ForeignKey, GeneratedKind
from migsafe.model.expressions import Expression, TypeName
from migsafe.model.locks import LockMode, RelationKind
from migsafe.schema.columns import stored_type
from migsafe.schema.objects import Column, Index, Relation, TableConstraint

_PREPARE = "tablecmds.c, ATPrepAlterColumnType"
_REWRITE = "tablecmds.c, ATColumnChangeRequiresRewrite"
_DEPENDENT = "tablecmds.c, RememberAllDependentForRebuilding"
_DEFINITION = "42P16"  # invalid_table_definition
_PGTRIGGER = "pgtrigger_"  # how django-pgtrigger begins the names of its triggers


@action_of(ops.AlterColumnType)
def change_type(action: ops.AlterColumnType, alteration: Alteration) -> None:
    relation = alteration.relation()
    action = action.replace(type=stored_type(alteration.schema, action.type)) if not _is_serial(action) else action
    _refuse_statement(action, relation, alteration)
    column = column_of(relation, action.column, alteration.builder)
    if column is not None:
        _refuse(action, column, relation, alteration)
    if action.only and alteration.schema.children_of(relation.name):
        message = f'type of inherited column "{action.column}" must be changed in child tables too'
        alteration.builder.refuse(message, _DEFINITION, _PREPARE)
    for target in alteration.targets(action):
        own = target.column(action.column)
        _refuse_dependents(action, target, alteration)
        _change(action, target, own, alteration)


def _is_serial(action: ops.AlterColumnType) -> bool:
    return action.type.name in SERIAL_TYPES


def _refuse_statement(action: ops.AlterColumnType, relation: Relation, alteration: Alteration) -> None:
    """What parse analysis stumbles over."""
    if _is_serial(action):
        alteration.builder.refuse(f'type "{action.type}" does not exist', "42704", "parse_type.c")
    refuse_unknown_type(action.type, alteration.context)
    if action.collation is not None:
        refuse_unknown_collation(action.collation, alteration.context)
    if action.using is not None and action.using.reads:
        alteration.builder.refuse("cannot use subquery in transform expression", "0A000", "parse_expr.c")
    if action.using is not None:
        refuse_calls(action.using, Place.TRANSFORM, alteration.context)
    if len([a for a in alteration.actions if isinstance(a, ops.AlterColumnType) and a.column == action.column]) > 1:
        message = f'cannot alter type of column "{action.column}" twice'
        alteration.builder.refuse(message, "0A000", "tablecmds.c, ATExecAlterColumnType")
    refuse_row_type_users(relation, alteration.context)


def _refuse(action: ops.AlterColumnType, column: Column, relation: Relation, alteration: Alteration) -> None:
    builder, name = alteration.builder, column.name
    if relation.of_type is not None:
        builder.refuse("cannot alter column type of typed table", "42809", _PREPARE)
    if column.generated is not None and action.using is not None:
        builder.refuse("cannot specify USING when altering type of generated column", "42611", _PREPARE)
    if column.inherited:
        builder.refuse(f'cannot alter inherited column "{name}"', _DEFINITION, _PREPARE)
    key = () if relation.partition_by is None else relation.partition_by.elements
    named = {c for e in key for c in ((e.column,) if e.expression is None else e.expression.columns)}
    if name in named:
        table = relation.name.name
        message = f'cannot alter column "{name}" because it is part of the partition key of relation "{table}"'
        builder.refuse(message, _DEFINITION, _PREPARE)
    if column.identity is not None and action.type.name not in IDENTITY_TYPES:
        builder.refuse("identity column type must be smallint, integer, or bigint", "22023", "sequence.c, init_params")


def _refuse_dependents(action: ops.AlterColumnType, table: Relation, alteration: Alteration) -> None:
    """What the server cannot drop and add again."""
    found = dependents_of(alteration.schema, table, action.column)
    hindrances = (
        (found.functions, "cannot alter type of a column used by a function or procedure", "0A000"),
        (found.rules, "cannot alter type of a column used by a view or rule", "0A000"),
        (found.views, "cannot alter type of a column used by a view or rule", "0A000"),
        (_kept(found.triggers, alteration), "cannot alter type of a column used in a trigger definition", "0A000"),
        (found.policies, "cannot alter type of a column used in a policy definition", "0A000"),
        (
            found.generated,
            "cannot alter type of a column used by a generated column",
            "0A000" if alteration.version >= 15 else "42601",
        ),
        (found.publications, "cannot alter type of a column used by a publication WHERE clause", "0A000"),
    )
    for objects, message, sqlstate in hindrances:
        if objects:
            alteration.builder.refuse(message, sqlstate, _DEPENDENT)
    for view in found.possible_views:
        alteration.builder.assume(f"the view {view.name} does not use {table.name}.{action.column}")


def _kept(triggers: tuple[str, ...], alteration: Alteration) -> tuple[str, ...]:
    """Without those that are away while AlterField changes a type: the schema editor of django-pgtrigger drops its own
    triggers for that, and makes them again (DatabaseSchemaEditorMixin in its migrations.py)."""
    if alteration.context.sent_by != "AlterField":
        return triggers
    for name in triggers:
        if name.startswith(_PGTRIGGER):
            alteration.builder.assume(f"django-pgtrigger takes its trigger {name} away meanwhile")
    return tuple(name for name in triggers if not name.startswith(_PGTRIGGER))


def _change(action: ops.AlterColumnType, table: Relation, column: Column | None, alteration: Alteration) -> None:
    rewrites = _rewrites(action, column, alteration)
    if rewrites:
        reason = f"The values of {action.column} have to be converted, so every row is copied."
        alteration.rewrite(table, reason, _REWRITE)
        what = f"every value of {table.name}.{action.column} can be converted to {shown_type(action.type)}"
        alteration.builder.assume_rows(table.name, what)
    found = dependents_of(alteration.schema, table, action.column)
    _readd_indexes(action, column, found, alteration, rewrites=rewrites)
    _readd_constraints(table, found, alteration, rewrites=rewrites)
    if column is not None and column.identity is not None:
        for sequence in found.sequences:
            reason = "The sequence of the identity column gets the new type as well."
            alteration.builder.lock(sequence.name, LockMode.SHARE_ROW_EXCLUSIVE, reason, "sequence.c, AlterSequence")


def _rewrites(action: ops.AlterColumnType, column: Column | None, alteration: Alteration) -> bool:
    builder = alteration.builder
    if column is None or column.type is None:
        builder.assume(f"the old type of {alteration.table}.{action.column} needs a conversion")
        return True
    if column.generated is not None and column.generated.kind is GeneratedKind.VIRTUAL:
        return False
    steps = _steps(action, column, alteration)
    _refuse_default(action, column, alteration)
    if steps is None:
        return True  # an expression of which the server sees only that it is one
    using = action.using is not None
    result = conversion(steps, alteration.context, explicit=False)
    if result is Conversion.IMPOSSIBLE:
        what = "result of USING clause for column" if using else "column"
        message = f'{what} "{column.name}" cannot be cast automatically to type {shown_type(action.type)}'
        builder.refuse(message, "42804", _PREPARE)
    return result is Conversion.COMPUTE


def _steps(action: ops.AlterColumnType, column: Column, alteration: Alteration) -> tuple[TypeName, ...] | None:
    """The types that the value passes through, or None when USING is more than casts of the column."""
    assert column.type is not None
    if action.using is None:
        return (column.type, action.type)
    passed = _passed_types(action.using, column, alteration)
    return None if passed is None else (*passed, action.type)


def _passed_types(using: Expression, column: Column, alteration: Alteration) -> tuple[TypeName, ...] | None:
    """The types along casts of the column and functions that are inlined to their argument."""
    assert column.type is not None
    if using.cast_of_column == column.name:
        return (column.type, *(stored_type(alteration.schema, cast) for cast in using.casts))
    found = passed_on(using, alteration.context)
    if found is None:
        return None
    function, argument = found
    inner = _passed_types(argument, column, alteration)
    if inner is None or function.returns is None:
        return None
    return (*inner, function.returns)


def _refuse_default(action: ops.AlterColumnType, column: Column, alteration: Alteration) -> None:
    """The default is converted on its own, without the help of USING."""
    if column.default is None or column.default.null or column.type is None or column.generated is not None:
        return
    steps = (column.type, action.type)
    if conversion(steps, alteration.context, explicit=False) is Conversion.IMPOSSIBLE:
        message = f'default for column "{column.name}" cannot be cast automatically to type {shown_type(action.type)}'
        alteration.builder.refuse(message, "42804", "tablecmds.c, ATExecAlterColumnType")


def _readd_indexes(
    action: ops.AlterColumnType,
    column: Column | None,
    found: Dependents,
    alteration: Alteration,
    *,
    rewrites: bool,
) -> None:
    for index in found.indexes:
        if column is not None:
            _refuse_unindexable(index, action, column, alteration)
        reason = f"The index {index.name} uses the column, so it is dropped and added again."
        alteration.builder.lock(index.name, LockMode.ACCESS_EXCLUSIVE, reason, _DEPENDENT)
        if rewrites or index.partitioned or column is None or column.type is None:
            continue
        if index.parent is not None:
            reason = "The index of a partition comes back with its parent's index, which makes a new one."
            alteration.build(index, reason, "indexcmds.c, DefineIndex")
            continue
        recollated = _collation_changes(action, column)
        if reuses_file(index, column.name, column.type, action.type, alteration.context, recollated=recollated):
            continue
        reason = f"The index {index.name} does not fit the new type as it is, so it is built again."
        alteration.build(index, reason, "indexcmds.c, CheckIndexCompatible")


def _refuse_unindexable(index: Index, action: ops.AlterColumnType, column: Column, alteration: Alteration) -> None:
    """The index cannot come back if the new type has no operator class for it."""
    keys = (e for e in index.elements if e.column == column.name and e.operator_class is None)
    if any(keys) and lacks_operator_class(index.method, action.type, alteration.context):
        kind = shown_type(action.type)
        message = f'data type {kind} has no default operator class for access method "{index.method}"'
        alteration.builder.refuse(message, "42704", "indexcmds.c, ResolveOpClass")


def _collation_changes(action: ops.AlterColumnType, column: Column) -> bool:
    return (action.collation and action.collation.name) != (column.collation and column.collation.name)


def _readd_constraints(table: Relation, found: Dependents, alteration: Alteration, *, rewrites: bool) -> None:
    for constraint in found.constraints:
        if isinstance(constraint.definition, Check):
            _readd_check(constraint, table, alteration)
        elif isinstance(constraint.definition, ForeignKey):
            _refuse_key(table, table, constraint.definition, alteration)
            _readd_key(table, constraint, alteration, rewrites=rewrites)
    for other, key, name in found.referencing:
        _refuse_key(table, other, key, alteration)
        constraint_there = other.constraint(name)
        if constraint_there is not None:
            _readd_key(other, constraint_there, alteration, rewrites=rewrites)


def _refuse_key(altered: Relation, referencing: Relation, key: ForeignKey, alteration: Alteration) -> None:
    """The foreign key cannot come back between types that cannot be compared."""
    referenced = alteration.relation(alteration.schema.resolve(key.referenced))

    changes = (a for a in alteration.actions if isinstance(a, ops.AlterColumnType))
    new_types = {change.column: change.type for change in changes}

    def type_of(relation: Relation, name: str) -> TypeName | None:
        if relation.name == altered.name and name in new_types:
            return new_types[name]
        column = relation.column(name)
        return None if column is None else column.type

    for one, other in zip(key.columns, referenced_columns(alteration.schema, key), strict=False):
        old, new = type_of(referencing, one), type_of(referenced, other)
        refuse_incomparable(key, old, new, alteration.context)


def _readd_check(constraint: TableConstraint, table: Relation, alteration: Alteration) -> None:
    if constraint.valid and constraint.enforced:
        reason = f"The constraint {constraint.name} uses the column: it is added again, which checks every row."
        alteration.scan(table, reason, "tablecmds.c, ATPostAlterTypeParse")


def _readd_key(table: Relation, constraint: TableConstraint, alteration: Alteration, *, rewrites: bool) -> None:
    """Both tables are locked to drop the foreign key; the rows are checked again only after a rewrite."""
    key = constraint.definition
    assert isinstance(key, ForeignKey)
    referenced = alteration.schema.resolve(key.referenced)
    if constraint.enforced:
        lock_to_drop(alteration.schema, table.name, referenced, alteration)
    else:
        alteration.builder.lock(table.name, LockMode.ACCESS_EXCLUSIVE, "The foreign key is dropped and added again.")
    lock_to_create(alteration.schema, referenced, alteration.builder)
    if table.kind is RelationKind.PARTITIONED_TABLE:
        return  # the partitions' own keys are checked
    if rewrites and constraint.valid and constraint.enforced:
        reason = f"The foreign key {constraint.name} is added again after the rewrite, which checks every row."
        alteration.validate(table.name, key, reason, "tablecmds.c, ATPostAlterTypeParse")
