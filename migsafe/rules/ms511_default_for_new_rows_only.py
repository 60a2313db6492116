"""A default is set that the rows which are there do not get.

What happens
    `SET DEFAULT` is instant and concerns new rows only. Existing rows keep NULL.

Why it hurts
    Code that relies on the default meets NULL in every old row. It is often meant otherwise, because `ADD COLUMN …
    DEFAULT` does give the value to existing rows.

Safer form
    Set the default, then fill the old rows in batches:

        ALTER TABLE users ALTER COLUMN state SET DEFAULT 'new';
        UPDATE users SET state = 'new' WHERE state IS NULL AND id BETWEEN 1 AND 1000;  -- and so on

    Alembic: the second part in a script or an `autocommit_block()`. Django: `RunPython` with `atomic = False`.

When it is fine
    When NULL in old rows is meant, or they are filled by something else. It is told as an info.

Versions
    All supported versions.

Evidence
    Manual, ALTER TABLE, "SET/DROP DEFAULT": "they do not cause rows already in the table to change". Measured on 12
    to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity
from migsafe.model.names import Name
from migsafe.model.operations import SetDefault, Update
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.elsewhere import anywhere, is_added_here, is_unknown_to_release
from migsafe.rules.steps import alone, fill
from migsafe.rules.wording import column_in_words


@statement_rule(RuleInfo(code="MS511", name="default-for-new-rows-only", since="0.1.0"), SetDefault)
def check(situation: StatementSituation) -> Iterator[Hit]:
    if situation.undoes is not None:
        return
    for number, change in situation.clauses(SetDefault):
        table = situation.schema.resolve(change.table)
        if (
            is_unknown_to_release(situation, table)
            or change.default.null
            or not _leaves_nulls(change, table, situation)
        ):
            continue
        steps = (alone(change), fill(change.table, change.column, change.default, situation.schema))
        yield Hit(
            severity=Severity.INFO,
            message=f"Existing rows keep NULL in {column_in_words(table, change.column)}: the default is for new rows.",
            why="SET DEFAULT changes no rows.",
            remedy=Remedy("Fill the old rows in batches afterwards.", steps),
            clause=number,
            relation=table,
        )


def _leaves_nulls(change: SetDefault, table: Name, situation: StatementSituation) -> bool:
    """Whether old rows can hold NULL, and nothing in the migration gives them a value."""
    known = situation.schema.relation(table).column(change.column)
    if known is None or known.not_null or known.default is not None or is_added_here(situation, table, change.column):
        return False
    updates = (update for update in anywhere(situation, Update) if situation.schema.resolve(update.table) == table)
    return not any(change.column in update.columns for update in updates)
