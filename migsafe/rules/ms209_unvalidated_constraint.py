"""A constraint is added NOT VALID and never validated.

What happens
    New rows are checked from the moment it is added; the rows that were there before are not. `NOT VALID` stays until
    `VALIDATE CONSTRAINT` has read them.

Why it hurts
    Everybody who reads the schema believes that all rows fulfil it, and some do not. The planner does not use it, SET
    NOT NULL and ATTACH PARTITION take no proof from it, and an UPDATE of an old row that breaks it fails.

Safer form
    Mend the rows, then validate, in a transaction of its own. That blocks neither reads nor writes:

        ALTER TABLE orders VALIDATE CONSTRAINT orders_total_check;

    Alembic: `op.execute("ALTER TABLE … VALIDATE CONSTRAINT …")`. Django: `ValidateConstraint`.

When it is fine
    When the validation comes in the next deploy: of the last migration of a run this is not said. Some constraints are
    meant for new rows only.

Versions
    All supported versions.

Evidence
    Manual, ALTER TABLE, "VALIDATE CONSTRAINT".
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.effects.windows import Executed
from migsafe.model.definitions import Check, ForeignKey
from migsafe.model.findings import Remedy, Severity, Slot
from migsafe.model.names import Name
from migsafe.model.operations import AddCheck, AddForeignKey, ValidateConstraint
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule
from migsafe.rules.steps import alone
from migsafe.schema.objects import Relation, TableConstraint


@migration_rule(RuleInfo(code="MS209", name="unvalidated-constraint", since="0.2.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    if situation.later:
        for executed in situation.run:
            yield from _left(executed, situation)


def _left(executed: Executed, situation: MigrationSituation) -> Iterator[Hit]:
    for number, operation in enumerate(executed.statement.operations):
        if not isinstance(operation, AddCheck | AddForeignKey) or not operation.constraint.not_valid:
            continue
        table = situation.schema.relation(operation.table)
        own = _standing(table, operation.constraint)
        if own is not None and not own.valid and own.enforced:
            yield _hit(executed, number, operation.table, table, own)


def _standing(table: Relation, added: Check | ForeignKey) -> TableConstraint | None:
    """The constraint as it stands in the end; the server gives a name to one that has none."""
    return next((c for c in table.constraints if _is_same(added, c)), None)


def _is_same(added: Check | ForeignKey, own: TableConstraint) -> bool:
    if added.name is not None:
        return added.name == own.name
    if isinstance(added, Check) and isinstance(own.definition, Check):
        return added.expression == own.definition.expression
    if isinstance(added, ForeignKey) and isinstance(own.definition, ForeignKey):
        return added.columns == own.definition.columns
    return False


def _hit(executed: Executed, number: int, written: Name, table: Relation, own: TableConstraint) -> Hit:
    later = alone(ValidateConstraint(table=written, name=own.name), slot=Slot.POST_DEPLOY)
    return Hit(
        severity=Severity.INFO,
        message=f"Rows of {table.name} that break {own.name} stay: nothing in this run validates it.",
        why="NOT VALID holds for the rows that are written from now on.",
        remedy=Remedy("Validate it in a migration of its own.", (later,)),
        clause=number,
        relation=table.name,
        at=executed,
    )
