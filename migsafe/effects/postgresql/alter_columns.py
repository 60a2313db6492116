"""ADD COLUMN and the other actions of ALTER TABLE on columns; types and DROP COLUMN have files of their own."""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.effects.postgresql.alteration import Alteration, action_of
from migsafe.effects.postgresql.calls import call_functions
from migsafe.effects.postgresql.column_types import constrained_domain, domain_default, domain_of
from migsafe.effects.postgresql.constant_checks import certainly_violated
from migsafe.effects.postgresql.default_checks import (
    SERIAL_TYPES,
    refuse_default,
    refuse_row_type_users,
    refuse_unknown_type,
)
from migsafe.effects.postgresql.existence import refuse_unknown_collation
from migsafe.effects.postgresql.generated_columns import refuse_generated
from migsafe.effects.postgresql.volatility import never_called, volatile_assignment, volatile_part
from migsafe.model import operations as ops
from migsafe.model.definitions import (
    Check,
    ColumnDef,
    Constraint,
    ForeignKey,
    GeneratedKind,
    NotNull,
    PrimaryKey,
    Unique,
)
from migsafe.model.expressions import Expression, TypeName
from migsafe.schema.columns import stored_type
from migsafe.schema.objects import Relation, UserType

_SYSTEM_COLUMNS = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})
_ADD = "tablecmds.c, ATExecAddColumn"


@action_of(ops.AddColumn)
def add_column(action: ops.AddColumn, alteration: Alteration) -> None:
    relation = alteration.relation()
    builder, column = alteration.builder, action.column
    if relation.partition_of is not None:
        builder.refuse("cannot add column to a partition", "42809", _ADD)
    if relation.of_type is not None:
        builder.refuse("cannot add column to typed table", "42809", _ADD)
    if action.only and alteration.schema.children_of(relation.name):
        builder.refuse("column must be added to child tables too", "42P16", _ADD)
    exists = relation.column(column.name) is not None
    if exists and not action.if_not_exists:
        message = f'column "{column.name}" of relation "{relation.name.name}" already exists'
        builder.refuse(message, "42701", "tablecmds.c, check_for_column_name_collision")
    if column.name in _SYSTEM_COLUMNS:
        message = f'column name "{column.name}" conflicts with a system column name'
        builder.refuse(message, "42701", "tablecmds.c, check_for_column_name_collision")
    if not exists:
        _refuse_definition(column, alteration)
        for target in (relation, *_receiving_children(action, relation, alteration)):
            _fill(column, target, alteration)
    if not exists or alteration.version == 12:
        # Until 13 the inline constraints are separate actions that IF NOT EXISTS does not hold back.
        _schedule_inline_constraints(action, alteration)
    if not exists:
        _create(action, alteration)


def _refuse_definition(column: ColumnDef, alteration: Alteration) -> None:
    """What parse analysis refuses of a type and a default."""
    refuse_unknown_type(column.type, alteration.context)
    if column.collation is not None:
        refuse_unknown_collation(column.collation, alteration.context)
    _refuse_own_row_type(column, alteration)
    if column.default is not None:
        refuse_default(column.name, column.default, column.type, alteration.context)
    if column.generated is not None:
        refuse_generated(column, alteration.relation(), alteration.context)
    if _has_default(column) or column.identity is not None or constrained_domain(column.type, alteration.schema):
        refuse_row_type_users(alteration.relation(), alteration.context)


def _refuse_own_row_type(column: ColumnDef, alteration: Alteration) -> None:
    """heap.c, CheckAttributeType: a table cannot hold itself, nor what holds it."""
    relation = alteration.relation()
    if stored_type(alteration.schema, column.type).replace(dimensions=0) == TypeName(
        relation.name.name, relation.name.schema
    ):
        message = f"composite type {relation.name.name} cannot be made a member of itself"
        alteration.builder.refuse(message, "42P16", "heap.c, CheckAttributeType")


def _create(action: ops.AddColumn, alteration: Alteration) -> None:
    """From here on the column is there; its inline constraints follow as actions of their own."""
    if alteration.is_last_step:
        return
    column = action.column
    kept: tuple[Constraint, ...] = tuple(c for c in column.constraints if isinstance(c, NotNull))
    if column.not_null and not kept:
        kept = (NotNull(column=column.name),)
    alteration.advance_as(action, action.replace(column=column.replace(constraints=kept)))
    if not _has_default(column) or (column.default is not None and column.default.null):
        alteration.note_only_nulls(column.name)


def _receiving_children(action: ops.AddColumn, table: Relation, alteration: Alteration) -> Iterator[Relation]:
    """The children at every depth that get the column. One that has it already merges it and ends the descent."""
    if action.only:
        return
    for child in alteration.schema.children_of(table.name):
        alteration.lock_child(child.name)
        own = child.column(action.column.name)
        if own is None:
            yield child
            yield from _receiving_children(action, child, alteration)
        elif own.type is not None and own.type != stored_type(alteration.schema, action.column.type):
            message = f'child table "{child.name.name}" has different type for column "{own.name}"'
            alteration.builder.refuse(message, "42804", _ADD)


def _fill(column: ColumnDef, table: Relation, alteration: Alteration) -> None:
    """How the existing rows get the new column's value."""
    reason = _rewrite_reason(column, alteration)
    if reason is not None:
        _fail_on_domain(column, table, alteration)
        if constrained_domain(column.type, alteration.schema):
            what = f"the new value of {column.name} satisfies the domain {column.type}"
            alteration.builder.assume_rows(table.name, what)
        alteration.rewrite(table, reason, _ADD)
        return
    has_value = column.default is not None and not column.default.null
    if column.not_null and not has_value:
        if column.generated is None:
            message = f'column "{column.name}" of relation "{table.name.name}" contains null values'
            alteration.fail_on_rows(table, message, "23502")
        alteration.builder.assume_rows(table.name, f"{table.name} has no rows, which could not get a value")
        reason = f"NOT NULL without a default: every row is read to see that {column.name} is not null."
        alteration.scan(table, reason, _ADD)


def _fail_on_domain(column: ColumnDef, table: Relation, alteration: Alteration) -> None:
    domain = domain_of(column.type, alteration.schema)
    if domain is not None and column.default is not None:
        _fail_on_domain_check(domain, column.default, table, alteration)
    if domain is None or not domain.not_null or _has_default(column) or domain.default is not None:
        return
    alteration.fail_on_rows(table, f"domain {domain.name.name} does not allow null values", "23502")


def _rewrite_reason(column: ColumnDef, alteration: Alteration) -> str | None:
    """Why the value cannot be kept once in the catalog (`pg_attribute.attmissingval`)."""
    name = column.name
    if column.generated is not None:
        if column.generated.kind is GeneratedKind.VIRTUAL:
            return None
        return f"The stored generated column {name} is computed for every row."
    if column.identity is not None or column.type.name in SERIAL_TYPES:
        return f"{name} takes a value of its sequence for every row."
    if constrained_domain(column.type, alteration.schema):
        return f"The type of {name} is a domain with constraints, which are checked for every row."
    default = column.default
    if default is None and alteration.version >= 13:
        default = domain_default(column.type, alteration.schema)
    culprit = None if default is None else volatile_part(default, alteration.context)
    if default is not None and culprit is None:
        culprit = volatile_assignment(default, column.type, alteration.context)
    if default is None or culprit is None:
        return None
    call_functions(tuple(c for c in default.calls if not never_called(c, alteration.context)), alteration.context)
    return f"The default of {name} is volatile ({culprit}), so it is computed for every row."


def _fail_on_domain_check(domain: UserType, default: Expression, table: Relation, alteration: Alteration) -> None:
    for constraint in domain.constraints:
        check = constraint.definition
        if isinstance(check, Check) and certainly_violated(check.expression, "value", default):
            message = f'value for domain {domain.name.name} violates check constraint "{constraint.name}"'
            alteration.fail_on_rows(table, message, "23514")


def _fail_on_check(check: Check, column: ColumnDef, alteration: Alteration) -> None:
    if column.default is None or not check.enforced or check.not_valid:
        return
    if certainly_violated(check.expression, column.name, column.default):
        table = alteration.relation()
        name = check.name or f"{table.name.name}_{column.name}_check"
        of_relation = f' of relation "{table.name.name}"' if alteration.version >= 13 else ""
        alteration.fail_on_rows(table, f'check constraint "{name}"{of_relation} is violated by some row', "23514")


def _fail_on_equal_rows(key: Unique | PrimaryKey, column: ColumnDef, alteration: Alteration) -> None:
    """Two rows with the same default cannot both be in a unique index."""
    default, table = column.default, alteration.relation()
    same = default is not None and default.constant and not default.null
    if same and (alteration.schema.loaded.find(table.name) or 0) > 1:
        suffix = "pkey" if isinstance(key, PrimaryKey) else f"{column.name}_key"
        message = f'could not create unique index "{key.name or f"{table.name.name}_{suffix}"}"'
        alteration.fail_on_rows(table, message, "23505")


def _schedule_inline_constraints(action: ops.AddColumn, alteration: Alteration) -> None:
    """Constraints written inline become actions of their own (parse_utilcmd.c, `transformAlterTableStmt`)."""
    for constraint in action.column.constraints:
        made = _as_action(constraint, action)
        if made is None:
            continue
        if isinstance(constraint, Unique | PrimaryKey):
            _fail_on_equal_rows(constraint, action.column, alteration)
        if isinstance(constraint, Check):
            _fail_on_check(constraint, action.column, alteration)
        if isinstance(made, ops.AddForeignKey) and _all_null(action, alteration):
            alteration.trust(made)
        alteration.schedule(made)


def _all_null(action: ops.AddColumn, alteration: Alteration) -> bool:
    """No DEFAULT clause, so an inline foreign key needs no check. 12 transforms all actions together and gives
    this up for all as soon as one has a default or adds a foreign key (`transformAlterTableStmt`)."""
    together = alteration.actions if alteration.version == 12 else (action,)
    for other in together:
        if isinstance(other, ops.AddForeignKey):
            return False
        if isinstance(other, ops.AddColumn) and _has_default(other.column):
            return False
    return True


def _has_default(column: ColumnDef) -> bool:
    return column.default is not None or column.generated is not None or column.type.name in SERIAL_TYPES


def _as_action(constraint: Constraint, action: ops.AddColumn) -> ops.TableAction | None:
    table, only, columns = action.table, action.only, (action.column.name,)
    if isinstance(constraint, Check):
        return ops.AddCheck(table=table, only=only, constraint=constraint)
    if isinstance(constraint, ForeignKey):
        return ops.AddForeignKey(table=table, only=only, constraint=constraint.replace(columns=columns))
    if isinstance(constraint, Unique):
        return ops.AddUnique(table=table, only=only, constraint=constraint.replace(columns=columns))
    if isinstance(constraint, PrimaryKey):
        return ops.AddPrimaryKey(table=table, only=only, constraint=constraint.replace(columns=columns))
    return None
