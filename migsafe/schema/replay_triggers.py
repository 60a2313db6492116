"""Triggers, rules and policies: they belong to a table and have no name of their own outside it."""

from __future__ import annotations

from migsafe.model import operations as ops
from migsafe.model.locks import RelationKind
from migsafe.model.names import Name
from migsafe.schema.editing import edit, learnt, recorded
from migsafe.schema.inheritance import clone_row_triggers
from migsafe.schema.objects import Trigger
from migsafe.schema.registry import replays
from migsafe.schema.schema import Schema


@replays(ops.CreateTrigger)
def create_trigger(schema: Schema, operation: ops.CreateTrigger) -> None:
    table = learnt(schema, operation.table)
    trigger = Trigger(
        name=operation.name,
        events=operation.events,
        timing=operation.timing,
        function=schema.resolve_function(operation.function),
        update_columns=operation.update_columns,
        when_columns=operation.when_columns,
        row=operation.row,
        constraint=operation.constraint,
    )
    others = tuple(t for t in table.triggers if t.name != trigger.name)
    edit(schema, table.name, triggers=(*others, trigger))
    if table.kind is RelationKind.PARTITIONED_TABLE:
        for partition in schema.partitions_of(table.name):
            clone_row_triggers(schema, (trigger,), partition.name)


@replays(ops.DropTrigger)
def drop_trigger(schema: Schema, operation: ops.DropTrigger) -> None:
    table = schema.relation(operation.table)
    if table.name not in schema.relations:
        return
    _remove_trigger(schema, table.name, operation.name)
    for child in schema.descendants_of(table.name):
        if any(t.name == operation.name and t.inherited for t in child.triggers):
            _remove_trigger(schema, child.name, operation.name)


def _remove_trigger(schema: Schema, table: Name, name: str) -> None:
    current = schema.relation(table)
    edit(schema, table, triggers=tuple(t for t in current.triggers if t.name != name))


@replays(ops.RenameTrigger)
def rename_trigger(schema: Schema, operation: ops.RenameTrigger) -> None:
    table = learnt(schema, operation.table)
    for member in (table, *schema.descendants_of(table.name)):
        own = member.name == table.name
        triggers = tuple(
            t.replace(name=operation.new_name) if t.name == operation.name and (own or t.inherited) else t
            for t in member.triggers
        )
        edit(schema, member.name, triggers=triggers)


@replays(ops.CreateRule)
def create_rule(schema: Schema, operation: ops.CreateRule) -> None:
    table = learnt(schema, operation.table)
    if operation.name not in table.rules:
        columns = tuple(dict.fromkeys((*table.rule_columns, *operation.columns)))
        edit(schema, table.name, rules=(*table.rules, operation.name), rule_columns=columns)


@replays(ops.DropRule)
def drop_rule(schema: Schema, operation: ops.DropRule) -> None:
    if operation.if_exists and not recorded(schema, operation.table):
        return
    table = learnt(schema, operation.table)
    rules = tuple(rule for rule in table.rules if rule != operation.name)
    edit(schema, table.name, rules=rules, rule_columns=table.rule_columns if rules else ())


@replays(ops.RenameRule)
def rename_rule(schema: Schema, operation: ops.RenameRule) -> None:
    table = learnt(schema, operation.table)
    rules = (operation.new_name if rule == operation.name else rule for rule in table.rules)
    edit(schema, table.name, rules=tuple(rules))


@replays(ops.CreatePolicy)
def create_policy(schema: Schema, operation: ops.CreatePolicy) -> None:
    table = learnt(schema, operation.table)
    others = tuple(policy for policy in table.policies if policy[0] != operation.name)
    edit(schema, table.name, policies=(*others, (operation.name, operation.columns)))


@replays(ops.AlterPolicy)
def alter_policy(schema: Schema, operation: ops.AlterPolicy) -> None:
    table = learnt(schema, operation.table)
    policies = tuple(_altered_policy(policy, operation) for policy in table.policies)
    edit(schema, table.name, policies=policies)


def _altered_policy(policy: tuple[str, tuple[str, ...]], operation: ops.AlterPolicy) -> tuple[str, tuple[str, ...]]:
    name, columns = policy
    if name != operation.name:
        return policy
    return operation.new_name or name, operation.columns or columns


@replays(ops.DropPolicy)
def drop_policy(schema: Schema, operation: ops.DropPolicy) -> None:
    if operation.if_exists and not recorded(schema, operation.table):
        return
    table = learnt(schema, operation.table)
    edit(schema, table.name, policies=tuple(p for p in table.policies if p[0] != operation.name))
