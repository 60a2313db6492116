"""A NOT NULL column loses what fills it: INSERTs that leave it out fail.

What happens
    `DROP DEFAULT`, `DROP IDENTITY` and `DROP EXPRESSION` are instant. From then on every INSERT has to give the column
    a value; a column that was generated keeps its values and no longer follows the columns it was computed from.

Why it hurts
    The running release relies on the default wherever it leaves the column out, and fails there.

Safer form
    First a release that always writes the column, then the change:

        -- release 1: the application always writes orders.state
        -- release 2:
        ALTER TABLE orders ALTER COLUMN state DROP DEFAULT;

    Alembic: `op.alter_column("orders", "state", server_default=None)` in the later revision.
    Django: drop `db_default` in the release after.

When it is fine
    When the running release writes the column in every INSERT, or a row trigger before INSERT fills it: a table with
    such a trigger is not reported.

Versions
    All supported versions. `DROP EXPRESSION` exists since PostgreSQL 13.

Evidence
    Manual, ALTER TABLE, "SET/DROP DEFAULT", "DROP EXPRESSION", "DROP IDENTITY". Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity, Slot
from migsafe.model.names import Name
from migsafe.model.operations import DropDefault, DropExpression, DropIdentity, DropNotNull, SetDefault
from migsafe.rules import way_back
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.elsewhere import (
    anywhere,
    gets_default_here,
    is_added_here,
    is_dropped_here,
    is_unknown_to_release,
    on,
    up_to_here,
)
from migsafe.rules.filling_triggers import may_be_filled
from migsafe.rules.steps import alone, by_hand
from migsafe.rules.wording import column_in_words

_ABOUT = (DropDefault, DropIdentity, DropExpression)
_Dropping = DropDefault | DropIdentity | DropExpression


@statement_rule(RuleInfo(code="MS506", name="drop-default", since="0.1.0"), *_ABOUT)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation in enumerate(situation.statement.operations):
        if not isinstance(operation, _ABOUT) or way_back.undoes_its_way_up(situation, operation):
            continue
        table = situation.schema.resolve(operation.table)
        if is_unknown_to_release(situation, table) or is_added_here(situation, table, operation.column):
            continue
        if not _is_relied_upon(operation, table, situation):
            continue
        column = column_in_words(table, operation.column)
        yield Hit(
            severity=Severity.WARNING,
            message=_message(operation, column),
            why="The change is instant, and the running release may rely on it.",
            remedy=_remedy(operation),
            clause=number,
            relation=table,
        )


def _is_relied_upon(operation: _Dropping, table: Name, situation: StatementSituation) -> bool:
    """Whether INSERTs without the column work before, and not afterwards."""
    known = situation.schema.relation(table).column(operation.column)
    if known is None or is_dropped_here(situation, table, [operation.column]):
        return False
    if gets_default_here(situation, table, operation.column) or _is_set_by_django(situation, operation):
        return False
    if isinstance(operation, DropExpression):
        return known.generated is not None
    if may_be_filled(table, situation):
        return False
    nullable = on(table, anywhere(situation, DropNotNull), situation)
    if any(each.column == operation.column for each in nullable):
        return False
    filled = known.default is not None or known.identity is not None
    return known.not_null and filled


def _is_set_by_django(situation: StatementSituation, operation: _Dropping) -> bool:
    """Whether the default is one that Django has set for its own statements: its INSERTs name every column."""
    written = situation.statement.written_as
    if written is None or situation.migration.source != "django" or not isinstance(operation, DropDefault):
        return False
    defaults = up_to_here(situation, SetDefault)
    return any(each.column == operation.column and each.table == operation.table for each in defaults)


def _message(operation: _Dropping, column: str) -> str:
    if isinstance(operation, DropExpression):
        return f"Nothing writes {column} any more: it no longer follows the columns it was computed from."
    return f"INSERTs of the running release that leave out {column} fail."


def _remedy(operation: _Dropping) -> Remedy:
    steps = (
        by_hand(f"Release an application that always writes {operation.column}.", Slot.DEPLOY),
        alone(operation, slot=Slot.POST_DEPLOY),
    )
    return Remedy("Let the application write the column first.", steps)
