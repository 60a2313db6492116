"""What the other statements of the same migration do: a hazard often turns on what comes before or after."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar, cast

from migsafe.model.names import Name
from migsafe.model.operations import (
    AddColumn,
    AddIdentity,
    CreateSchema,
    CreateTable,
    CreateTableAs,
    DropColumn,
    DropTable,
    Operation,
    SetDefault,
    TableAction,
)
from migsafe.rules.base import StatementSituation

Kind = TypeVar("Kind", bound=Operation)
Action = TypeVar("Action", bound=TableAction)


def up_to_here(situation: StatementSituation, *kinds: type[Kind]) -> Iterator[Kind]:
    """Operations of these types in the statements before this one, and in this one."""
    return _between(situation, kinds, 0, situation.statement.index + 1)


def from_here(situation: StatementSituation, *kinds: type[Kind]) -> Iterator[Kind]:
    """Operations of these types in this statement and in those that follow it."""
    return _between(situation, kinds, situation.statement.index, len(situation.migration.statements))


def anywhere(situation: StatementSituation, *kinds: type[Kind]) -> Iterator[Kind]:
    """Operations of these types in the whole migration."""
    return _between(situation, kinds, 0, len(situation.migration.statements))


def _between(situation: StatementSituation, kinds: tuple[type[Kind], ...], first: int, end: int) -> Iterator[Kind]:
    """Those of the statements from `first` up to `end`: a file can hold ten thousand, so each kind is looked up."""
    for kind, found in situation.migration.by_type.items():
        if issubclass(kind, kinds):
            at = bisect_left(found, first, key=_position)
            for _, operation in islice(found, at, bisect_left(found, end, key=_position)):
                yield cast("Kind", operation)


def _position(entry: tuple[int, Operation]) -> int:
    return entry[0]


def on(table: Name, actions: Iterable[Action], situation: StatementSituation) -> Iterator[Action]:
    """Those of the actions that are about the table, which is a resolved name."""
    return (action for action in actions if situation.schema.resolve(action.table) == table)


def is_added_here(situation: StatementSituation, table: Name, column: str) -> bool:
    """Whether the migration has added the column before."""
    return any(add.column.name == column for add in on(table, up_to_here(situation, AddColumn), situation))


def is_dropped_here(situation: StatementSituation, table: Name, columns: Iterable[str] = ()) -> bool:
    """Whether the migration drops the table afterwards, or all of these columns, or one where one is enough."""
    resolve = situation.schema.resolve
    if any(resolve(drop.table) == table for drop in from_here(situation, DropTable)):
        return True
    dropped = {drop.column for drop in on(table, from_here(situation, DropColumn), situation)}
    return not dropped.isdisjoint(columns)


def gets_default_here(situation: StatementSituation, table: Name, column: str) -> bool:
    """Whether this or a later statement of the migration gives the column a default or an identity."""
    defaults = on(table, from_here(situation, SetDefault), situation)
    identities = on(table, from_here(situation, AddIdentity), situation)
    return any(each.column == column for each in defaults) or any(each.column == column for each in identities)


def is_made_here(situation: StatementSituation, schema: str) -> bool:
    """Whether the migration has created the schema before."""
    return any(made.schema == schema for made in up_to_here(situation, CreateSchema))


def is_unknown_to_release(situation: StatementSituation, table: Name) -> bool:
    """Whether the running release cannot use the table: the migration has made it, whatever was loaded into it."""
    return situation.is_new(table) or creates_table(situation, table)


def creates_table(situation: StatementSituation, table: Name) -> bool:
    """Whether the migration has created the table before, whatever was loaded into it since."""
    resolve = situation.schema.resolve
    if any(resolve(creation.table) == table for creation in up_to_here(situation, CreateTable)):
        return True
    return any(resolve(creation.table) == table for creation in up_to_here(situation, CreateTableAs))
