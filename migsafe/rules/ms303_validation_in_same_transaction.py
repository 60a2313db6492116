"""A constraint is added NOT VALID and validated in the same transaction.

What happens
    `ADD CONSTRAINT … NOT VALID` takes a strong lock for an instant, and `VALIDATE CONSTRAINT` reads the table under a
    weak one. In one transaction the strong lock is still held while the table is read, so nothing was won.

Why it hurts
    Writes, and for a CHECK reads as well, wait for the whole validation, just as without NOT VALID.

Safer form
    Two transactions: commit after ADD CONSTRAINT, validate in the next migration.

        ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID;
        -- next migration
        ALTER TABLE orders VALIDATE CONSTRAINT orders_total_check;

    Alembic: two revisions, with `transaction_per_migration=True`. Django: two migrations.

When it is fine
    On a small or a new table.

Versions
    All supported versions.

Evidence
    Manual, 13.3: a lock is held until the end of the transaction. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.effects.windows import Executed
from migsafe.model.findings import Related, Remedy
from migsafe.model.names import Name
from migsafe.model.operations import AddCheck, AddForeignKey, AddNotNull, ValidateConstraint
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, place, statement_rule
from migsafe.rules.steps import alone
from migsafe.rules.wording import waiting
from migsafe.schema.schema import Schema


@statement_rule(RuleInfo(code="MS303", name="validation-in-same-transaction", since="0.1.0"), ValidateConstraint)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation, work in situation.working(ValidateConstraint):
        table = situation.schema.resolve(operation.table)
        added = _added_earlier(situation, table)
        held = added.effect.lock_on(table) if added is not None and added.effect is not None else None
        if added is None or held is None:
            continue
        yield Hit(
            severity=severity.of_blocking_work(work, situation.statement, situation.target),
            message=f"{waiting(held)} on {table} wait while every row is checked, as if NOT VALID were not there.",
            why="ADD CONSTRAINT ran in the same transaction, and its lock is kept until that ends.",
            remedy=Remedy(
                "Validate the constraint in a transaction of its own.",
                (alone(operation, note="in a migration of its own:"),),
            ),
            clause=number,
            relation=table,
            held=held,
            explains_held=work,
            related=(Related(place(added.migration, added.statement), "the constraint is added here"),),
        )


def _added_earlier(situation: StatementSituation, table: Name) -> Executed | None:
    return next((e for e in situation.earlier if _adds(e, table, situation.schema)), None)


def _adds(executed: Executed, table: Name, schema: Schema) -> bool:
    return any(
        isinstance(op, AddCheck | AddForeignKey | AddNotNull) and schema.resolve(op.table) == table
        for op in executed.statement.operations
    )
