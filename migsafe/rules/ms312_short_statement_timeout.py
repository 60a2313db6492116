"""A statement needs longer than the statement_timeout that is set for it.

What happens
    `statement_timeout` ends a statement that runs longer, and the transaction around it is rolled back. The time
    that the statement waits for its locks counts as well.

Why it hurts
    The migration fails after it has blocked the table for the whole timeout, and it will fail again: nothing of the
    work is kept.

Safer form
    Give this statement the time that it needs, or do the work in parts:

        SET LOCAL statement_timeout = '30min';

    Alembic: `op.execute("SET LOCAL statement_timeout = …")` before it. Django: the same with `RunSQL`.

When it is fine
    When the size that the time was worked out from is no longer true.

Versions
    All supported versions.

Evidence
    Manual, 20.11 "Client Connection Defaults", statement_timeout. The time is an estimate from the size of the table:
    without statistics nothing is reported.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.duration import total
from migsafe.model.findings import Remedy, Severity
from migsafe.model.operations import SetParameter
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.lock_limits import STATEMENT, limit_at
from migsafe.rules.steps import alone


@statement_rule(RuleInfo(code="MS312", name="short-statement-timeout", since="0.2.0"))
def check(situation: StatementSituation) -> Iterator[Hit]:
    work = situation.executed.heavy_work
    needed = total(w.grown or w.seconds for w in work) if work else None
    if needed is None or not situation.effect.transactional:
        return
    limit = limit_at(situation, STATEMENT)
    if limit is True or limit is False or needed.expected <= limit:
        return
    today = total(w.seconds for w in work)
    certain = today is not None and today.low > limit
    local = situation.transaction is not None
    longer = SetParameter(name=STATEMENT, value=f"{_rounded(needed.high)}s", local=local)
    yield Hit(
        severity=Severity.ERROR if certain else Severity.WARNING,
        message=f"The statement_timeout of {limit:g} s ends this, which takes about {needed.expected:.0f} s.",
        why="The statement is rolled back when the time is over, and the next attempt starts from the beginning.",
        remedy=Remedy("Give the statement the time that it needs.", (alone(longer),)),
        relation=work[0].table,
        clause=work[0].clause,
    )


def _rounded(length: float) -> int:
    """Up to whole minutes, in seconds."""
    return (int(length) // 60 + 1) * 60
