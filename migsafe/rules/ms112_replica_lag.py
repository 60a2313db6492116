"""A statement writes so much at once that replicas fall behind.

What happens
    A rewrite, an index build and a change of many rows write all that they make to the write-ahead log, in one go.
    Replicas replay it in order, with one process. An ACCESS EXCLUSIVE lock is replayed as well: queries on the replica
    that use the table wait, or are cancelled when `max_standby_streaming_delay` is over.

Why it hurts
    Reads from replicas return old rows for as long as they lag, a failover loses more, and a replication slot keeps the
    log on the primary until its disk is full.

Safer form
    In parts, each committed, with a look at the lag in between:

        SELECT application_name, replay_lag FROM pg_stat_replication;

    Alembic and Django: batches in a script of their own, outside of the deploy. Index builds and rewrites cannot be
    divided: do them when the replicas have caught up and traffic is low.

When it is fine
    When the amount is small against what the replicas replay in a minute. Reported from a gigabyte on, and only when
    the statistics show replicas.

Versions
    All supported versions. With `wal_level = minimal` some of it is not written, but then there are no replicas.

Evidence
    Manual, "Log-Shipping Standby Servers" and "Handling Query Conflicts". The amount is an estimate from sizes.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.effects import Work, WorkKind
from migsafe.model.findings import Remedy, Severity, Slot
from migsafe.model.statistics import TableStatistics
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.steps import by_hand
from migsafe.rules.wording import work_in_words

LEAST = 1 << 30
"""Bytes of log: about what a replica replays in some ten seconds."""
_WRITES = (WorkKind.REWRITE, WorkKind.INDEX_BUILD, WorkKind.DATA)
_REMEDY = Remedy(
    "Let the replicas keep up.",
    (
        by_hand(
            "Changes of rows in batches, each committed, with a look at pg_stat_replication.replay_lag in between."
        ),
        by_hand(
            "A rewrite or an index build at a time of low traffic, when the replicas have caught up.", Slot.BACKGROUND
        ),
    ),
)


@statement_rule(RuleInfo(code="MS112", name="replica-lag", since="0.2.0"))
def check(situation: StatementSituation) -> Iterator[Hit]:
    replicas = situation.target.statistics.server.replicas
    if not replicas:
        return
    work = [w for w in situation.executed.heavy_work if w.kind in _WRITES]
    amounts = [_bytes(w, situation) for w in work]
    written = sum(amount for amount in amounts if amount is not None)
    if written < LEAST:
        return
    several = "s" if len(replicas) > 1 else ""
    yield Hit(
        severity=Severity.INFO,
        message=f"{_amount(written)} of log reach {len(replicas)} replica{several} at once with {work_in_words(work)}.",
        why="Replicas replay the log in order, so all later changes wait behind this one.",
        remedy=_REMEDY,
        clause=work[0].clause,
        relation=work[0].table,
    )


def _bytes(work: Work, situation: StatementSituation) -> float | None:
    """What the work writes to the log, from today's sizes; None when they are unknown."""
    table = situation.target.statistics.table(work.table)
    if table is None:
        return None
    if work.kind is WorkKind.INDEX_BUILD:
        known = table.index(work.relation)
        return known.bytes if known is not None else _index_guess(table)
    heap = table.heap_bytes
    if heap is None or work.kind is WorkKind.REWRITE:
        return heap
    return heap * 2.0 if work.change == "update" else float(heap)


def _index_guess(table: TableStatistics) -> float | None:
    """A new index on a number: 20 bytes for each row and a third of free space."""
    return table.rows * 26.0 if table.rows is not None else None


def _amount(size: float) -> str:
    return f"About {size / (1 << 30):.0f} GB"
