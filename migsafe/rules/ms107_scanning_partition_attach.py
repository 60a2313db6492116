"""A partition is attached, and the table or the default partition is read while nobody can use it.

What happens
    `ATTACH PARTITION` reads every row of the new partition to see that it lies within the bound, unless a valid
    CHECK proves it, and builds every index that the partitioned table has and the partition lacks. Where there is a
    default partition, it is read as well, because rows that it holds may belong to the new one. All of that is done
    under ACCESS EXCLUSIVE on the table that is read. The partitioned table itself is used on meanwhile.

Why it hurts
    Reads and writes of the new partition wait for the read and the builds. A default partition is worse: every query
    of the partitioned table that reaches it waits.

Safer form
    Prove the bound before, have the indexes ready, and ATTACH is instant:

        ALTER TABLE events_2025 ADD CONSTRAINT events_2025_bound
            CHECK (at IS NOT NULL AND at >= '2025-01-01' AND at < '2026-01-01') NOT VALID;
        ALTER TABLE events_2025 VALIDATE CONSTRAINT events_2025_bound;
        CREATE INDEX CONCURRENTLY events_2025_at_idx ON events_2025 (at);
        ALTER TABLE events ATTACH PARTITION events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
        ALTER TABLE events_2025 DROP CONSTRAINT events_2025_bound;

    For a default partition a CHECK that excludes the new bound does the same. Alembic and Django: the statements with
    `op.execute` and `RunSQL`, VALIDATE and the index build in migrations of their own.

When it is fine
    When the new partition is empty or small. Without `IS NOT NULL` in the CHECK the table is read, unless the column is
    NOT NULL. A hash bound cannot be proved.

Versions
    All supported versions.

Evidence
    Manual, ALTER TABLE, "ATTACH PARTITION"; `QueuePartitionConstraintValidation` in tablecmds.c. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.effects.postgresql.partition_proof import bound_is_proved
from migsafe.model.effects import Work, WorkKind
from migsafe.model.findings import Remedy, Step
from migsafe.model.operations import AttachPartition
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.partition_steps import prepared_attach
from migsafe.rules.steps import by_hand
from migsafe.rules.wording import listed, work_in_words

_ADVICE = "Prove the bound before, and have the indexes ready: ATTACH is instant then."


@statement_rule(RuleInfo(code="MS107", name="scanning-partition-attach", since="0.2.0"), AttachPartition)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation, work in situation.working(AttachPartition):
        tables = listed(w.table for w in work)
        yield Hit(
            severity=severity.of_blocking_work(work, situation.statement, situation.target),
            message=f"Reads and writes on {tables} wait during {work_in_words(work)}.",
            why=work[0].reason,
            remedy=_remedy(operation, work, situation),
            clause=number,
            relation=work[0].table,
            explains=work,
        )


def _remedy(operation: AttachPartition, work: tuple[Work, ...], situation: StatementSituation) -> Remedy:
    schema, own = situation.schema, situation.schema.resolve(operation.partition)
    others = [w.table for w in work if w.table != own and w.kind is WorkKind.SCAN]
    key = schema.relation(operation.table).partition_by
    unproved = key is None or not bound_is_proved(schema.relation(own), key, operation.bound)
    steps: list[Step] = [
        by_hand(f"Add a CHECK to {other} NOT VALID that excludes the rows of the new bound, and VALIDATE it.")
        for other in others
    ]
    if others:
        steps.append(by_hand(f"Then attach {operation.partition}, and drop the CHECK."))
        return Remedy(_ADVICE, tuple(steps))
    steps += prepared_attach(operation, schema, situation.target.version, bound_unproved=unproved)
    return Remedy(_ADVICE, tuple(steps))
