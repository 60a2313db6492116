"""A partition is taken away under a lock that blocks reads and writes of the whole partitioned table.

What happens
    `DETACH PARTITION`, and `DROP TABLE` of a partition, take ACCESS EXCLUSIVE on the partitioned table, on the
    partition, and on the default partition.

Why it hurts
    The lock has to wait for every running query on any partition, and everybody who comes after waits behind it. Where
    another table references the partitioned one, DETACH also reads both to see that no reference is lost.

Safer form
    From PostgreSQL 14 on, outside any transaction block:

        ALTER TABLE events DETACH PARTITION events_2020 CONCURRENTLY;
        DROP TABLE events_2020;

    Alembic: `op.execute` in an `autocommit_block()`. Django: `RunSQL` with `atomic = False`.

When it is fine
    With a short lock_timeout and a retry. While there is a default partition, there is no other way: CONCURRENTLY is
    refused then.

Versions
    CONCURRENTLY from PostgreSQL 14. In 12 and 13 the partition itself is locked less strongly.

Evidence
    Manual, ALTER TABLE, "DETACH PARTITION"; `ATExecDetachPartition` in tablecmds.c. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity
from migsafe.model.locks import LockMode
from migsafe.model.names import Name
from migsafe.model.operations import DetachPartition, DropTable
from migsafe.model.record import Record
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.lock_limits import is_limited
from migsafe.rules.steps import alone, by_hand, outside
from migsafe.rules.wording import listed, work_in_words

_CONCURRENTLY_SINCE = 14
_ADVICE = "Detach the partition concurrently, outside a transaction."
_BY_LIMIT = Remedy(
    "Set a lock_timeout and try again.",
    (by_hand("Do it under a short lock_timeout, and try again when that strikes: there is no concurrent form here."),),
)


class _Taken(Record):
    """A partition that a statement takes away; `drop` when it goes for good."""

    clause: int
    parent: Name
    partition: Name
    drop: DropTable | None = None


@statement_rule(RuleInfo(code="MS109", name="blocking-partition-detach", since="0.2.0"), DetachPartition, DropTable)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for taken in (*_detached(situation), *_dropped(situation)):
        if situation.effect.lock_on(taken.parent) is LockMode.ACCESS_EXCLUSIVE and not situation.is_new(taken.parent):
            yield _hit(taken, situation)


def _detached(situation: StatementSituation) -> Iterator[_Taken]:
    for number, operation in situation.clauses(DetachPartition):
        if not operation.concurrently and not operation.finalize:
            yield _Taken(number, situation.schema.resolve(operation.table), operation.partition)


def _dropped(situation: StatementSituation) -> Iterator[_Taken]:
    gone = {situation.schema.resolve(drop.table) for _, drop in situation.clauses(DropTable)}
    for number, drop in situation.clauses(DropTable):
        parent = situation.schema.relation(drop.table).partition_of
        if parent is not None and parent not in gone:
            yield _Taken(number, parent, drop.table, drop)


def _hit(taken: _Taken, situation: StatementSituation) -> Hit:
    work = situation.work_of(taken.clause)
    tables = listed((taken.parent, *(w.table for w in work)))
    idle = "while this waits for running queries on any partition"
    waits = f"during {work_in_words(work)}" if work else idle
    limited = Severity.INFO if is_limited(situation) else Severity.WARNING
    return Hit(
        severity=severity.of_blocking_work(work, situation.statement, situation.target) if work else limited,
        message=f"Reads and writes on {tables} wait {waits}.",
        why="Taking a partition away takes ACCESS EXCLUSIVE on the partitioned table.",
        remedy=_remedy(taken, situation),
        clause=taken.clause,
        relation=taken.parent,
        explains=work,
    )


def _remedy(taken: _Taken, situation: StatementSituation) -> Remedy:
    schema, parent = situation.schema, taken.parent
    has_default = any(p.bound is not None and p.bound.default for p in schema.partitions_of(parent))
    if has_default or situation.target.version < _CONCURRENTLY_SINCE:
        return _BY_LIMIT
    reached = taken.partition.schema is None and schema.resolve(Name(None, parent.name)) == parent
    table = Name(None, parent.name) if reached else parent
    steps = [outside(DetachPartition(table=table, partition=taken.partition, concurrently=True))]
    if taken.drop is not None:
        steps.append(alone(taken.drop))
    return Remedy(_ADVICE, tuple(steps))
