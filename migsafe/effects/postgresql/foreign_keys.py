"""Foreign keys: the locks on the other table, and the check of the rows.

A foreign key is triggers on both tables, so making one asks for SHARE ROW EXCLUSIVE (trigger.c,
`CreateTriggerFiringOn`) and dropping one for ACCESS EXCLUSIVE (`RemoveTriggerById`) on the other side as well; on a
partitioned table every partition has triggers of its own.
"""

from __future__ import annotations

from migsafe.effects.postgresql.alteration import Alteration, PendingForeignKey, descendants, leaves
from migsafe.effects.postgresql.builder import Builder
from migsafe.effects.postgresql.column_dependents import referenced_columns
from migsafe.effects.postgresql.column_types import base_type, catalog_name
from migsafe.effects.postgresql.dispatch import Context
from migsafe.effects.postgresql.facts import CastContext, default_operator_class, find_cast, type_facts
from migsafe.model.definitions import ForeignKey
from migsafe.model.expressions import TypeName
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.schema.objects import Relation, TableConstraint
from migsafe.schema.schema import Schema


def lock_whole(schema: Schema, table: Name, mode: LockMode, reason: str, builder: Builder, *, source: str) -> None:
    """Lock a table and, if it is partitioned, all its partitions."""
    builder.lock(table, mode, reason, source)
    if schema.relation(table).kind is not RelationKind.PARTITIONED_TABLE:
        return
    for partition in descendants(schema, table):
        builder.lock(partition.name, mode, reason, source)


def like_key(partition: Relation, wanted: ForeignKey, alteration: Alteration) -> TableConstraint | None:
    """The partition's own key that says the same, which the key of its parent takes over (tablecmds.c,
    `tryAttachPartitionForeignKey`). From 18 one that is not validated yet will do as well."""
    wanted = _bare(wanted, alteration)
    candidates = (own for own in partition.foreign_keys if own.valid or alteration.version >= 18)
    for own in candidates:
        if isinstance(own.definition, ForeignKey) and _bare(own.definition, alteration) == wanted:
            return own
    return None


def _bare(key: ForeignKey, alteration: Alteration) -> ForeignKey:
    """The key without its name, its other side written out."""
    return key.replace(
        name=None,
        not_valid=False,
        referenced=alteration.schema.resolve(key.referenced),
        referenced_columns=referenced_columns(alteration.schema, key),
    )


def lock_to_create(schema: Schema, referenced: Name, builder: Builder) -> None:
    reason = f"The foreign key puts triggers on {referenced}, which blocks writes there."
    source = "tablecmds.c, ATAddForeignKeyConstraint"
    lock_whole(schema, referenced, LockMode.SHARE_ROW_EXCLUSIVE, reason, builder, source=source)


def lock_to_drop(schema: Schema, referencing: Name, referenced: Name, alteration: Alteration) -> None:
    """Until 15 only the partitions of a referenced partitioned table have triggers, not the table itself."""
    reason = "Dropping a foreign key drops its triggers, which blocks everybody on both tables."
    source = "trigger.c, RemoveTriggerById"
    parent = schema.relation(referenced).kind is RelationKind.PARTITIONED_TABLE
    if not parent or alteration.version >= 15:
        alteration.builder.lock(referenced, LockMode.ACCESS_EXCLUSIVE, reason, source)
    if parent:
        for partition in descendants(schema, referenced):
            alteration.builder.lock(partition.name, LockMode.ACCESS_EXCLUSIVE, reason, source)
    lock_whole(schema, referencing, LockMode.ACCESS_EXCLUSIVE, reason, alteration.builder, source=source)


def refuse_incomparable(key: ForeignKey, old: TypeName | None, new: TypeName | None, context: Context) -> None:
    """Refuse a foreign key between types that have no equality operator in the index's operator family."""
    if old is None or new is None or _comparable(old, new, context):
        return
    message = f'foreign key constraint "{key.name or "?"}" cannot be implemented'
    context.builder.refuse(message, "42804", "tablecmds.c, ATAddForeignKeyConstraint")


def _comparable(referencing: TypeName, referenced: TypeName, context: Context) -> bool:
    one, other = (catalog_name(base_type(kind, context.schema)) for kind in (referencing, referenced))
    if one == other or any(type_facts(name, context.version) is None for name in (one, other)):
        return True
    families = [default_operator_class("btree", name, context.version) for name in (one, other)]
    if families[0] is not None and families[1] is not None and families[0].family == families[1].family:
        return True
    return find_cast(one, other, context.version, CastContext.IMPLICIT) is not None


def check_rows(pending: PendingForeignKey, schema: Schema, builder: Builder, version: int) -> None:
    """Every row of both tables is read by a join (ri_triggers.c, `RI_Initial_Check`).

    The join is planned like any query, so all indexes of both tables are locked in ACCESS SHARE
    (plancat.c, `get_relation_info`).
    """
    cause = pending.cause
    builder.lock(pending.referenced, LockMode.ROW_SHARE, cause.reason, cause.source)
    builder.scan(pending.referencing, cause.reason, cause.source)
    if pending.looks_up:
        what = f"every value of the foreign key of {pending.referencing} has its row in {pending.referenced}"
        builder.assume_rows(pending.referencing, what)
    for leaf in leaves(schema, pending.referenced):
        builder.lock(leaf.name, LockMode.ACCESS_SHARE, cause.reason, cause.source)
        if pending.looks_up:
            builder.scan(leaf.name, cause.reason, cause.source)
    for table in _planned(pending, schema, version):
        for index in schema.indexes_of(table):
            reason = "The query that checks the foreign key is planned, which looks at all indexes."
            builder.lock(index.name, LockMode.ACCESS_SHARE, reason, "plancat.c, get_relation_info")


def _planned(pending: PendingForeignKey, schema: Schema, version: int) -> tuple[Name, ...]:
    """Tables whose indexes the planner opens; up to 15 it leaves out those of a partitioned parent."""
    below = tuple(leaf.name for leaf in leaves(schema, pending.referenced))
    parents = (pending.referenced,) if version >= 16 else ()
    return tuple(dict.fromkeys((pending.referencing, *parents, *below)))
