"""ALTER TABLE actions on the relation as a whole: owner, storage, triggers, rules, replica identity."""

from __future__ import annotations

from migsafe.effects.postgresql.alteration import STORED, Alteration, action_of
from migsafe.effects.postgresql.dispatch import Context, effect_of
from migsafe.effects.postgresql.existence import refuse_unknown_method
from migsafe.effects.postgresql.storage_options import unknown_option
from migsafe.model import operations as ops
from migsafe.model.definitions import ForeignKey, Persistence
from migsafe.model.effects import SettledBy
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.schema.objects import Index, Relation

_WRONG_KIND = "42809"  # wrong_object_type
_MISMATCH = "42804"  # datatype_mismatch
_UNDEFINED = "42704"  # undefined_object
_SELF = frozenset({"current_user", "current_role", "session_user", "postgres"})


@action_of(ops.OwnerTo)
def change_owner(action: ops.OwnerTo, alteration: Alteration) -> None:
    """Indexes and owned sequences follow, unless the owner stays the same."""
    if action.owner.lower() in _SELF:
        return
    builder, source = alteration.builder, "tablecmds.c, ATExecChangeOwner"
    builder.assume(f"the role {action.owner} exists", SettledBy.DATABASE)
    relation = alteration.relation()
    if relation.owned_by is not None:
        builder.refuse(f'cannot change owner of sequence "{relation.name.name}"', "0A000", source)
    reason = "Indexes and owned sequences get the new owner as well."
    for index in alteration.schema.indexes_of(relation.name):
        builder.lock(index.name, LockMode.ACCESS_EXCLUSIVE, reason, source)
    for sequence in alteration.schema.sequences_owned_by(relation.name):
        builder.lock(sequence.name, LockMode.ACCESS_EXCLUSIVE, reason, source)


@action_of(ops.SetTablespace)
def set_tablespace(action: ops.SetTablespace, alteration: Alteration) -> None:
    """The file is copied block by block; indexes stay where they are. A partitioned relation has no file."""
    reason = f"The file is copied to the tablespace {action.tablespace}."
    if action.tablespace != "pg_default":
        alteration.builder.assume(f"the tablespace {action.tablespace} exists", SettledBy.DATABASE)
    source = "tablecmds.c, ATExecSetTableSpace"
    index = alteration.schema.index(alteration.table)
    if index is not None:
        if not index.partitioned and not _same_space(index.tablespace, action.tablespace):
            alteration.builder.build(index.name, index.table, reason, source)
        return
    relation = alteration.relation()
    if relation.kind in STORED and not _same_space(relation.tablespace, action.tablespace):
        entry = alteration.altered(relation.name)
        entry.moved = alteration.cause(reason, source)


def _same_space(old: str | None, new: str) -> bool:
    return (old or "pg_default") == new


@action_of(ops.SetPersistence)
def set_persistence(action: ops.SetPersistence, alteration: Alteration) -> None:
    relation, wanted = alteration.relation(), action.persistence
    if relation.kind is RelationKind.PARTITIONED_TABLE:
        return  # accepted until 18, and without any effect
    source = "tablecmds.c, ATPrepChangePersistence"
    if relation.persistence is Persistence.TEMPORARY:
        message = f'cannot change logged status of table "{relation.name.name}" because it is temporary'
        alteration.builder.refuse(message, "42P16", source)
    if relation.known and relation.persistence is wanted:
        return
    _refuse_mixed_persistence(relation, wanted, alteration)
    word = "logged" if wanted is Persistence.PERMANENT else "unlogged"
    alteration.rewrite(relation, f"All rows are copied into {'a' if word == 'logged' else 'an'} {word} file.", source)
    if alteration.version >= 15:
        for sequence in alteration.schema.sequences_owned_by(relation.name):
            reason = f"The owned sequence becomes {word} as well."
            alteration.builder.lock(sequence.name, LockMode.ACCESS_EXCLUSIVE, reason, source)


def _refuse_mixed_persistence(relation: Relation, wanted: Persistence, alteration: Alteration) -> None:
    """A logged table may not reference an unlogged one."""
    name, source = relation.name.name, "tablecmds.c, ATPrepChangePersistence"
    if wanted is Persistence.PERMANENT:
        keys = (c.definition for c in relation.foreign_keys)
        others = (alteration.relation(key.referenced) for key in keys if isinstance(key, ForeignKey))
        message = 'could not change table "{}" to logged because it references unlogged table "{}"'
    else:
        if alteration.schema.publications_of(relation.name):
            message = f'cannot change table "{name}" to unlogged because it is part of a publication'
            alteration.builder.refuse(message, "55000", source)
        others = (other for other, _ in alteration.schema.referencing(relation.name))
        message = 'could not change table "{}" to unlogged because it references logged table "{}"'
    for other in others:
        if other.name != relation.name and other.known and other.persistence is not wanted:
            alteration.builder.refuse(message.format(name, other.name.name), "42P16", source)


@action_of(ops.SetAccessMethod)
def set_access_method(action: ops.SetAccessMethod, alteration: Alteration) -> None:
    relation, builder = alteration.relation(), alteration.builder
    source = "tablecmds.c, ATPrepSetAccessMethod"
    if relation.kind is RelationKind.PARTITIONED_TABLE:
        if alteration.version < 17:
            builder.refuse("cannot change access method of a partitioned table", _WRONG_KIND, source)
        return
    refuse_unknown_method(action.method or "heap", alteration.context)
    if (action.method or "heap") == (relation.access_method or "heap"):
        return
    alteration.rewrite(relation, f"All rows are copied into the access method {action.method}.", source)


@action_of(ops.ClusterOn)
def cluster_on(action: ops.ClusterOn, alteration: Alteration) -> None:
    relation, builder = alteration.relation(), alteration.builder
    source = "tablecmds.c, ATExecClusterOn"
    if action.index is not None:
        index = index_of_table(action.index, relation, alteration)
        if index is not None:
            builder.lock(index.name, alteration.mode, "The index is looked at to see that it can be used.", source)
    if relation.kind is RelationKind.PARTITIONED_TABLE:
        builder.refuse("cannot mark index clustered in partitioned table", "0A000", "cluster.c, mark_index_clustered")


def index_of_table(name: str, relation: Relation, alteration: Alteration) -> Index | None:
    """The named index of the table, or None when nothing is known of it. Refuses an absent one."""
    full = Name(relation.name.schema, name)
    index = alteration.schema.index(full)
    if index is None or index.table != relation.name:
        if alteration.schema.exists(full) is False or index is not None:
            builder, table = alteration.builder, relation.name.name
            if index is not None:
                builder.refuse(f'"{name}" is not an index for table "{table}"', _WRONG_KIND, "cluster.c")
            builder.refuse(f'index "{name}" for table "{table}" does not exist', _UNDEFINED, "tablecmds.c")
        alteration.builder.assume(f"{full} is an index of {relation.name}")
        return None
    return index


@action_of(ops.SetRelationOptions)
def set_options(action: ops.SetRelationOptions, alteration: Alteration) -> None:
    """Storage parameters never touch the rows that are there."""
    builder, source = alteration.builder, "tablecmds.c, ATExecSetRelOptions"
    unknown = unknown_option(action.options, alteration.version)
    if unknown is not None and not action.reset:
        builder.refuse(f'unrecognized parameter "{unknown}"', "22023", "reloptions.c, parseRelOptions")
    index = alteration.schema.index(alteration.table)
    if index is not None and index.partitioned:
        message = f'"{index.name.name}" is not a table, view, materialized view, or index'
        if alteration.version >= 15:
            message = f'ALTER action SET cannot be performed on relation "{index.name.name}"'
        builder.refuse(message, _WRONG_KIND, "tablecmds.c, ATSimplePermissions")
    partitioned = alteration.relation().kind is RelationKind.PARTITIONED_TABLE
    if partitioned and not action.reset:
        message = (
            "cannot specify storage parameters for a partitioned table"
            if alteration.version >= 16
            else f'unrecognized parameter "{action.options[0]}"'
        )
        builder.refuse(message, _WRONG_KIND if alteration.version >= 16 else "22023", source)


@action_of(ops.SetReplicaIdentity)
def set_replica_identity(action: ops.SetReplicaIdentity, alteration: Alteration) -> None:
    if action.index is None:
        return
    relation, builder = alteration.relation(), alteration.builder
    source = "tablecmds.c, ATExecReplicaIdentity"
    index = index_of_table(action.index, relation, alteration)
    if index is None:
        return
    builder.lock(index.name, LockMode.SHARE, "The index is looked at to see that it can identify rows.", source)
    start = f'cannot use {{}} index "{action.index}" as replica identity'
    if not index.unique:
        builder.refuse(start.format("non-unique"), _WRONG_KIND, source)
    if any(element.expression is not None for element in index.elements):
        builder.refuse(start.format("expression"), "0A000", source)
    if index.predicate is not None:
        builder.refuse(start.format("partial"), "0A000", source)
    for element in index.elements:
        column = relation.column(element.column or "")
        if column is not None and not column.not_null:
            message = (
                f'index "{action.index}" cannot be used as replica identity because column "{column.name}" is nullable'
            )
            builder.refuse(message, _WRONG_KIND, source)


@action_of(ops.SwitchTrigger)
def switch_trigger(action: ops.SwitchTrigger, alteration: Alteration) -> None:
    relation = alteration.relation()
    named = tuple(t for t in relation.triggers if action.name in {None, t.name})
    if action.name is not None and not named and relation.known and relation.complete:
        message = f'trigger "{action.name}" for table "{relation.name.name}" does not exist'
        alteration.builder.refuse(message, _UNDEFINED, "trigger.c, EnableDisableTrigger")
    partitioned = relation.kind is RelationKind.PARTITIONED_TABLE
    if partitioned and any(trigger.row for trigger in named):
        alteration.targets(action)


@action_of(ops.SwitchRule)
def switch_rule(action: ops.SwitchRule, alteration: Alteration) -> None:
    relation = alteration.relation()
    if action.name not in relation.rules and relation.known and relation.complete:
        message = f'rule "{action.name}" for relation "{relation.name.name}" does not exist'
        alteration.builder.refuse(message, _UNDEFINED, "rewriteDefine.c, EnableDisableRule")


@action_of(ops.SetRowSecurity)
def switch_row_security(_action: ops.SetRowSecurity, _alteration: Alteration) -> None:
    """The lock on the table is all."""


@action_of(ops.SetOfType)
def set_of_type(action: ops.SetOfType, alteration: Alteration) -> None:
    """The table must have the attributes of the type, in their order."""
    kind = None if action.type is None else alteration.schema.type_of(action.type)
    relation = alteration.relation()
    if kind is None or not kind.attributes or not (relation.known and relation.complete):
        return
    source = "tablecmds.c, ATExecAddOf"
    wanted = tuple(name for name, _ in kind.attributes)
    names = tuple(column.name for column in relation.columns)
    for one, other in zip(wanted, names, strict=False):
        if one != other:
            alteration.builder.refuse(f'table has column "{other}" where type requires "{one}"', _MISMATCH, source)
    if len(names) < len(wanted):
        alteration.builder.refuse(f'table is missing column "{wanted[len(names)]}"', _MISMATCH, source)
    if len(names) > len(wanted):
        alteration.builder.refuse(f'table has extra column "{names[len(wanted)]}"', _MISMATCH, source)


@effect_of(ops.MoveAllInTablespace)
def move_all_in_tablespace(operation: ops.MoveAllInTablespace, context: Context) -> None:
    """Every relation of the kind in the tablespace is locked and then copied, one after the other."""
    source = "tablecmds.c, AlterTableMoveAll"
    reason = f"The file is copied to the tablespace {operation.new_tablespace}."
    if operation.owners:
        what = f"no other relation belongs to {', '.join(operation.owners)}"
        context.builder.assume(what, SettledBy.DATABASE)
    if operation.keyword == "index":
        for index in context.schema.indexes.values():
            owner = context.schema.relation(index.table).owner
            elsewhere = not _same_space(index.tablespace, operation.tablespace)
            if elsewhere or (operation.owners and owner not in operation.owners):
                continue
            context.builder.lock(index.name, LockMode.ACCESS_EXCLUSIVE, reason, source)
            if not index.partitioned:
                context.builder.build(index.name, index.table, reason, source)
        return
    tables = {RelationKind.TABLE, RelationKind.PARTITIONED_TABLE}
    moved = tables if operation.keyword == "table" else {RelationKind.MATERIALIZED_VIEW}
    for relation in context.schema.relations.values():
        if relation.kind not in moved or not _same_space(relation.tablespace, operation.tablespace):
            continue
        if operation.owners and relation.owner not in operation.owners:
            continue
        context.builder.lock(relation.name, LockMode.ACCESS_EXCLUSIVE, reason, source)
        if relation.kind in STORED:
            context.builder.rewrite(relation.name, reason, source)
