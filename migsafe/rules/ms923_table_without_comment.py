"""A table is made without a comment.

What happens
    Nothing in the database says what the table is for.

Why it hurts
    Years later nobody dares to change or drop it.

Safer form
    A sentence, in the same migration:

        COMMENT ON TABLE events IS 'What happened to an order, for the audit';

    Alembic: `comment=` in `op.create_table`. Django: `Meta.db_table_comment`.

When it is fine
    Where the model in the code says it. This rule is an opinion, and off unless it is selected.

Versions
    All supported versions.

Evidence
    Manual, COMMENT.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import Persistence
from migsafe.model.findings import Remedy, Severity
from migsafe.model.operations import CommentOn, CreateTable
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.elsewhere import from_here
from migsafe.rules.steps import by_hand


@statement_rule(RuleInfo(code="MS923", name="table-without-comment", since="0.1.0", default=False), CreateTable)
def check(situation: StatementSituation) -> Iterator[Hit]:
    if situation.undoes is not None:
        return
    for number, operation in situation.clauses(CreateTable):
        if operation.partition_of is not None or operation.persistence is Persistence.TEMPORARY:
            continue
        if any(comment.table == operation.table and not comment.object for comment in from_here(situation, CommentOn)):
            continue
        say = by_hand(f"COMMENT ON TABLE {operation.table} IS …")
        yield Hit(
            severity=Severity.INFO,
            message=f"Nothing says what {operation.table} is for.",
            why="The table has no comment.",
            remedy=Remedy("Say it in a comment.", (say,)),
            clause=number,
            relation=situation.schema.resolve(operation.table),
        )
