"""ALTER COLUMN … TYPE: the rows, the indexes, the constraints, and the tables on the other side of foreign keys.

Source: tablecmds.c, `ATPrepAlterColumnType`, `RememberAllDependentForRebuilding`, `ATPostAlterTypeCleanup`: all
indexes and constraints that use the column are dropped and added again, with their old files where they fit.
"""

from __future__ import annotations

from migsafe.effects.postgresql.alteration import Alteration, action_of
from migsafe.effects.postgresql.column_dependents import Dependents, dependents_of
from migsafe.effects.postgresql.foreign_keys import lock_to_drop
from migsafe.effects.postgresql.index_reuse import reuses_file
from migsafe.effects.postgresql.targets import column_of
from migsafe.effects.postgresql.type_conversion import Conversion, conversion, written_length
from migsafe.model import operations as ops
from migsafe.model.definitions import Check, ForeignKey, GeneratedKind
from migsafe.model.expressions import TypeName
from migsafe.model.locks import LockMode
from migsafe.schema.objects import Column, Relation, TableConstraint

_PREPARE = "tablecmds.c, ATPrepAlterColumnType"
_REWRITE = "tablecmds.c, ATColumnChangeRequiresRewrite"
_DEPENDENT = "tablecmds.c, RememberAllDependentForRebuilding"
_DEFINITION = "42P16"  # invalid_table_definition
_IDENTITY_TYPES = frozenset({"int2", "int4", "int8"})


@action_of(ops.AlterColumnType)
def change_type(action: ops.AlterColumnType, alteration: Alteration) -> None:
    relation = alteration.relation()
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
    if column.identity is not None and action.type.name not in _IDENTITY_TYPES:
        builder.refuse("identity column type must be smallint, integer, or bigint", "22023", "sequence.c, init_params")


def _refuse_dependents(action: ops.AlterColumnType, table: Relation, alteration: Alteration) -> None:
    """What the server cannot drop and add again."""
    found = dependents_of(alteration.schema, table, action.column)
    hindrances = (
        (found.views, "cannot alter type of a column used by a view or rule", "0A000"),
        (found.triggers, "cannot alter type of a column used in a trigger definition", "0A000"),
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


def _change(action: ops.AlterColumnType, table: Relation, column: Column | None, alteration: Alteration) -> None:
    rewrites = _rewrites(action, column, alteration)
    if rewrites:
        reason = f"The values of {action.column} have to be converted, so every row is copied."
        alteration.rewrite(table, reason, _REWRITE)
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
    steps = _steps(action, column)
    if steps is None:
        return True  # an expression of which the server sees only that it is one
    using = action.using is not None
    result = conversion(steps, alteration.context, explicit=False)
    if result is Conversion.IMPOSSIBLE:
        what = "result of USING clause for column" if using else "column"
        message = f'{what} "{column.name}" cannot be cast automatically to type {_shown(action.type)}'
        builder.refuse(message, "42804", _PREPARE)
    _refuse_default(action, column, alteration)
    return result is Conversion.COMPUTE


def _steps(action: ops.AlterColumnType, column: Column) -> tuple[TypeName, ...] | None:
    """The types that the value passes through, or None when USING is more than casts of the column."""
    assert column.type is not None
    target = written_length(action.type)
    old = written_length(column.type)
    if action.using is None:
        return (old, target)
    if action.using.cast_of_column != column.name:
        return None
    return (old, *map(written_length, action.using.casts), target)


def _refuse_default(action: ops.AlterColumnType, column: Column, alteration: Alteration) -> None:
    """The default is converted on its own, without the help of USING."""
    if column.default is None or column.default.null or column.type is None or column.generated is not None:
        return
    steps = (column.type, action.type)
    if conversion(steps, alteration.context, explicit=False) is Conversion.IMPOSSIBLE:
        message = f'default for column "{column.name}" cannot be cast automatically to type {_shown(action.type)}'
        alteration.builder.refuse(message, "42804", "tablecmds.c, ATExecAlterColumnType")


_MANUAL_NAMES = {
    "int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real", "float8": "double precision",
    "bool": "boolean", "varchar": "character varying", "bpchar": "character", "varbit": "bit varying",
    "timestamptz": "timestamp with time zone", "timestamp": "timestamp without time zone",
    "timetz": "time with time zone", "time": "time without time zone",
}  # fmt: skip


def _shown(kind: TypeName) -> str:
    """As `format_type_be` prints it, without modifiers."""
    return _MANUAL_NAMES.get(kind.name, kind.name) + ("[]" if kind.dimensions else "")


def _readd_indexes(
    action: ops.AlterColumnType,
    column: Column | None,
    found: Dependents,
    alteration: Alteration,
    *,
    rewrites: bool,
) -> None:
    for index in found.indexes:
        reason = f"The index {index.name} uses the column, so it is dropped and added again."
        alteration.builder.lock(index.name, LockMode.ACCESS_EXCLUSIVE, reason, _DEPENDENT)
        if rewrites or index.partitioned or column is None or column.type is None:
            continue
        recollated = _collation_changes(action, column)
        if reuses_file(index, column.name, column.type, action.type, alteration.context, recollated=recollated):
            continue
        reason = f"The index {index.name} does not fit the new type as it is, so it is built again."
        alteration.build(index, reason, "indexcmds.c, CheckIndexCompatible")


def _collation_changes(action: ops.AlterColumnType, column: Column) -> bool:
    return (action.collation and action.collation.name) != (column.collation and column.collation.name)


def _readd_constraints(table: Relation, found: Dependents, alteration: Alteration, *, rewrites: bool) -> None:
    for constraint in found.constraints:
        if isinstance(constraint.definition, Check):
            _readd_check(constraint, table, alteration)
        elif isinstance(constraint.definition, ForeignKey):
            _readd_key(table, constraint, alteration, rewrites=rewrites)
    for other, _, name in found.referencing:
        constraint_there = other.constraint(name)
        if constraint_there is not None:
            _readd_key(other, constraint_there, alteration, rewrites=rewrites)


def _readd_check(constraint: TableConstraint, table: Relation, alteration: Alteration) -> None:
    if constraint.valid and constraint.enforced:
        reason = f"The constraint {constraint.name} uses the column: it is added again, which checks every row."
        alteration.scan(table, reason, "tablecmds.c, ATPostAlterTypeParse")


def _readd_key(table: Relation, constraint: TableConstraint, alteration: Alteration, *, rewrites: bool) -> None:
    """Both tables are locked to drop the foreign key; the rows are checked again only after a rewrite."""
    key = constraint.definition
    assert isinstance(key, ForeignKey)
    referenced = alteration.schema.resolve(key.referenced)
    lock_to_drop(alteration.schema, table.name, referenced, alteration.builder)
    if rewrites and constraint.valid and constraint.enforced:
        reason = f"The foreign key {constraint.name} is added again after the rewrite, which checks every row."
        alteration.validate(table.name, key, reason, "tablecmds.c, ATPostAlterTypeParse")
