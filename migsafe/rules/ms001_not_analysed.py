"""Something in a migration was not analysed, so nothing is known about it.

What happens
    A statement is built at run time (`EXECUTE` of a variable), a template placeholder stands for a whole clause, a
    psql command reads another file, or the text cannot be SQL at all. migsafe makes no prediction for it.

Why it hurts
    A report without findings would look like a safe migration. Whatever the unread part does, nobody checked it.

Safer form
    Write the statement out where that is possible; give a `--schema` file when the text only needs context; or look
    at the statement yourself and suppress this finding at that place, with the reason.

    Alembic: say in a comment above the call what it sends (`sql()` when it sends nothing), and that is judged:

        # migsafe: sql(UPDATE orders SET state = 'new' WHERE id = 7)
        op.execute(statement_of(settings))

When it is fine
    When a person has read the statement and knows what it does.

Versions
    All.

Evidence
    None needed: this is a statement about the check, not about the server.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Place, Remedy, Severity
from migsafe.model.operations import Opaque
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule

_OF_THE_FILE = ("syntax-unsupported", "budget-exceeded", "crashed")
_STATED = Remedy("Say in a comment above the call what it sends: '# migsafe: sql(…)', or 'sql()' for nothing.")


@migration_rule(RuleInfo(code="MS001", name="not-analysed", since="0.1.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    for executed in situation.run:
        for number, operation in enumerate(executed.statement.operations):
            if isinstance(operation, Opaque):
                yield _hit(operation.reason, situation).replace(at=executed, clause=number)
    for problem in situation.migration.problems:
        yield _hit(problem.message, situation).replace(place=Place(situation.migration.path, problem.span))


def _hit(reason: str, situation: MigrationSituation) -> Hit:
    return Hit(
        severity=Severity.WARNING,
        message=f"Not analysed: {reason.rstrip('.')}.",
        why="Nothing is known about its locks, its duration or what it loses.",
        remedy=_STATED if situation.migration.source == "alembic" and not reason.startswith(_OF_THE_FILE) else None,
    )
