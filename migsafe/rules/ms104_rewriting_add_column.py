"""A new column rewrites the table while nobody can read it.

What happens
    `ADD COLUMN` is instant when the value for existing rows is the same for all of them: none, a constant, or a
    stable expression such as `now()`. It copies every row under ACCESS EXCLUSIVE when each row needs a value of its
    own: a volatile default (`gen_random_uuid()`, `clock_timestamp()`, `nextval()`), serial, GENERATED … AS IDENTITY,
    GENERATED … STORED, or a domain with constraints.

Why it hurts
    Reads and writes wait while the table and all its indexes are written anew.

Safer form
    Add the column without the default, set the default for new rows, fill the old rows in batches:

        ALTER TABLE orders ADD COLUMN token uuid;
        ALTER TABLE orders ALTER COLUMN token SET DEFAULT gen_random_uuid();
        -- UPDATE orders SET token = gen_random_uuid() WHERE token IS NULL, in batches

    Alembic: `op.add_column` without `server_default`, then `op.alter_column(server_default=…)`.
    Django: `AddField(null=True)`, then a data migration with `atomic = False`.
    Instead of GENERATED … STORED: a plain column with a trigger, or from PostgreSQL 18 a virtual column.

When it is fine
    On a small or a new table.

Versions
    All supported versions. Virtual generated columns (18) rewrite nothing.

Evidence
    Manual, ALTER TABLE, Notes; `ATExecAddColumn` in tablecmds.c. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.effects import WorkKind
from migsafe.model.findings import Remedy, Slot, Step
from migsafe.model.operations import AddColumn, SetDefault
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.steps import alone, by_hand
from migsafe.rules.wording import work_in_words


@statement_rule(RuleInfo(code="MS104", name="rewriting-add-column", since="0.1.0"))
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation in enumerate(situation.statement.operations):
        work = situation.work_of(number)
        rewrite = next((w for w in work if w.kind is WorkKind.REWRITE), None)
        if isinstance(operation, AddColumn) and rewrite is not None:
            table = situation.schema.resolve(operation.table)
            yield Hit(
                severity=severity.of_blocking_work(work, situation.statement),
                message=f"Reads and writes on {table} wait during {work_in_words(work)}.",
                why=rewrite.reason,
                remedy=_remedy(operation),
                clause=number,
                relation=table,
                explains=work,
            )


def _remedy(operation: AddColumn) -> Remedy:
    column = operation.column
    bare = column.replace(default=None, generated=None, identity=None, constraints=())
    steps: list[Step] = [alone(operation.replace(column=bare))]
    if column.default is not None:
        default = SetDefault(table=operation.table, column=column.name, default=column.default)
        steps.append(alone(default))
    else:
        steps.append(by_hand(f"Let a trigger or a default give new rows their {column.name}."))
    steps.append(by_hand(f"Fill {column.name} of the existing rows in batches, each committed.", Slot.BACKGROUND))
    if column.constraints:
        steps.append(by_hand("Add its constraints NOT VALID, then VALIDATE them.", Slot.POST_DEPLOY))
    return Remedy("Add the column empty, give new rows their value, fill the old rows in batches.", tuple(steps))
