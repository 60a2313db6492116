"""Checks of deferred foreign keys that rows wait for until the transaction ends, or SET CONSTRAINTS asks for them
(trigger.c, `AfterTriggerSaveEvent`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migsafe.model.definitions import ForeignKey, PrimaryKey
from migsafe.model.names import Name
from migsafe.model.operations import SetConstraints
from migsafe.schema.objects import Relation
from migsafe.schema.schema import Schema
from migsafe.schema.settings import PendingCheck

_WAITS = "no action"  # the one reaction to a change of referenced rows that can be deferred


def leave_rows(schema: Schema, table: Name, *, certain: bool) -> None:
    """New rows: each of the table's own keys looks at them, also where they have no value."""
    _wait(schema, (PendingCheck(table, table, name, certain) for name, _ in _own(schema, table)))


def leave_changes(schema: Schema, table: Name, columns: Iterable[str]) -> None:
    """Changed rows, if there are any: keys with one of the columns, and keys of others that point at them
    (ri_triggers.c, `RI_FKey_fk_upd_check_required` and `RI_FKey_pk_upd_check_required`)."""
    written = frozenset(columns)
    own = (name for name, key in _own(schema, table) if written & set(key.columns))
    _wait(schema, (PendingCheck(table, table, name, False) for name in own))
    others = (
        PendingCheck(table, other.name, name, False)
        for other, name, key in _others(schema, table)
        if key.on_update == _WAITS and written & set(key.referenced_columns or _primary_key(schema, table))
    )
    _wait(schema, others)


def leave_gaps(schema: Schema, table: Name) -> None:
    """Deleted rows, if there are any: others may point at them."""
    others = _others(schema, table)
    _wait(
        schema, (PendingCheck(table, other.name, name, False) for other, name, key in others if key.on_delete == _WAITS)
    )


def set_modes(schema: Schema, operation: SetConstraints) -> None:
    """For what follows, and with IMMEDIATE also for what waits. A name stands for every key that is called so."""
    state = schema.uncommitted
    names = frozenset(name.name for name in operation.names)
    named = tuple(pair for pair in state.named if names and pair[0] not in names)
    named += tuple((name, operation.deferred) for name in sorted(names))
    deferred = state.deferred if names else operation.deferred
    waiting = state.unchecked
    if not operation.deferred:
        waiting = tuple(check for check in waiting if names and check.key not in names)
    schema.uncommitted = state.replace(named=named, deferred=deferred, unchecked=waiting)


def _wait(schema: Schema, checks: Iterable[PendingCheck]) -> None:
    state = schema.uncommitted
    found = tuple(check for check in checks if check not in state.unchecked)
    if found:
        schema.uncommitted = state.replace(unchecked=(*state.unchecked, *found))


def _own(schema: Schema, table: Name) -> Iterator[tuple[str, ForeignKey]]:
    known = schema.relations.find(table)
    for constraint in known.foreign_keys if known is not None else ():
        key = constraint.definition
        if isinstance(key, ForeignKey) and constraint.enforced and schema.uncommitted.defers(constraint.name, key):
            yield constraint.name, key


def _others(schema: Schema, table: Name) -> Iterator[tuple[Relation, str, ForeignKey]]:
    for other, name in schema.referencing(table):
        yield from ((other, own, key) for own, key in _own(schema, other.name) if own == name)


def _primary_key(schema: Schema, table: Name) -> tuple[str, ...]:
    known = schema.relations.find(table)
    keys = (c.definition for c in known.constraints) if known is not None else ()
    return next((key.columns for key in keys if isinstance(key, PrimaryKey)), ())
