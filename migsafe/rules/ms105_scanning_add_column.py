"""A new column's constraint makes the server read the table, or build an index, while nobody can read it.

What happens
    `ADD COLUMN` with an inline CHECK, or with a foreign key and a DEFAULT, reads every row under ACCESS EXCLUSIVE to
    validate it, even where the new column is NULL in all of them. An inline UNIQUE or PRIMARY KEY builds its index
    under that lock.

Why it hurts
    Reads and writes wait for the whole read or build.

Safer form
    Add the column alone, then the constraint as NOT VALID, and validate it in a later transaction:

        ALTER TABLE orders ADD COLUMN state text;
        ALTER TABLE orders ADD CONSTRAINT orders_state_check CHECK (state <> '') NOT VALID;
        ALTER TABLE orders VALIDATE CONSTRAINT orders_state_check;

    For UNIQUE: CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … UNIQUE USING INDEX.
    Alembic: `op.create_check_constraint(…, postgresql_not_valid=True)` and `op.execute("… VALIDATE CONSTRAINT …")`.
    Django: `AddConstraintNotValid` and `ValidateConstraint`.

When it is fine
    On a small or a new table. A column that REFERENCES another table without a DEFAULT clause is not scanned.

Versions
    All supported versions.

Evidence
    `ATExecAddColumn` and `ATRewriteTable` in tablecmds.c. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.effects import Work, WorkKind
from migsafe.model.findings import Remedy
from migsafe.model.operations import AddColumn
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.steps import alone, by_hand
from migsafe.rules.wording import work_in_words


@statement_rule(RuleInfo(code="MS105", name="scanning-add-column", since="0.1.0"))
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation in enumerate(situation.statement.operations):
        work = situation.work_of(number)
        if isinstance(operation, AddColumn) and work and not _rewrites(work):
            table = situation.schema.resolve(operation.table)
            yield Hit(
                severity=severity.of_blocking_work(work, situation.statement),
                message=f"Reads and writes on {table} wait during {work_in_words(work)}.",
                why=work[0].reason,
                remedy=_remedy(operation),
                clause=number,
                relation=table,
                explains=work,
            )


def _rewrites(work: tuple[Work, ...]) -> bool:
    return any(w.kind is WorkKind.REWRITE for w in work)


def _remedy(operation: AddColumn) -> Remedy:
    bare = operation.column.replace(constraints=())
    steps = (
        alone(operation.replace(column=bare)),
        by_hand("Add the constraint NOT VALID (for UNIQUE: build the index CONCURRENTLY and add it USING INDEX)."),
        by_hand("VALIDATE the constraint in a transaction of its own."),
    )
    return Remedy("Add the column first and its constraint afterwards, without a scan under the lock.", steps)
