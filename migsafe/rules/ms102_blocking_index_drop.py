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
from migsafe.model.operations import DropIndex
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.lock_limits import is_limited
from migsafe.rules.steps import by_hand, outside

_ON_PARTITIONS = Remedy(
    "Set a lock_timeout and try again: the index of a partitioned table cannot be dropped concurrently.",
    (by_hand("Drop it under a short lock_timeout, and try again when that strikes: there is no concurrent form."),),
)


@statement_rule(RuleInfo(code="MS102", name="blocking-index-drop", since="0.1.0"), DropIndex)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation in enumerate(situation.statement.operations):
        if not isinstance(operation, DropIndex) or operation.concurrently:
            continue
        name = situation.schema.resolve(operation.index)
        index = situation.schema.index(name)
        if situation.effect.lock_on(name) is not LockMode.ACCESS_EXCLUSIVE or situation.is_new(name):
            continue
        table = index.table if index is not None else None
        where = f"on {table}" if table is not None else "on the index's table"
        yield Hit(
            severity=Severity.INFO if is_limited(situation) else Severity.WARNING,
            message=f"Reads and writes {where} wait while this drop waits for the queries that run there.",
            why="DROP INDEX takes ACCESS EXCLUSIVE on the index and on its table; the drop itself is instant.",
            remedy=_ON_PARTITIONS if index is not None and index.partitioned else _remedy(operation),
            clause=number,
            relation=table or name,
        )


def _remedy(operation: DropIndex) -> Remedy:
    drop = operation.replace(concurrently=True, cascade=False)
    return Remedy("Drop the index concurrently, outside a transaction.", (outside(drop),))
