"""Triggers are switched off and not on again.

What happens
    `DISABLE TRIGGER` is no setting of the session: the trigger stays off for everybody once the transaction commits.
    With ALL, the triggers of foreign keys are off as well, so that rows are written and deleted without any check.

Why it hurts
    What the triggers keep in step or keep out is wrong from then on, and nothing says so. ENABLE TRIGGER later does not
    look at the rows that were written meanwhile.

Safer form
    Switch them on again in the same transaction, so that nobody else ever sees them off:

        ALTER TABLE orders DISABLE TRIGGER orders_audit;
        UPDATE orders SET total = 0 WHERE id = 7;
        ALTER TABLE orders ENABLE TRIGGER orders_audit;

    For one transaction only, and without a lock on the table, `SET LOCAL session_replication_role = replica` does it.
    Alembic: `op.execute`. Django: `RunSQL`.

When it is fine
    When the trigger is to be dropped in the next release. Without ALL or USER this is told as an info.

Versions
    All supported versions.

Evidence
    Manual, ALTER TABLE, "DISABLE/ENABLE [ REPLICA | ALWAYS ] TRIGGER". Shown on a server by
    a test of this rule.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.effects.windows import Executed
from migsafe.model.findings import Remedy, Severity
from migsafe.model.names import Name
from migsafe.model.operations import DropTable, DropTrigger, SwitchTrigger
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule
from migsafe.rules.steps import by_hand

_Left = dict[tuple[Name, str | None], tuple[Executed, int]]


@migration_rule(RuleInfo(code="MS313", name="triggers-left-disabled", since="0.2.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    left: _Left = {}
    for executed in situation.run:
        for number, operation in enumerate(executed.statement.operations):
            if isinstance(operation, SwitchTrigger):
                _switch(left, situation.schema.resolve(operation.table), operation, (executed, number))
            elif isinstance(operation, DropTrigger):
                left.pop((situation.schema.resolve(operation.table), operation.name), None)
            elif isinstance(operation, DropTable):
                _forget(left, situation.schema.resolve(operation.table))
    for (table, name), (executed, number) in left.items():
        if table not in executed.private:
            yield _hit(table, name, executed, number)


def _switch(left: _Left, table: Name, operation: SwitchTrigger, place: tuple[Executed, int]) -> None:
    if not operation.enabled:
        left[table, operation.name] = place
    elif operation.name is None:
        _forget(left, table)
    else:
        left.pop((table, operation.name), None)


def _forget(left: _Left, table: Name) -> None:
    for key in [key for key in left if key[0] == table]:
        del left[key]


def _hit(table: Name, name: str | None, executed: Executed, number: int) -> Hit:
    what = f"The trigger {name} of {table} stays" if name is not None else f"All triggers of {table} stay"
    again = "ALL" if name is None else name
    return Hit(
        severity=Severity.INFO if name is not None else Severity.WARNING,
        message=f"{what} off for everybody: nothing switches {'them' if name is None else 'it'} on again.",
        why="DISABLE TRIGGER is no setting of the session. With ALL, foreign keys are no longer checked either.",
        remedy=Remedy(
            "Switch it on again in the same transaction.",
            (by_hand(f"At the end of the transaction: ALTER TABLE {table} ENABLE TRIGGER {again}."),),
        ),
        clause=number,
        relation=table,
        at=executed,
    )
