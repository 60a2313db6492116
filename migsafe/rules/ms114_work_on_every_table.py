"""Every table of a schema or of the database is rebuilt, one after the other.

What happens
    `REINDEX SCHEMA`, `REINDEX DATABASE`, `REINDEX SYSTEM`, and `CLUSTER` or `VACUUM FULL` without a table go from table
    to table, each in a transaction of its own, and lock each as `REINDEX TABLE`, `CLUSTER` and `VACUUM FULL` do.

Why it hurts
    Each table blocks its writers, and with `CLUSTER` and `VACUUM FULL` its readers, for as long as it takes; the
    largest one decides. Nothing in the migration says which tables these are.

Safer form
    Name what needs it, and rebuild that concurrently:

        REINDEX TABLE CONCURRENTLY orders;

    `REINDEX (CONCURRENTLY) SCHEMA app` goes through a schema without blocking anybody. Tables are rewritten in use by
    pg_repack. Alembic: in an `autocommit_block()`. Django: `RunSQL` with `atomic = False`.

When it is fine
    In a maintenance window.

Versions
    All supported versions; `REINDEX SYSTEM` has no concurrent form.

Evidence
    Manual, REINDEX, CLUSTER and VACUUM; `ReindexMultipleTables` in indexcmds.c, `cluster` in cluster.c. For known
    tables the locks are compared with servers 12 to 18, and MS100 names them.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity
from migsafe.model.migration import Certainty
from migsafe.model.operations import Cluster, Operation, Reindex, Vacuum
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.steps import by_hand, outside

_PLACES = {"schema": "table of the schema", "database": "table of the database", "system": "system catalog"}


@statement_rule(RuleInfo(code="MS114", name="work-on-every-table", since="0.2.0"), Reindex, Cluster, Vacuum)
def check(situation: StatementSituation) -> Iterator[Hit]:
    if situation.executed.heavy_work or situation.schema.closed:
        return  # the tables are known, and named by MS100
    unless_guarded = Severity.WARNING if situation.statement.certainty is Certainty.GUARDED else Severity.ERROR
    for number, operation in enumerate(situation.statement.operations):
        who = _waiting(operation)
        if who is not None:
            yield Hit(
                severity=unless_guarded,
                message=f"{who} while it is rebuilt, one table after the other; which tables these are is not known.",
                why="Each table is locked as if it had been named, for as long as its size takes.",
                remedy=_remedy(operation),
                clause=number,
            )


def _waiting(operation: Operation) -> str | None:
    """Who waits, where the operation is about every table there is."""
    if isinstance(operation, Reindex):
        which = _PLACES.get(operation.keyword)
        return f"Reads and writes on each {which} wait" if which and not operation.concurrently else None
    if isinstance(operation, Vacuum):
        return "Reads and writes on each table wait" if operation.full and operation.table is None else None
    if isinstance(operation, Cluster):
        return "Reads and writes on each table that was clustered before wait" if operation.table is None else None
    return None


def _remedy(operation: Operation) -> Remedy:
    if isinstance(operation, Reindex) and operation.keyword == "system":
        return Remedy("Do it in a maintenance window.", (by_hand("REINDEX SYSTEM has no concurrent form."),))
    if isinstance(operation, Reindex):
        return Remedy("Rebuild them concurrently.", (outside(operation.replace(concurrently=True)),))
    return Remedy("Name the tables that need it.", (by_hand("Table by table, while they are in use: pg_repack."),))
