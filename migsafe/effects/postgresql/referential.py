"""What the triggers behind foreign keys lock and change when rows of a table change (ri_triggers.c).

The queries of these triggers are planned like any other, so they lock the indexes of the tables, too. A key that is
INITIALLY DEFERRED asks at the end of the transaction. Whether a statement meets rows at all is not known: it is
taken to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from migsafe.effects.postgresql.calls import fire_triggers
from migsafe.effects.postgresql.dispatch import Context
from migsafe.effects.postgresql.reading import Stage, planned_children, use
from migsafe.model.definitions import ForeignKey, PrimaryKey
from migsafe.model.expressions import Comparison
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.schema.objects import Relation
from migsafe.schema.settings import PendingCheck

_ACTION = "ri_triggers.c, ri_restrict / RI_FKey_cascade_del / ri_set"
_MAY_REFERENCE = "A foreign key of it may reference the rows: they are looked up and locked."
_KEEPS = frozenset({"no action", "restrict"})


class KeyOfOther:
    """A foreign key of another table (or of the same one) that points at the changed rows."""

    def __init__(self, referencing: Relation, key: ForeignKey, referenced_columns: tuple[str, ...]) -> None:
        self.referencing = referencing
        self.key = key
        self.referenced_columns = referenced_columns


def check_keys(
    table: Relation, written: frozenset[str] | None, context: Context, constants: Mapping[str, str] | None = None
) -> None:
    """New or changed rows: each foreign key looks its row up in the referenced table and locks it.

    `written` are the columns that get a value, None for all of them; `constants` are values that the text shows.
    """
    for constraint in table.foreign_keys:
        key = constraint.definition
        if not isinstance(key, ForeignKey) or not constraint.enforced:
            continue
        if context.schema.uncommitted.defers(constraint.name, key):
            continue
        if written is None or _concerned(key, written):
            _look_up(table, constraint.name, key, constants or {}, context)


def check_pending(check: PendingCheck, context: Context) -> None:
    """What waited for the end of the transaction is checked now."""
    holder = context.schema.relation(check.table)
    constraint = holder.constraint(check.key)
    if constraint is None or not isinstance(constraint.definition, ForeignKey):
        return
    if not check.certain:
        context.builder.assume_rows(check.changed, f"earlier statements have changed rows of {check.changed.name}")
    if check.changed == check.table:
        _look_up(holder, check.key, constraint.definition, {}, context)
    else:
        use(check.table, LockMode.ROW_SHARE, Stage.PLANNED, context, _MAY_REFERENCE)


def _look_up(table: Relation, name: str, key: ForeignKey, constants: Mapping[str, str], context: Context) -> None:
    referenced = context.schema.resolve(key.referenced)
    reason = f"The foreign key {name} looks up and locks the referenced row."
    context.builder.assume(f"the foreign key columns of {table.name} get values that are not null")
    wanted = _wanted(key, context.schema.relation(referenced), constants)
    use(referenced, LockMode.ROW_SHARE, Stage.PLANNED, context, reason, conjuncts=wanted)


def _wanted(key: ForeignKey, referenced: Relation, constants: Mapping[str, str]) -> tuple[Comparison, ...]:
    """What the look-up asks for, as far as it is constant."""
    targets = key.referenced_columns or _primary_key(referenced)
    pairs = zip(key.columns, targets, strict=False)
    return tuple(Comparison(target, "=", constants[column]) for column, target in pairs if column in constants)


def _concerned(key: ForeignKey, written: frozenset[str]) -> bool:
    """MATCH SIMPLE is satisfied by one null: a column that gets no value makes the key pass unchecked."""
    if key.match == "full":
        return bool(written & set(key.columns))
    return written >= set(key.columns)


def keys_on(table: Relation, context: Context) -> Iterator[KeyOfOther]:
    """The foreign keys that point at the table, or at a partitioned table that it is part of."""
    seen: set[tuple[Name, tuple[str, ...]]] = set()
    for level in _with_ancestors(table, context):
        for referencing, name in context.schema.referencing(level.name):
            constraint = referencing.constraint(name)
            if constraint is None or not isinstance(constraint.definition, ForeignKey):
                continue
            key = constraint.definition
            columns = key.referenced_columns or _primary_key(level)
            if constraint.enforced and (referencing.name, key.columns) not in seen:
                seen.add((referencing.name, key.columns))
                yield KeyOfOther(referencing, key, columns)


def _with_ancestors(table: Relation, context: Context) -> Iterator[Relation]:
    current: Relation | None = table
    while current is not None:
        yield current
        current = None if current.partition_of is None else context.schema.relation(current.partition_of)


def _primary_key(table: Relation) -> tuple[str, ...]:
    keys = (c.definition for c in table.constraints if isinstance(c.definition, PrimaryKey))
    return next((key.columns for key in keys), ())


def delete_follows(table: Relation, context: Context, seen: frozenset[Name] = frozenset()) -> None:
    """Deleted rows: the tables that reference them are searched, or changed along."""
    for other in keys_on(table, context):
        _react(other, other.key.on_delete, "delete", context, seen | {table.name})


def update_follows(
    table: Relation, columns: frozenset[str], context: Context, seen: frozenset[Name] = frozenset()
) -> None:
    """Updated rows: only a change of the referenced columns concerns the tables that reference them."""
    for other in keys_on(table, context):
        if columns & set(other.referenced_columns):
            _react(other, other.key.on_update, "update", context, seen | {table.name})


def _react(other: KeyOfOther, action: str, change: str, context: Context, seen: frozenset[Name]) -> None:
    table = other.referencing
    if table.partition_of is not None and _parent_reacts(other, context):
        return
    if action in _KEEPS:
        if action == "restrict" or not other.key.initially_deferred:
            use(table.name, LockMode.ROW_SHARE, Stage.PLANNED, context, _MAY_REFERENCE)
        return
    reason = f"Its foreign key says ON {change.upper()} {action.upper()}: rows that reference the changed ones follow."
    use(table.name, LockMode.ROW_EXCLUSIVE, Stage.PLANNED, context, reason)
    context.builder.assume(f"rows of {table.name} reference the changed ones")
    deletes = change == "delete" and action == "cascade"
    for stored in changed_tables(table, context):
        context.builder.data(stored.name, "delete" if deletes else "update", reason, _ACTION)
    if table.name in seen:
        return
    fire_triggers(table, "delete" if deletes else "update", context)
    if deletes:
        delete_follows(table, context, seen)
    else:
        update_follows(table, frozenset(other.key.columns), context, seen)


def _parent_reacts(other: KeyOfOther, context: Context) -> bool:
    """Whether the partition's key is only its part of the partitioned table's key."""
    parent = context.schema.relation(other.referencing.partition_of or other.referencing.name)
    return any(
        isinstance(c.definition, ForeignKey) and c.definition.columns == other.key.columns for c in parent.foreign_keys
    )


def changed_tables(table: Relation, context: Context, *, only: bool = False) -> tuple[Relation, ...]:
    """The tables that hold the rows of a relation: itself and its children, or its leaf partitions."""
    below = () if only else planned_children(table, context)
    return tuple(r for r in (table, *below) if r.kind in (RelationKind.TABLE, RelationKind.FOREIGN_TABLE))
