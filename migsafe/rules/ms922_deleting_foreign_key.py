"""A foreign key deletes rows of other tables.

What happens
    With `ON DELETE CASCADE` a DELETE on one table deletes rows of others, and of those that reference these, in the
    same statement.

Why it hurts
    One row can take millions with it, under row locks, and nobody sees it in the statement. A mistake is larger
    than it looks.

Safer form
    Let the server refuse, and delete the children on purpose, in batches:

        ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE RESTRICT NOT VALID;

    Alembic: without `ondelete="CASCADE"`. Django does it in the application.

When it is fine
    For rows that are a part of their parent and few. This rule is an opinion, and off unless it is selected.

Versions
    All supported versions.

Evidence
    Manual, 5.4.5 "Foreign Keys".
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import ForeignKey
from migsafe.model.findings import Remedy, Severity
from migsafe.model.names import Name
from migsafe.model.operations import AddColumn, AddForeignKey, CreateTable
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.steps import by_hand

_ABOUT = (CreateTable, AddColumn, AddForeignKey)


@statement_rule(RuleInfo(code="MS922", name="deleting-foreign-key", since="0.1.0", default=False), *_ABOUT)
def check(situation: StatementSituation) -> Iterator[Hit]:
    if situation.undoes is not None:
        return
    for number, table, key in _keys(situation):
        if key.on_delete != "cascade":
            continue
        refuse = by_hand("ON DELETE RESTRICT, and the children deleted on purpose, in batches.")
        yield Hit(
            severity=Severity.INFO,
            message=f"A DELETE on {key.referenced} also deletes rows of {table}, however many.",
            why="ON DELETE CASCADE works in the same statement, under the same locks.",
            remedy=Remedy("Let the server refuse instead.", (refuse,)),
            clause=number,
            relation=table,
        )


def _keys(situation: StatementSituation) -> Iterator[tuple[int, Name, ForeignKey]]:
    for number, operation in enumerate(situation.statement.operations):
        match operation:
            case CreateTable():
                found = (*operation.constraints, *(c for column in operation.columns for c in column.constraints))
            case AddColumn():
                found = operation.column.constraints
            case AddForeignKey():
                found = (operation.constraint,)
            case _:
                continue
        for constraint in found:
            if isinstance(constraint, ForeignKey):
                yield number, situation.schema.resolve(operation.table), constraint
