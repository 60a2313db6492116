"""Names that a transaction takes away and gives back: nobody outside of it ever sees the other name.

Django does this for a field or a model that is renamed first and told its old column or table afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from migsafe.model.migration import Statement
from migsafe.model.names import Name
from migsafe.model.operations import Commit, Operation, PrepareTransaction, RenameColumn, RenameRelation, Rollback
from migsafe.rules.base import StatementSituation

_ENDS = (Commit, PrepareTransaction, Rollback)


def is_renamed_back(situation: StatementSituation, table: Name, rename: Operation) -> bool:
    """Whether the rename of `table`, or of a column of it, undoes an earlier one of its transaction, or is undone by
    a later one."""
    if situation.transaction is None:
        return False
    earlier = (op for executed in situation.earlier for op in executed.statement.operations)
    return any(_is_opposite(other, rename, table) for other in (*earlier, *_later(situation)))


def _later(situation: StatementSituation) -> Iterator[Operation]:
    """What the rest of the migration does in this transaction."""
    following = situation.migration.statements[situation.statement.index + 1 :]
    return (op for statement in takewhile(_goes_on, following) for op in statement.operations)


def _goes_on(statement: Statement) -> bool:
    return not any(isinstance(operation, _ENDS) for operation in statement.operations)


def _is_opposite(other: Operation, rename: Operation, table: Name) -> bool:
    if isinstance(other, RenameColumn) and isinstance(rename, RenameColumn):
        back = (other.column, other.new_name) == (rename.new_name, rename.column)
        return back and other.table.name == table.name
    if isinstance(other, RenameRelation) and isinstance(rename, RenameRelation):
        return (other.table.name, other.new_name) == (rename.new_name, table.name)
    return False
