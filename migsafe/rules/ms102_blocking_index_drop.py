"""An index is dropped under a lock that blocks reads and writes of its table.

What happens
    `DROP INDEX` takes ACCESS EXCLUSIVE on the index and on the table behind it, and keeps both until the transaction
    ends. The drop itself is instant, but the statement has to wait for every running query on the table, and
    everybody who comes after waits behind it.

Why it hurts
    One long report on the table is enough: the drop waits for the report, and all traffic waits for the drop.

Safer form
    SQL, outside any transaction block:

        DROP INDEX CONCURRENTLY orders_user_id_idx;

    Alembic:

        with op.get_context().autocommit_block():
            op.drop_index("orders_user_id_idx", postgresql_concurrently=True)

    Django (`atomic = False` on the migration): `RemoveIndexConcurrently("order", "orders_user_id_idx")`.

When it is fine
    On a quiet table, or with a short lock_timeout and a retry. The index of a constraint and an index of a
    partitioned table cannot be dropped concurrently at all.

Versions
    All supported versions of PostgreSQL.

Evidence
    Manual, DROP INDEX, "CONCURRENTLY"; `RangeVarCallbackForDropRelation` in tablecmds.c. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity
from migsafe.model.locks import LockMode
from migsafe.model.names import Name
from migsafe.model.operations import DropIndex
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.elsewhere import is_dropped_here
from migsafe.rules.lock_limits import is_limited
from migsafe.rules.steps import by_hand, outside
from migsafe.rules.wording import listed
from migsafe.schema.schema import Schema

_ON_PARTITIONS = Remedy(
    "Set a lock_timeout and try again: the index of a partitioned table cannot be dropped concurrently.",
    (by_hand("Drop it under a short lock_timeout, and try again when that strikes: there is no concurrent form."),),
)


@statement_rule(RuleInfo(code="MS102", name="blocking-index-drop", since="0.1.0"), DropIndex)
def check(situation: StatementSituation) -> Iterator[Hit]:
    """One finding for a statement, however many indexes it drops."""
    blocking = [(number, drop) for number, drop in situation.clauses(DropIndex) if _blocks(drop, situation)]
    if not blocking:
        return
    drops = [drop for _, drop in blocking]
    tables = [_table(drop, situation.schema) for drop in drops]
    known = [table for table in tables if table is not None]
    yield Hit(
        severity=Severity.INFO if is_limited(situation) else Severity.WARNING,
        message=f"Reads and writes on {listed(known) or 'the table'} wait while this drop waits for running queries.",
        why="DROP INDEX takes ACCESS EXCLUSIVE on the index and on its table; the drop itself is instant.",
        remedy=_remedy(drops, situation.schema),
        clause=blocking[0][0],
        relation=tables[0] or situation.schema.resolve(drops[0].index),
    )


def _blocks(drop: DropIndex, situation: StatementSituation) -> bool:
    if drop.concurrently:
        return False
    name = situation.schema.resolve(drop.index)
    table = _table(drop, situation.schema)
    if table is not None and is_dropped_here(situation, table):  # needs the same lock anyway
        return False
    return situation.effect.lock_on(name) is LockMode.ACCESS_EXCLUSIVE and not situation.is_new(name)


def _table(drop: DropIndex, schema: Schema) -> Name | None:
    index = schema.index(drop.index)
    return index.table if index is not None else None


def _remedy(drops: list[DropIndex], schema: Schema) -> Remedy:
    indexes = (schema.index(drop.index) for drop in drops)
    if any(index is not None and index.partitioned for index in indexes):
        return _ON_PARTITIONS
    steps = tuple(outside(drop.replace(concurrently=True, cascade=False)) for drop in drops)
    return Remedy("Drop the index concurrently, outside a transaction.", steps)
