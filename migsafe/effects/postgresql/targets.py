"""Finding what a statement names, and what the server says when it is not there or of the wrong kind."""

from __future__ import annotations

from migsafe.effects.postgresql.alteration import Alteration
from migsafe.effects.postgresql.builder import Builder
from migsafe.effects.postgresql.dispatch import Context
from migsafe.model.definitions import NotNull
from migsafe.model.effects import SettledBy
from migsafe.model.locks import RelationKind
from migsafe.model.names import Name
from migsafe.model.operations import TableAction
from migsafe.schema.objects import Column, Relation, TableConstraint
from migsafe.schema.resolve import CATALOG
from migsafe.text.holes import has_hole

_KIND_OF_KEYWORD = {
    "view": (RelationKind.VIEW, "a view"),
    "materialized view": (RelationKind.MATERIALIZED_VIEW, "a materialized view"),
    "sequence": (RelationKind.SEQUENCE, "a sequence"),
    "foreign table": (RelationKind.FOREIGN_TABLE, "a foreign table"),
    "index": (RelationKind.INDEX, "an index"),
}


def altered_relation(action: TableAction, context: Context, *, any_index: bool = False) -> Name | None:
    """The relation that ALTER … names, or None when IF EXISTS makes the statement do nothing.

    `any_index`: ALTER INDEX is taken for any relation, as RENAME does. Refuses what is missing or not of the kind
    that the keyword says (tablecmds.c, `RangeVarCallbackForAlterRelation`).
    """
    name = context.schema.resolve(action.table)
    if not found(name, action.if_exists, context):
        return None
    kind, phrase = _KIND_OF_KEYWORD.get(action.keyword, (None, ""))
    actual = context.builder.kind(name)
    unknown = context.schema.index(name) is None and not context.schema.relation(name).known
    free = kind is None or unknown or (any_index and kind is RelationKind.INDEX)
    if not free and actual is not kind:
        context.builder.refuse(f'"{name.name}" is not {phrase}', "42809", "tablecmds.c")
    return name


def found(name: Name, if_exists: bool, context: Context) -> bool:
    """Whether the resolved relation is there; refuses when it is not and IF EXISTS was not said."""
    if name.schema == CATALOG:
        message = f'permission denied: "{name.name}" is a system catalog'
        context.builder.refuse(message, "42501", "tablecmds.c, RangeVarCallbackForAlterRelation")
    exists = context.schema.exists(name)
    if exists:
        return True
    if exists is None:
        context.builder.assume(f"{name} exists; its columns, indexes and dependants are unknown", SettledBy.SCHEMA)
        return True
    if not if_exists:
        context.builder.refuse(f'relation "{name.name}" does not exist', "42P01", "namespace.c")
    return False


_SYSTEM_COLUMNS = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})


def refuse_system_column(name: str, verb: str, builder: Builder) -> None:
    if name in _SYSTEM_COLUMNS:
        builder.refuse(f'cannot {verb} system column "{name}"', "0A000", "tablecmds.c")


def column_of(relation: Relation, name: str, builder: Builder) -> Column | None:
    """The column, or None when nothing is known of the table. Refuses a column that a known table lacks."""
    refuse_system_column(name, "alter", builder)
    column = relation.column(name)
    if column is None and relation.known and relation.complete and not has_hole(name):
        message = f'column "{name}" of relation "{relation.name.name}" does not exist'
        builder.refuse(message, "42703", "tablecmds.c")
    if column is None:
        builder.assume(f"{relation.name} has the column {name}; its type and constraints are unknown")
    return column


def constraint_of(relation: Relation, name: str, version: int, builder: Builder) -> TableConstraint | None:
    """The constraint, or None when nothing is known of the table. Refuses one that a known table lacks.

    From 18 NOT NULL is a constraint as well, with a name of its own.
    """
    constraint = relation.constraint(name) or (not_null_named(relation, name) if version >= 18 else None)
    if constraint is None and relation.known and relation.complete and not has_hole(name):
        message = f'constraint "{name}" of relation "{relation.name.name}" does not exist'
        builder.refuse(message, "42704", "tablecmds.c")
    if constraint is None:
        builder.assume(f"{relation.name} has the constraint {name}; its kind is unknown")
    return constraint


def not_null_named(relation: Relation, name: str) -> TableConstraint | None:
    """The NOT NULL constraint of that name, which the column's record holds."""
    column = next((c for c in relation.columns if c.not_null and c.not_null_name == name), None)
    if column is None:
        return None
    parent = name if column.inherited else None
    definition = NotNull(name=name, column=column.name)
    return TableConstraint(name=name, definition=definition, valid=column.not_null_valid, parent=parent)


def refuse_on_foreign_table(kind: str, alteration: Alteration) -> None:
    """A foreign table has CHECK and NOT NULL constraints only."""
    if alteration.relation().kind is RelationKind.FOREIGN_TABLE:
        message = f"{kind} constraints are not supported on foreign tables"
        alteration.builder.refuse(message, "0A000", "parse_utilcmd.c, transformTableConstraint")
