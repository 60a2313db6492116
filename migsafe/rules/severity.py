"""How bad it is: a function of what is blocked, by which work, and of what is certain."""

from __future__ import annotations

from collections.abc import Iterable

from migsafe.model.duration import NO_TIME, total
from migsafe.model.effects import Work, WorkKind
from migsafe.model.expressions import Expression
from migsafe.model.findings import Severity
from migsafe.model.migration import Certainty, Statement
from migsafe.rules.target import Target


def of_blocking_work(work: Iterable[Work], statement: Statement, target: Target) -> Severity:
    """For reads or writes that wait while `work` is done.

    With known sizes the expected time, at the size that the tables will grow to, is held against the budget. Unknown
    counts as large: one plain read of a large table is a matter of seconds to minutes, so it is a warning until the
    size is known, except on a table that is called busy; a rewrite, an index build or changed rows take many times
    that.
    """
    parts = tuple(work)
    certain = Severity.WARNING if statement.certainty is Certainty.GUARDED else Severity.ERROR
    known = total(w.grown for w in parts if w.grown is not None) or NO_TIME
    if known.expected > target.max_blocking:
        return certain
    unknown = [w for w in parts if w.grown is None]
    if not unknown:
        return Severity.INFO
    busy = any(target.statistics.is_busy(w.table) for w in unknown)
    return Severity.WARNING if all(w.kind is WorkKind.SCAN for w in unknown) and not busy else certain


def of_loss(statement: Statement) -> Severity:
    """For what is certainly lost or certainly breaks when the statement runs."""
    return Severity.WARNING if statement.certainty is Certainty.GUARDED else Severity.ERROR


def narrows(where: Expression | None) -> bool:
    """Whether a condition can leave rows out: one that looks at none, `WHERE true` or `WHERE 1 = 1`, does not."""
    return where is not None and bool(where.columns or where.calls or where.reads or where.special)
