"""Triggers, rules and policies."""

from __future__ import annotations

from migsafe.effects.postgresql import versions
from migsafe.effects.postgresql.dispatch import Context, effect_of
from migsafe.effects.postgresql.existence import TABLES, is_system, relation_there
from migsafe.effects.postgresql.reading import Stage, use
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.model.operations import (
    AlterPolicy,
    CreatePolicy,
    CreateRule,
    CreateTrigger,
    DropPolicy,
    DropRule,
    DropTrigger,
    RenameRule,
    RenameTrigger,
)
from migsafe.schema.objects import Relation, Trigger

# pg_proc.dat: the trigger functions that a server brings, besides those of foreign keys.
_BUILT_IN = frozenset(
    {
        "suppress_redundant_updates_trigger",
        "tsvector_update_trigger",
        "tsvector_update_trigger_column",
        "unique_key_recheck",
    }
)
_EXCLUSIVE = LockMode.ACCESS_EXCLUSIVE


@effect_of(CreateTrigger)
def create_trigger(operation: CreateTrigger, context: Context) -> None:
    if operation.or_replace:
        versions.require(versions.OR_REPLACE_TRIGGER, context)
    full = relation_there(operation.table, context)
    table = context.schema.relation(full)
    _refuse_trigger(operation, table, context)
    reason = "CREATE TRIGGER lets nobody change rows meanwhile."
    source = "trigger.c, CreateTriggerFiringOn"
    context.builder.lock(full, LockMode.SHARE_ROW_EXCLUSIVE, reason, source)
    if operation.row:
        for partition in _partitions(table, context):
            context.builder.lock(partition.name, LockMode.SHARE_ROW_EXCLUSIVE, reason, source)
    if operation.referenced is not None:
        other = relation_there(operation.referenced, context)
        context.builder.lock(other, LockMode.ACCESS_SHARE, "FROM names it.", source)


def _partitions(table: Relation, context: Context) -> tuple[Relation, ...]:
    if table.kind is not RelationKind.PARTITIONED_TABLE:
        return ()
    return context.schema.descendants_of(table.name)


def _refuse_trigger(operation: CreateTrigger, table: Relation, context: Context) -> None:
    source = "trigger.c, CreateTriggerFiringOn"
    name = table.name.name
    before_each_row = operation.row and operation.timing == "before"
    too_old = context.version < versions.BEFORE_ROW_TRIGGER_ON_PARTITIONED.since
    if before_each_row and too_old and table.kind is RelationKind.PARTITIONED_TABLE:
        context.builder.refuse(f'"{name}" is a partitioned table', "42809", source)
    if table.known and not operation.or_replace and any(t.name == operation.name for t in table.triggers):
        message = f'trigger "{operation.name}" for relation "{name}" already exists'
        context.builder.refuse(message, "42710", source)
    _refuse_missing_function(operation, context)
    if operation.timing == "instead of" and table.known and table.kind in TABLES:
        noun = "table" if table.kind is RelationKind.TABLE else "partitioned table"
        context.builder.refuse(f'"{name}" is a {noun}', "42809", source)
    if table.kind is RelationKind.MATERIALIZED_VIEW:
        message = f'relation "{name}" cannot have triggers'
        old = f'"{name}" is not a table or view'
        context.builder.refuse(message if context.version >= 15 else old, "42809", source)


def _refuse_missing_function(operation: CreateTrigger, context: Context) -> None:
    schema = context.schema
    built_in = operation.function.name in _BUILT_IN
    if schema.closed and not schema.extensions and not built_in and not schema.functions_named(operation.function):
        context.builder.refuse(f"function {operation.function}() does not exist", "42883", "parse_func.c")


@effect_of(DropTrigger)
def drop_trigger(operation: DropTrigger, context: Context) -> None:
    table = _table_of_part(operation.table, operation.if_exists, "trigger", operation.name, context)
    if table is None:
        return
    trigger = next((t for t in table.triggers if t.name == operation.name), None)
    if _absent(trigger is None, table):
        _refuse_absent("trigger", operation.name, table, operation.if_exists, context)
        return
    if trigger is not None and trigger.inherited and table.partition_of is not None:
        words = f"trigger {operation.name} on table {table.name.name}"
        parent = f"trigger {operation.name} on table {table.partition_of.name}"
        message = f"cannot drop {words} because {parent} requires it"
        context.builder.refuse(message, "2BP01", "dependency.c, findDependentObjects")
    reason = f"The trigger {operation.name} is dropped."
    context.builder.lock(table.name, _EXCLUSIVE, reason, "trigger.c, RemoveTriggerById")
    for partition in _with_trigger(table, operation.name, trigger, context):
        context.builder.lock(partition.name, _EXCLUSIVE, reason, "trigger.c, RemoveTriggerById")


def _with_trigger(table: Relation, name: str, trigger: Trigger | None, context: Context) -> tuple[Relation, ...]:
    """The partitions that have their part of the trigger."""
    if trigger is None or not trigger.row:
        return ()
    return tuple(p for p in _partitions(table, context) if any(t.name == name for t in p.triggers))


@effect_of(RenameTrigger)
def rename_trigger(operation: RenameTrigger, context: Context) -> None:
    table = context.schema.relation(relation_there(operation.table, context))
    trigger = next((t for t in table.triggers if t.name == operation.name), None)
    if _absent(trigger is None, table):
        _refuse_absent("trigger", operation.name, table, False, context)
    if trigger is not None and trigger.inherited and table.partition_of is not None and context.version >= 15:
        message = f'cannot rename trigger "{operation.name}" on table "{table.name.name}"'
        context.builder.refuse(message, "0A000" if context.version >= 18 else "XX000", "trigger.c, renametrig")
    reason = f"The trigger {operation.name} is renamed."
    context.builder.lock(table.name, _EXCLUSIVE, reason, "trigger.c, renametrig")
    if context.version >= 15:
        for partition in _with_trigger(table, operation.name, trigger, context):
            context.builder.lock(partition.name, _EXCLUSIVE, reason, "trigger.c, renametrig_partition")


@effect_of(CreateRule)
def create_rule(operation: CreateRule, context: Context) -> None:
    _lock_table(
        operation.table, f"The rule {operation.name} changes every statement on it.", "rewriteDefine.c", context
    )
    for name in operation.reads:
        full = relation_there(name, context)
        use(full, LockMode.ACCESS_SHARE, Stage.ANALYSED, context, "The rule names it.")
    for name in operation.writes:
        full = relation_there(name, context)
        use(full, LockMode.ROW_EXCLUSIVE, Stage.ANALYSED, context, "The rule writes to it.")


@effect_of(DropRule)
def drop_rule(operation: DropRule, context: Context) -> None:
    table = _table_of_part(operation.table, operation.if_exists, "rule", operation.name, context)
    if table is None:
        return
    if _absent(operation.name not in table.rules, table):
        _refuse_absent("rule", operation.name, table, operation.if_exists, context)
        return
    _lock_table(table.name, f"The rule {operation.name} is dropped.", "rewriteRemove.c", context)


@effect_of(RenameRule)
def rename_rule(operation: RenameRule, context: Context) -> None:
    _lock_table(operation.table, f"The rule {operation.name} is renamed.", "rewriteDefine.c", context)


@effect_of(CreatePolicy)
def create_policy(operation: CreatePolicy, context: Context) -> None:
    table = context.schema.relation(operation.table)
    if any(name == operation.name for name, _ in table.policies):
        message = f'policy "{operation.name}" for table "{table.name.name}" already exists'
        context.builder.refuse(message, "42710", "policy.c, CreatePolicy")
    _change_policy(operation.table, operation.reads, operation.name, context)


@effect_of(AlterPolicy)
def alter_policy(operation: AlterPolicy, context: Context) -> None:
    _change_policy(operation.table, operation.reads, operation.name, context)


def _change_policy(table: Name, reads: tuple[Name, ...], policy: str, context: Context) -> None:
    _lock_table(table, f"The policy {policy} changes every statement on it.", "policy.c", context)
    for name in reads:
        full = relation_there(name, context)
        use(full, LockMode.ACCESS_SHARE, Stage.ANALYSED, context, "The policy reads it.")


@effect_of(DropPolicy)
def drop_policy(operation: DropPolicy, context: Context) -> None:
    table = _table_of_part(operation.table, operation.if_exists, "policy", operation.name, context)
    if table is None:
        return
    if _absent(all(operation.name != name for name, _ in table.policies), table):
        _refuse_absent("policy", operation.name, table, operation.if_exists, context)
        return
    _lock_table(table.name, f"The policy {operation.name} is dropped.", "policy.c, RemovePolicyById", context)


def _lock_table(name: Name, reason: str, source: str, context: Context) -> None:
    full = relation_there(name, context)
    if not is_system(full):
        context.builder.lock(full, _EXCLUSIVE, reason, source)


def _table_of_part(name: Name, if_exists: bool, noun: str, part: str, context: Context) -> Relation | None:
    """The table of a trigger, rule or policy. With IF EXISTS a missing table is passed over, too."""
    full = context.schema.resolve(name)
    if if_exists and context.schema.exists(full) is False:
        return None
    if context.schema.exists(full) is None:
        context.builder.assume(f"{full} has the {noun} {part}")
    return context.schema.relation(relation_there(name, context))


def _absent(missing: bool, table: Relation) -> bool:
    return missing and table.known and table.complete


def _refuse_absent(noun: str, name: str, table: Relation, if_exists: bool, context: Context) -> None:
    """Nothing is locked at the end when IF EXISTS finds nothing (objectaddress.c, `get_object_address_relobject`)."""
    if if_exists:
        return
    preposition = "relation" if noun == "rule" else "table"
    message = f'{noun} "{name}" for {preposition} "{table.name.name}" does not exist'
    context.builder.refuse(message, "42704", "objectaddress.c")
