"""TRUNCATE empties a table while nobody can read or write it.

What happens
    `TRUNCATE` removes every row at once under ACCESS EXCLUSIVE. With CASCADE it empties every table that references
    this one, too.

Why it hurts
    There is no way back but a restore, and the running release meets an empty table.

Safer form
    Delete what is no longer needed, in batches, after archiving what may be:

        DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < now() LIMIT 1000);

    Alembic and Django: the same in a migration without a transaction, or a job outside of migrations.

When it is fine
    When the rows can be made again, as those of a cache, and the lock can be had quickly: use a lock_timeout.

Versions
    All supported versions.

Evidence
    Manual, TRUNCATE; `ExecuteTruncateGuts` in tablecmds.c. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.effects import WorkKind
from migsafe.model.findings import Remedy
from migsafe.model.operations import Truncate
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.steps import delete_all
from migsafe.rules.wording import listed


@statement_rule(RuleInfo(code="MS403", name="truncate", since="0.1.0"), Truncate)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation in situation.clauses(Truncate):
        table = situation.schema.resolve(operation.table)
        emptied = [w.relation for w in situation.effect.work if w.kind is WorkKind.EMPTY and w.clause == number]
        old = [name for name in emptied if not situation.is_new(name)]
        if not old:
            continue
        yield Hit(
            severity=severity.of_loss(situation.statement),
            message=f"All rows of {listed(old)} are lost.",
            why="TRUNCATE cannot be undone once it is committed, and CASCADE follows foreign keys.",
            remedy=Remedy(
                "Delete in batches what is no longer needed, after archiving what may be.",
                tuple(delete_all(name, situation.schema) for name in reversed(old)),
            ),
            clause=number,
            relation=table,
        )
