"""What a finding means for others, in seconds and queries, worked out from the work that it reports."""

from __future__ import annotations

from collections.abc import Sequence

from migsafe.effects.queue import lock_wait
from migsafe.effects.windows import Executed
from migsafe.model.duration import total
from migsafe.model.effects import Work, WorkKind
from migsafe.model.findings import Impact, LockWait, Remedy
from migsafe.model.locks import Blocked, LockMode
from migsafe.model.names import Name
from migsafe.rules.base import Hit
from migsafe.rules.steps import by_hand
from migsafe.rules.target import Target

FAR_ABOVE = 300.0
"""Expected seconds of a rewrite from which on no budget makes sense: a table of that size is changed online."""


def impact_of(hit: Hit, executed: Executed | None, target: Target) -> Impact | None:
    """None when nobody told any size, or when the hit is not about work that takes time."""
    work = hit.lasts or hit.explains or hit.explains_held
    if not target.knows_sizes or not (work or hit.lock_wait):
        return None
    table = hit.relation or (work[0].table if work else None)
    if table is None:
        return None
    blocks = tuple(b for b in _mode(hit, executed, table).blocks if b is not Blocked.DDL)
    seconds, grown = (total(w.seconds for w in work), total(w.grown for w in work)) if work else (None, None)
    leading = _leading(table, work)
    capacity = executed.capacity if executed is not None and hit.explains else None
    return Impact(
        table=table,
        blocks=blocks,
        seconds=seconds,
        grown=grown,
        growth=target.growth,
        budget=target.max_blocking,
        unknown=tuple(dict.fromkeys(w.table for w in work if w.seconds is None or w.grown is None)),
        rows=_rows(table, target),
        holds_up_to_rows=_holds_up_to(work, leading, target),
        holds_for=leading,
        queries_per_second=_rate(table, blocks, target),
        pool_size=target.pool_size,
        lock_wait=hit.lock_wait or (_lock_wait(executed, target) if blocks else None),
        disk=capacity.disk if capacity is not None else None,
        log=capacity.log if capacity is not None else None,
        lag=capacity.lag if capacity is not None and target.statistics.server.replicas else None,
    )


def _lock_wait(executed: Executed | None, target: Target) -> LockWait | None:
    """The wait before the work begins, where somebody has looked at what runs."""
    ages = target.statistics.server.transactions
    return lock_wait(ages, executed.lock_limit) if executed is not None and ages else None


def _mode(hit: Hit, executed: Executed | None, table: Name) -> LockMode:
    effect = executed.effect if executed is not None else None
    return hit.held or (effect.lock_on(table) if effect is not None else None) or LockMode.ACCESS_SHARE


def _rows(table: Name, target: Target) -> float | None:
    known = target.statistics.table(table)
    return known.rows if known is not None else None


def _rate(table: Name, blocks: Sequence[Blocked], target: Target) -> float | None:
    """Queries per second that the lock makes wait."""
    known = target.statistics.table(table)
    if known is None or not blocks:
        return None
    return known.queries_per_second if Blocked.READ in blocks else known.writes_per_second


def _leading(table: Name, work: Sequence[Work]) -> Name | None:
    """The table whose size decides: the one that is waited for when it is worked on, else that of the longest work."""
    if any(w.table == table for w in work):
        return table
    return max(work, key=lambda w: w.grown.expected if w.grown is not None else 0.0).table if work else None


def _holds_up_to(work: Sequence[Work], leading: Name | None, target: Target) -> float | None:
    """The rows of the leading table at which the expected time reaches the budget.

    A straight line through the times at today's size and at the expected one; sorting grows a little faster than that,
    so the figure is shown as about. None for what is above the budget already, or does not grow.
    """
    today, later = total(w.seconds for w in work), total(w.grown for w in work)
    if leading is None or today is None or later is None or later.expected > target.max_blocking:
        return None
    rows = _rows(leading, target)
    slope = (later.expected - today.expected) / (target.growth - 1) if target.growth > 1 else today.expected
    if not rows or slope <= 0:
        return None
    return rows * (1 + (target.max_blocking - today.expected) / slope)


def remedy_for_size(remedy: Remedy | None, work: Sequence[Work], impact: Impact | None) -> Remedy | None:
    """For a rewrite far above any budget: the remedy, after a word on the tools that change such tables online."""
    far = impact is not None and impact.grown is not None and impact.grown.expected > FAR_ABOVE
    if remedy is None or not far or not any(w.kind is WorkKind.REWRITE for w in work):
        return remedy
    note = by_hand(
        "At this size let a tool for online schema changes do it (pg_repack, pgroll, pg-osc), or by hand: a shadow "
        "table with the new form, kept in step by triggers, filled in batches and swapped in."
    )
    return Remedy(
        f"{remedy.advice} At this size use an online schema change tool or a shadow table.", (*remedy.steps, note)
    )
