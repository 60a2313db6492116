"""A table in use gets a trigger: every write runs more code.

What happens
    From the commit on each INSERT, UPDATE or DELETE of the table runs the trigger's function, in the running
    release as well.

Why it hurts
    Bulk writes become slower for each row, an error in the function fails the request, and nobody sees it in the
    code of the application.

Safer form
    Let the application do it, or measure the function with a write of realistic size first:

        EXPLAIN ANALYZE INSERT INTO orders SELECT …;  -- in a transaction that is rolled back

    Alembic and Django: the same.

When it is fine
    For the time of a change, as when two columns are kept alike. This rule is an opinion, and off unless it is
    selected.

Versions
    All supported versions.

Evidence
    Manual, 37.1 "Overview of Trigger Behavior".
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity
from migsafe.model.operations import CreateTrigger
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.elsewhere import is_unknown_to_release
from migsafe.rules.steps import by_hand
from migsafe.rules.wording import listed


@statement_rule(RuleInfo(code="MS953", name="new-trigger", since="0.1.0", default=False), CreateTrigger)
def check(situation: StatementSituation) -> Iterator[Hit]:
    if situation.undoes is not None:
        return
    for number, create in situation.clauses(CreateTrigger):
        table = situation.schema.resolve(create.table)
        if is_unknown_to_release(situation, table):
            continue
        events = listed(event.upper() for event in create.events) or "change"
        measure = by_hand(f"Measure a write to {table} of realistic size in a transaction that is undone.")
        yield Hit(
            severity=Severity.INFO,
            message=f"Every {events} on {table} runs {create.function} from now on, also in the running release.",
            why="The function runs in the same statement, and its errors fail the statement.",
            remedy=Remedy("Measure it before.", (measure,)),
            clause=number,
            relation=table,
        )
