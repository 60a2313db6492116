"""A partition is created in place, under a lock that blocks reads and writes of the whole partitioned table.

What happens
    `CREATE TABLE … PARTITION OF` takes ACCESS EXCLUSIVE on the partitioned table, and on its default partition, which
    is read in full to see that none of its rows belong to the new one. `ATTACH PARTITION` is content with SHARE UPDATE
    EXCLUSIVE on the partitioned table.

Why it hurts
    The lock is held for an instant only, but it has to wait for every running query on any partition, and everybody
    who comes after waits behind it.

Safer form
    Create the table by itself, then attach it: reads and writes of the partitioned table go on.

        CREATE TABLE events_2025 (LIKE events INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES);
        ALTER TABLE events ATTACH PARTITION events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');

    Alembic: `op.execute` for both. Django: `RunSQL`. A default partition is locked by ATTACH as well.

When it is fine
    With a short lock_timeout and a retry, or where no query is long. On a partitioned table of the same migration.

Versions
    All supported versions. Up to PostgreSQL 11, ATTACH took ACCESS EXCLUSIVE as well.

Evidence
    Manual, CREATE TABLE, "PARTITION OF"; `DefineRelation` in tablecmds.c. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import LikeClause
from migsafe.model.effects import Work
from migsafe.model.findings import Remedy, Severity, Step
from migsafe.model.locks import LockMode
from migsafe.model.names import Name
from migsafe.model.operations import AttachPartition, CreateTable
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.lock_limits import is_limited
from migsafe.rules.steps import alone, by_hand
from migsafe.rules.wording import listed, work_in_words

_TAKES_OVER = ("defaults", "constraints", "generated", "indexes", "storage")


@statement_rule(RuleInfo(code="MS108", name="blocking-partition-create", since="0.2.0"), CreateTable)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation in situation.clauses(CreateTable):
        parent = situation.schema.resolve(operation.partition_of) if operation.partition_of is not None else None
        if parent is None or not _blocks(parent, situation):
            continue
        work = situation.work_of(number)
        yield Hit(
            severity=_severity(work, situation),
            message=_message(parent, work),
            why="CREATE TABLE … PARTITION OF takes ACCESS EXCLUSIVE on the partitioned table.",
            remedy=_remedy(operation, work, parent, situation),
            clause=number,
            relation=parent,
            explains=work,
        )


def _blocks(parent: Name, situation: StatementSituation) -> bool:
    return situation.effect.lock_on(parent) is LockMode.ACCESS_EXCLUSIVE and not situation.is_new(parent)


def _severity(work: tuple[Work, ...], situation: StatementSituation) -> Severity:
    if work:
        return severity.of_blocking_work(work, situation.statement, situation.target)
    return Severity.INFO if is_limited(situation) else Severity.WARNING


def _message(parent: Name, work: tuple[Work, ...]) -> str:
    if work:
        return f"Reads and writes on {listed((parent, *(w.table for w in work)))} wait during {work_in_words(work)}."
    return f"Reads and writes on {parent} wait while this waits for running queries on any of its partitions."


def _remedy(operation: CreateTable, work: tuple[Work, ...], parent: Name, situation: StatementSituation) -> Remedy:
    advice = "Create the table by itself and attach it, which lets reads and writes go on."
    excluded: list[Step] = [
        by_hand(f"Add a CHECK to {w.table} NOT VALID that excludes the rows of the new bound, and VALIDATE it.")
        for w in work
    ]
    if operation.bound is None or operation.partition_of is None:
        return Remedy(advice, (by_hand("CREATE TABLE … (LIKE …), then ATTACH PARTITION."),))
    like = LikeClause(operation.partition_of, _TAKES_OVER)
    table = CreateTable(
        table=operation.table,
        like=(like,),
        constraints=operation.constraints,
        partition_by=operation.partition_by,
        if_not_exists=operation.if_not_exists,
        tablespace=operation.tablespace,
    )
    attach = AttachPartition(table=operation.partition_of, partition=operation.table, bound=operation.bound)
    keys = situation.schema.relation(parent).foreign_keys
    note = "the foreign keys of the partitioned table hold for the new partition from here on:" if keys else ""
    return Remedy(advice, (*excluded, alone(table), alone(attach, note=note)))
