"""A new column that the running release does not know becomes required in the same migration.

What happens
    `ADD COLUMN`, a backfill and `SET NOT NULL`, or `ADD COLUMN … NOT NULL DEFAULT …` followed by `DROP DEFAULT`: at the
    end of the migration the column needs a value and nothing gives it one. The running release does not mention the
    column, so that every INSERT of it fails.

Why it hurts
    From the commit to the last restarted process nothing can be inserted into the table. Django writes the
    second form for every `AddField` with a default; up to Django 4.2 it knows no other.

Safer form
    Leave the default until no old process runs any more, or make the column NOT NULL in the release after:

        ALTER TABLE users ADD COLUMN state text NOT NULL DEFAULT 'new';
        -- after the release
        ALTER TABLE users ALTER COLUMN state DROP DEFAULT;

    Alembic: `server_default=` in `op.add_column`, and `op.alter_column(server_default=None)` in a later revision.
    Django 5: `db_default=` on the field.

When it is fine
    When nothing writes to the table during the deploy. A trigger that fills the column before each INSERT is seen.

Versions
    All supported versions.

Evidence
    Manual, ALTER TABLE, "SET NOT NULL"; SQLSTATE 23502. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Slot
from migsafe.model.names import Name
from migsafe.model.operations import AddCheck, AddNotNull, DropDefault, DropNotNull, SetNotNull
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.constraint_steps import not_null_steps
from migsafe.rules.elsewhere import (
    from_here,
    gets_default_here,
    is_added_here,
    is_dropped_here,
    is_unknown_to_release,
    on,
)
from migsafe.rules.filling_triggers import may_be_filled
from migsafe.rules.steps import alone, by_hand
from migsafe.rules.wording import column_in_words
from migsafe.schema.objects import Column

_ABOUT = (SetNotNull, AddNotNull, AddCheck, DropDefault)
_Requiring = SetNotNull | AddNotNull | AddCheck | DropDefault


@statement_rule(RuleInfo(code="MS504", name="required-after-all", since="0.1.0"), *_ABOUT)
def check(situation: StatementSituation) -> Iterator[Hit]:
    if situation.undoes is not None:  # the release that comes back knows the column
        return
    for number, operation in enumerate(situation.statement.operations):
        if not isinstance(operation, _ABOUT):
            continue
        table = situation.schema.resolve(operation.table)
        column = _required(operation)
        if column is None or is_unknown_to_release(situation, table) or not is_added_here(situation, table, column):
            continue
        if not _stays_empty(operation, table, column, situation):
            continue
        yield Hit(
            severity=severity.of_loss(situation.statement),
            message=f"Every INSERT of the running release into {table} fails: it does not know {column}.",
            why=f"{column_in_words(table, column)} is new, must not be NULL, and has no default when this has run.",
            remedy=_remedy(operation, column, situation),
            clause=number,
            relation=table,
        )


def _required(operation: _Requiring) -> str | None:
    """The column that needs a value from now on."""
    if isinstance(operation, AddNotNull):
        return operation.constraint.column
    if isinstance(operation, AddCheck):
        proved = operation.constraint.expression.proves_not_null
        return proved[0] if len(proved) == 1 else None
    return operation.column


def _stays_empty(
    operation: _Requiring,
    table: Name,
    column: str,
    situation: StatementSituation,
) -> bool:
    """Whether nothing fills the column, neither now nor in the rest of the migration."""
    relation = situation.schema.relation(table)
    known = relation.column(column)
    if known is None or may_be_filled(table, situation) or is_dropped_here(situation, table, [column]):
        return False
    nullable = on(table, from_here(situation, DropNotNull), situation)
    if gets_default_here(situation, table, column) or any(drop.column == column for drop in nullable):
        return False
    return known.not_null if isinstance(operation, DropDefault) else not _has_value(known)


def _has_value(column: Column) -> bool:
    filled = column.default is not None and not column.default.null
    return filled or column.generated is not None or column.identity is not None


def _remedy(operation: _Requiring, column: str, situation: StatementSituation) -> Remedy:
    release = by_hand(f"Release an application that always writes {column}.", Slot.DEPLOY)
    if isinstance(operation, DropDefault):
        later = alone(operation, slot=Slot.POST_DEPLOY)
        return Remedy("Keep the default until no old process runs any more.", (release, later))
    fill = by_hand(f"Fill {column} of the rows without a value, in batches, each committed.", Slot.BACKGROUND)
    steps = not_null_steps(operation.table, column, situation.target.version, Slot.POST_DEPLOY)
    return Remedy("Give it a default, or make it NOT NULL after the release.", (release, fill, *steps))
