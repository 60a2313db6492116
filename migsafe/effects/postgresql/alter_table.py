"""ALTER TABLE: all actions of one statement together, as tablecmds.c runs them.

The phases are the server's (`ATController`): check every action in the written order, run the actions pass by pass
on the catalogs, then go over each table once: rewrite it, or read it, and check foreign keys at the very end. The
files `alter_*.py`, `type_change.py`, `partitions.py` and `inheritance.py` hold the actions.
"""

from __future__ import annotations

from migsafe.effects.postgresql.alteration import Alteration, AlteredTable, Cause, handler_of_action
from migsafe.effects.postgresql.dispatch import Context
from migsafe.effects.postgresql.foreign_keys import check_rows
from migsafe.effects.postgresql.in_use import refuse_in_use
from migsafe.effects.postgresql.lock_levels import SOURCE, WEAKEST, allowed_kinds, lock_level, rule_of
from migsafe.effects.postgresql.targets import altered_relation
from migsafe.effects.postgresql.versions_alter import refuse_newer_syntax
from migsafe.model import operations as ops
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.schema.objects import Index
from migsafe.schema.passes import Pass

_ADDS_CONSTRAINT = (
    ops.AddCheck,
    ops.AddExclusion,
    ops.AddForeignKey,
    ops.AddNotNull,
    ops.AddPrimaryKey,
    ops.AddUnique,
)


def alter_table(actions: tuple[ops.TableAction, ...], context: Context) -> None:
    """Write the effect of one ALTER TABLE (or ALTER INDEX, VIEW … with the same actions)."""
    for clause, action in enumerate(actions):
        context.builder.clause = clause
        refuse_newer_syntax(action, context)
    context.builder.clause = 0
    table = altered_relation(actions[0], context)
    if table is None:
        return
    alteration = Alteration(context, table, max(map(lock_level, actions), default=WEAKEST), actions)
    _lock(actions, alteration)
    refuse_in_use(table, "ALTER TABLE", context)
    _prepare(actions, alteration)
    _run_passes(alteration)
    _finish(alteration)


def _lock(actions: tuple[ops.TableAction, ...], alteration: Alteration) -> None:
    """The statement asks once, for the strongest lock that any of its actions needs."""
    builder = alteration.builder
    clause = next(n for n, action in enumerate(actions) if lock_level(action) is alteration.mode)
    builder.clause = clause
    label = rule_of(actions[clause]).label
    reason = f"{label} takes {alteration.mode.manual_name} on the altered relation."
    builder.lock(alteration.table, alteration.mode, reason, SOURCE)


def _prepare(actions: tuple[ops.TableAction, ...], alteration: Alteration) -> None:
    """Phase 1: is each action allowed on this kind of relation? Then queue it for its pass."""
    for clause, action in enumerate(actions):
        alteration.builder.clause = clause
        _check_kind(action, alteration)
        if isinstance(action, _ADDS_CONSTRAINT) and alteration.version >= 18:
            alteration.targets(action)  # every new constraint locks the children, whether they get it or not
        alteration.schedule(action)


def _check_kind(action: ops.TableAction, alteration: Alteration) -> None:
    relation = alteration.relation()
    kind = alteration.builder.kind(alteration.table)
    allowed, rule = allowed_kinds(action, alteration.version), rule_of(action)
    known = relation.known or kind is RelationKind.INDEX
    if kind in allowed or not known:
        return
    name = alteration.table.name
    if isinstance(action, ops.AttachPartition) and alteration.version < 18:
        message = f'table "{name}" is not partitioned'
        alteration.builder.refuse(message, "42P17", "parse_utilcmd.c, transformPartitionCmd")
    if alteration.version >= 15:
        message = f'ALTER action {rule.label} cannot be performed on relation "{name}"'
    else:
        message = f'"{name}" is not {_listing(allowed)}'
    alteration.builder.refuse(message, "42809", "tablecmds.c, ATSimplePermissions")


def _listing(kinds: frozenset[RelationKind]) -> str:
    """The message of versions up to 14, such as `a table or view`."""
    words = {
        RelationKind.TABLE: "table",
        RelationKind.VIEW: "view",
        RelationKind.MATERIALIZED_VIEW: "materialized view",
        RelationKind.INDEX: "index",
        RelationKind.FOREIGN_TABLE: "foreign table",
    }
    named = [word for kind, word in words.items() if kind in kinds] or ["partitioned table"]
    return "a " + (named[0] if len(named) == 1 else f"{', '.join(named[:-1])} or {named[-1]}")


def _run_passes(alteration: Alteration) -> None:
    """Phase 2. A step may queue further steps for the passes after its own (`ATParseTransformCmd`)."""
    for number in Pass:
        for step in alteration.steps_of(number):
            alteration.builder.clause = step.clause
            before = _indexes(alteration) if _creates_index(step.action) else None
            handler_of_action(type(step.action))(step.action, alteration)
            if before is None and alteration.is_last_step:
                continue
            alteration.advance(step.action)
            if before is not None:
                _build_new_indexes(alteration, before)


def _creates_index(action: ops.TableAction) -> bool:
    if isinstance(action, ops.AddUnique | ops.AddPrimaryKey):
        return action.constraint.using_index is None
    return isinstance(action, ops.AddExclusion)


def _indexes(alteration: Alteration) -> dict[Name, Index]:
    tables = (alteration.table, *(child.name for child in alteration.descendants()))
    return {index.name: index for table in tables for index in alteration.schema.indexes_of(table)}


def _build_new_indexes(alteration: Alteration, before: dict[Name, Index]) -> None:
    """An index that the step has made is built now, under the statement's lock (`DefineIndex`)."""
    for index in _indexes(alteration).values():
        if index.name in before or index.partitioned:
            continue
        reason = f"The index {index.name} of the constraint is built while nobody can use the table."
        alteration.build(index, reason, "tablecmds.c, ATExecAddIndex")
        conflict = f"no two rows of {index.table} are in conflict under {index.name.name}"
        alteration.builder.assume_rows(index.table, conflict)


def _finish(alteration: Alteration) -> None:
    """Phase 3 (`ATRewriteTables`): each table at most once, then the foreign keys."""
    for failure in alteration.failures:
        alteration.builder.clause = failure.clause
        alteration.builder.refuse(failure.message, failure.sqlstate, "tablecmds.c, ATRewriteTable")
    for entry in alteration.queue.values():
        _finish_table(entry, alteration)
    for pending in alteration.foreign_keys:
        alteration.builder.clause = pending.cause.clause
        check_rows(pending, alteration.schema, alteration.builder, alteration.version)


def _finish_table(entry: AlteredTable, alteration: Alteration) -> None:
    builder = alteration.builder
    if entry.rewrite is not None:
        builder.clause = entry.rewrite.clause
        builder.rewrite(entry.name, entry.rewrite.reason, entry.rewrite.source)
        _rebuild_all(entry, entry.rewrite, alteration)
    elif entry.scan is not None:
        builder.clause = entry.scan.clause
        builder.scan(entry.name, entry.scan.reason, entry.scan.source)
    if entry.moved is not None and entry.rewrite is None:
        builder.clause = entry.moved.clause
        builder.rewrite(entry.name, entry.moved.reason, entry.moved.source)
    for index, cause in entry.builds.items():
        builder.clause = cause.clause
        builder.build(index, entry.name, cause.reason, cause.source)
        builder.scan(entry.name, cause.reason, cause.source)


def _rebuild_all(entry: AlteredTable, cause: Cause, alteration: Alteration) -> None:
    """After a rewrite every index of the table is built anew (`finish_heap_swap`, `reindex_relation`)."""
    for index in alteration.schema.indexes_of(entry.name):
        reason = f"The rewrite of {entry.name} moves its rows, so the index is built again. {cause.reason}"
        if alteration.context.schema.index(index.name) is not None:
            alteration.builder.lock(index.name, LockMode.ACCESS_EXCLUSIVE, reason, "index.c, reindex_relation")
        alteration.builder.build(index.name, entry.name, reason, "cluster.c, finish_heap_swap")
