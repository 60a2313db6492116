"""A way back brings a column or table back empty.

What happens
    The way up dropped it with its values; the way back creates it again, and every row has NULL or the default.

Why it hurts
    The release that comes back works, and shows empty fields. It may write over what a backup still holds.

Safer form
    Keep the values until the way back is not needed any more: rename instead of dropping, or archive them with the
    key, and let the way back fill them in again:

        CREATE TABLE users_legacy_token AS SELECT id, legacy_token FROM users;

    Alembic and Django: the same before `op.drop_column` and `RemoveField`.

When it is fine
    When the values are worthless. It is told as an info.

Versions
    All supported versions.

Evidence
    Manual, ALTER TABLE, "DROP COLUMN": the values are gone.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity, Slot
from migsafe.model.names import Name
from migsafe.model.operations import AddColumn, CreateTable, DropColumn, DropTable, Operation
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.required import is_required
from migsafe.rules.steps import by_hand
from migsafe.rules.wording import column_in_words
from migsafe.schema.schema import Schema


@statement_rule(RuleInfo(code="MS805", name="empty-return", since="0.1.0"), AddColumn, CreateTable)
def check(situation: StatementSituation) -> Iterator[Hit]:
    if situation.undoes is None:
        return
    dropped = {_dropped(op, situation.schema) for s in situation.undoes.statements for op in s.operations}
    for number, operation in enumerate(situation.statement.operations):
        returning = _returning(operation, situation.schema)
        if returning is None or returning not in dropped:
            continue
        table, column = returning
        what = f"{column_in_words(table, column)}" if column else f"{table}"
        archive = by_hand(f"Archive {what} on the way up, and fill it from there on the way back.", Slot.PRE_DEPLOY)
        yield Hit(
            severity=Severity.INFO,
            message=f"Comes back empty: {what}.",
            why="The way up drops it with its values.",
            remedy=Remedy("Keep the values until the way back is not needed any more.", (archive,)),
            clause=number,
            relation=table,
        )


def _dropped(operation: Operation, schema: Schema) -> tuple[Name, str] | None:
    match operation:
        case DropColumn():
            return schema.resolve(operation.table), operation.column
        case DropTable():
            return schema.resolve(operation.table), ""
    return None


def _returning(operation: Operation, schema: Schema) -> tuple[Name, str] | None:
    """What an operation makes anew; a required column is none, because it fails on rows (MS503)."""
    match operation:
        case AddColumn() if not is_required(operation.column) and operation.column.generated is None:
            return schema.resolve(operation.table), operation.column.name
        case CreateTable():
            return schema.resolve(operation.table), ""
    return None
