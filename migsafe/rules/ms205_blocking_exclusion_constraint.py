"""An exclusion constraint builds its index while nobody can read or write the table.

What happens
    `ADD CONSTRAINT … EXCLUDE` builds its index under ACCESS EXCLUSIVE. There is no NOT VALID and no USING INDEX.

Why it hurts
    Reads and writes wait for the whole build, and GiST indexes build slowly.

Safer form
    None that is only SQL. Fill a new table that has the constraint, keep it in step with a trigger, and swap the
    names; or keep new rows apart with a trigger and add the constraint in a maintenance window.

When it is fine
    On a small or a new table.

Versions
    All supported versions.

Evidence
    Manual, ALTER TABLE; `DefineIndex` in indexcmds.c. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy
from migsafe.model.operations import AddExclusion
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.steps import by_hand

_REMEDY = Remedy(
    "Add the constraint to a copy of the table and swap the names.",
    (
        by_hand(
            "Create a copy with the constraint, keep it in step with a trigger, fill it in batches, swap the names."
        ),
    ),
)


@statement_rule(RuleInfo(code="MS205", name="blocking-exclusion-constraint", since="0.1.0"), AddExclusion)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation, work in situation.working(AddExclusion):
        table = situation.schema.resolve(operation.table)
        yield Hit(
            severity=severity.of_blocking_work(work, situation.statement, situation.target),
            message=f"Reads and writes on {table} wait until the constraint's index is built.",
            why="ADD CONSTRAINT … EXCLUDE builds its index under ACCESS EXCLUSIVE and has no form that does not.",
            remedy=_REMEDY,
            clause=number,
            relation=table,
            explains=work,
        )
