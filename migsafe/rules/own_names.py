"""Names that a migration gives itself: no release that runs beside it has ever used them."""

from __future__ import annotations

from bisect import bisect_left
from enum import Enum

from migsafe.model.migration import Certainty
from migsafe.model.names import Name
from migsafe.model.operations import AddColumn, Operation, RenameColumn, RenameRelation
from migsafe.rules.base import StatementSituation


class Origin(Enum):
    """Where a name comes from, as far as the earlier statements of the migration tell."""

    BEFORE = "it is older than the migration, or may be"
    RENAMED = "the migration has given it to something that was there"
    ADDED = "the migration has added what it names"


def origin_of_column(situation: StatementSituation, table: Name, column: str) -> Origin:
    """The last statement that gave the column this name decides; the table may have been renamed since."""
    for operation in reversed(_earlier(situation, AddColumn, RenameColumn, RenameRelation)):
        match operation:
            case RenameRelation(table=old, new_name=new) if new == table.name:
                table = table._replace(name=old.name)
            case AddColumn(column=added) if added.name == column and _is(operation.table, table):
                return Origin.BEFORE if operation.if_not_exists else Origin.ADDED
            case RenameColumn(new_name=new) if new == column and _is(operation.table, table):
                return Origin.RENAMED
            case _:
                pass
    return Origin.BEFORE


def origin_of_table(situation: StatementSituation, table: Name) -> Origin:
    """Of a table that is there when the migration begins; one that it creates is new by itself."""
    renamed = (op.new_name for op in _earlier(situation, RenameRelation) if isinstance(op, RenameRelation))
    return Origin.RENAMED if table.name in renamed else Origin.BEFORE


def _earlier(situation: StatementSituation, *kinds: type[Operation]) -> list[Operation]:
    """Operations of these types in earlier statements that certainly run, in their order."""
    found: list[tuple[int, Operation]] = []
    for kind in kinds:
        entries = situation.migration.by_type.get(kind, ())
        found.extend(entries[: bisect_left(entries, situation.statement.index, key=lambda entry: entry[0])])
    found.sort(key=lambda entry: entry[0])
    statements = situation.migration.statements
    return [operation for at, operation in found if statements[at].certainty is not Certainty.GUARDED]


def _is(written: Name, table: Name) -> bool:
    return written.name == table.name and (written.schema or table.schema) == table.schema
