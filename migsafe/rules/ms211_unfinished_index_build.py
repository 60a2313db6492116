"""A concurrent index build can stop half-way, and the INVALID index that it leaves is not noticed.

What happens
    `CREATE INDEX CONCURRENTLY` and `REINDEX … CONCURRENTLY` wait for every transaction that uses the table, twice, and
    then work for as long as the table is large. A `lock_timeout` ends the first, a `statement_timeout` both. What was
    begun stays behind as an INVALID index: no query uses it, and writes keep it up to date if it came far enough.
    When the migration is run again with IF NOT EXISTS, the server finds the name and does nothing: the index stays
    INVALID for good.

Why it hurts
    The migration is recorded as done, and the queries that the index was for are as slow as before.

Safer form
    Take the limits off for the build; nobody waits behind it. Begin with what an earlier attempt may have left:

        SET lock_timeout = 0;
        SET statement_timeout = 0;
        DROP INDEX CONCURRENTLY IF EXISTS orders_user_id_idx;
        CREATE INDEX CONCURRENTLY orders_user_id_idx ON orders (user_id);

    Alembic: the same in an `autocommit_block()`, with `op.drop_index(…, if_exists=True)`. Django: `RunSQL` before
    `AddIndexConcurrently`, with `atomic = False`.

When it is fine
    When the build takes a fraction of the timeout and nothing else runs long. A lock_timeout of half a minute or more
    is not reported. IF NOT EXISTS alone is told as an info.

Versions
    All supported versions.

Evidence
    Manual, CREATE INDEX, "Building Indexes Concurrently". Both timeouts, and what IF NOT EXISTS does afterwards, are
    shown on a server by a test of this rule.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.duration import total
from migsafe.model.findings import Remedy, Severity, Step
from migsafe.model.names import Name
from migsafe.model.operations import CreateIndex, DropIndex, Operation, Reindex, SetParameter
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.lock_limits import LOCK, STATEMENT, limit_at
from migsafe.rules.steps import alone, outside

_LONG_WAIT = 30.0
"""Seconds of lock_timeout that other transactions on the table seldom last."""
_WITHOUT_LIMITS = "Build without these limits, and take away first what an earlier attempt may have left."
_WITHOUT_CONDITION = "Take away first what an earlier attempt may have left, and build without IF NOT EXISTS."


@statement_rule(RuleInfo(code="MS211", name="unfinished-index-build", since="0.2.0"), CreateIndex, Reindex)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation in enumerate(situation.statement.operations):
        if not isinstance(operation, CreateIndex | Reindex) or not operation.concurrently:
            continue
        if not situation.work_of(number):
            continue
        limits = list(_limits(situation, number))
        hides = isinstance(operation, CreateIndex) and operation.if_not_exists and not _is_dropped(operation, situation)
        if limits or hides:
            yield _hit(number, operation, limits, situation)


def _limits(situation: StatementSituation, number: int) -> Iterator[tuple[str, float]]:
    """The timeouts that may strike, with their seconds."""
    wait = limit_at(situation, LOCK)
    if wait is not True and wait is not False and wait < _LONG_WAIT:
        yield LOCK, wait
    time = limit_at(situation, STATEMENT)
    if time is True or time is False:
        return
    needed = total(w.grown or w.seconds for w in situation.work_of(number))
    if needed is None or needed.high > time:
        yield STATEMENT, time


def _is_dropped(operation: CreateIndex, situation: StatementSituation) -> bool:
    """Whether the file takes away first what an earlier attempt may have left."""
    before = situation.migration.statements[: situation.statement.index]
    drops = (op for statement in before for op in statement.operations if isinstance(op, DropIndex))
    return any(drop.index.name == operation.name for drop in drops)


def _hit(
    number: int, operation: CreateIndex | Reindex, limits: list[tuple[str, float]], situation: StatementSituation
) -> Hit:
    table = situation.work_of(number)[0].table
    told = " or ".join(f"the {name} of {seconds:g} s" for name, seconds in limits)
    stays = "an INVALID index stays behind"
    if isinstance(operation, CreateIndex) and operation.if_not_exists:
        stays += ", which IF NOT EXISTS takes for done when the migration is run again"
    return Hit(
        severity=Severity.WARNING if limits else Severity.INFO,
        message=f"If {told or 'the build'} {'strikes' if limits else 'fails'}, {stays}.",
        why="A concurrent build commits what it has begun, and waits for every transaction that uses the table.",
        remedy=Remedy(
            _WITHOUT_LIMITS if limits else _WITHOUT_CONDITION,
            tuple(_steps(operation, limits, situation)),
        ),
        clause=number,
        relation=table,
    )


def _steps(
    operation: CreateIndex | Reindex, limits: list[tuple[str, float]], situation: StatementSituation
) -> Iterator[Step]:
    for name, _ in limits:
        yield alone(SetParameter(name=name, value="0"))
    build: Operation = operation
    if isinstance(operation, CreateIndex) and operation.name is not None:
        place = operation.table.schema
        index = Name(place, operation.name)
        if not _is_dropped(operation, situation):
            yield outside(DropIndex(index=index, concurrently=True, if_exists=True))
        build = operation.replace(if_not_exists=False)
    yield outside(build)
