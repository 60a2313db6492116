"""A transaction waits on purpose while it holds a lock that others need.

What happens
    `pg_sleep`, `pg_advisory_lock` and their kin wait, and the locks of earlier statements are kept meanwhile.

Why it hurts
    Everybody who needs the locked table waits for something that has nothing to do with it, and for an advisory lock
    without any limit: lock_timeout is the only one that ends that wait.

Safer form
    Wait first, or commit first:

        SELECT pg_advisory_xact_lock(42);
        ALTER TABLE orders ADD COLUMN state text;

    Alembic and Django: put what waits into a migration of its own, before.

When it is fine
    Never in a deploy. pg_try_advisory_lock does not wait, and is not reported.

Versions
    All supported versions.

Evidence
    Manual, 9.9.5 "Delaying Execution", 13.3.5 "Advisory Locks": a lock is held until the end of the transaction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from migsafe.effects.windows import Executed
from migsafe.model.effects import Window
from migsafe.model.expressions import Call
from migsafe.model.findings import Related, Remedy, Severity
from migsafe.model.operations import Select
from migsafe.rules.base import Hit, RuleInfo, TransactionSituation, place, transaction_rule
from migsafe.rules.held_locks import table_locks
from migsafe.rules.steps import by_hand
from migsafe.rules.wording import listed, waiting
from migsafe.text.patterns import late

_SLEEPS = ("pg_sleep", "pg_sleep_for", "pg_sleep_until")
_LOCKS = ("pg_advisory_lock", "pg_advisory_xact_lock", "pg_advisory_lock_shared", "pg_advisory_xact_lock_shared")
_SLEEP = late(r"\bpg_sleep\s*\(\s*(\d+(?:\.\d*)?|\.\d+)\s*\)", re.IGNORECASE)
_REMEDY = Remedy("Wait before the first lock, or commit first.", (by_hand("Move what waits to the start."),))


@transaction_rule(RuleInfo(code="MS311", name="waiting-under-lock", since="0.2.0"))
def check(situation: TransactionSituation) -> Iterator[Hit]:
    """One finding for a transaction, at the first wait that an earlier lock outlasts."""
    locks = table_locks(situation)
    numbers = {executed.ref: number for number, executed in enumerate(situation.run)}
    for number, executed in enumerate(situation.run):
        call = next(_waits(executed), None)
        held = [w for w in locks if numbers[w.start] < number <= numbers.get(w.end, -1)] if call is not None else []
        if call is not None and held:
            yield _hit(executed, call, held, situation)
            return


def _waits(executed: Executed) -> Iterator[Call]:
    for operation in executed.statement.operations:
        if isinstance(operation, Select):
            for call in operation.query.calls:
                if call.function.schema in (None, "pg_catalog") and call.function.name in (*_SLEEPS, *_LOCKS):
                    yield call


def _hit(executed: Executed, call: Call, held: list[Window], situation: TransactionSituation) -> Hit:
    strongest = max(held, key=lambda window: window.mode)
    taker = situation.executed(strongest.start)
    what = f"{call.function.name} sleeps" if call.function.name in _SLEEPS else f"{call.function.name} waits"
    return Hit(
        severity=_severity(executed, call, situation),
        message=f"{waiting(strongest.mode)} on {listed(w.relation for w in held)} wait while {what}.",
        why="A lock is kept until its transaction ends, whatever the transaction does meanwhile.",
        remedy=_REMEDY,
        relation=strongest.relation,
        held=strongest.mode,
        at=executed,
        related=(Related(place(taker.migration, taker.statement), f"{strongest.mode.manual_name} is taken here"),),
    )


def _severity(executed: Executed, call: Call, situation: TransactionSituation) -> Severity:
    """A sleep of known length is held against the budget."""
    slept = _SLEEP.search(executed.statement.sql) if call.function.name == "pg_sleep" else None
    if slept is None:
        return Severity.WARNING
    return Severity.ERROR if float(slept[1]) > situation.target.max_blocking else Severity.INFO
