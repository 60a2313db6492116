"""What to do about a statement that the server refuses, where that is known: by operation, then by SQLSTATE."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from migsafe.effects.postgresql.column_dependents import dependents_of
from migsafe.model.effects import Refusal
from migsafe.model.findings import Remedy
from migsafe.model.locks import RelationKind
from migsafe.model.operations import (
    AddForeignKey,
    AlterColumnType,
    CreateIndex,
    DetachPartition,
    DropColumn,
    DropIndex,
    DropTable,
    Operation,
    SetParameter,
)
from migsafe.rules.base import StatementSituation
from migsafe.rules.partition_steps import index_on_partitions
from migsafe.rules.steps import alone, by_hand, outside
from migsafe.rules.wording import listed

Kind = TypeVar("Kind", bound=Operation)
_Answer = Callable[..., Remedy | None]
_BY_OPERATION: dict[type[Operation], _Answer] = {}
_LIMIT = SetParameter(name="lock_timeout", value="2s", local=True)
_BY_SQLSTATE = {
    "55P04": Remedy(
        "Add the value in a migration of its own.",
        (by_hand("Commit ALTER TYPE … ADD VALUE first; what uses the value goes into the next migration."),),
    ),
    "55006": Remedy(
        "Have the rows checked before the table is changed.",
        (by_hand("SET CONSTRAINTS ALL IMMEDIATE before this statement, or the rows in a migration of their own."),),
    ),
}


def remedy_of(refusal: Refusal, situation: StatementSituation) -> Remedy | None:
    """The remedy for the clause that is refused; None where the message says all there is to say."""
    operation = situation.statement.operations[refusal.clause]
    answer = _BY_OPERATION.get(type(operation))
    own = answer(operation, refusal, situation) if answer is not None else None
    return own or _BY_SQLSTATE.get(refusal.sqlstate)


def _about(kind: type[Kind]) -> Callable[[_Answer], _Answer]:
    def register(answer: _Answer) -> _Answer:
        _BY_OPERATION[kind] = answer
        return answer

    return register


@_about(CreateIndex)
def _index(operation: CreateIndex, _: Refusal, situation: StatementSituation) -> Remedy | None:
    partitioned = situation.schema.relation(operation.table).kind is RelationKind.PARTITIONED_TABLE
    return index_on_partitions(operation, situation.schema) if operation.concurrently and partitioned else None


@_about(DropIndex)
def _drop_index(operation: DropIndex, refusal: Refusal, situation: StatementSituation) -> Remedy | None:
    index = situation.schema.index(operation.index)
    if refusal.sqlstate == "2BP01" and index is not None and index.constraint is not None:
        words = by_hand(f"ALTER TABLE {index.table} DROP CONSTRAINT {index.constraint}: the index goes with it.")
        return Remedy("Drop the constraint that the index belongs to.", (words,))
    if not operation.concurrently or refusal.sqlstate != "0A000":
        return None
    if index is not None and index.partitioned:
        plain = alone(_LIMIT, operation.replace(concurrently=False))
        return Remedy("Drop it under a short lock_timeout, and try again when that strikes.", (plain,))
    drops = tuple(outside(drop.replace(cascade=False)) for _, drop in situation.clauses(DropIndex))
    return Remedy("Drop one index in each statement, without CASCADE.", drops)


@_about(AddForeignKey)
def _key(operation: AddForeignKey, _: Refusal, situation: StatementSituation) -> Remedy | None:
    partitioned = situation.schema.relation(operation.table).kind is RelationKind.PARTITIONED_TABLE
    if not operation.constraint.not_valid or not partitioned:
        return None
    each = by_hand(f"To each partition of {operation.table} add the key NOT VALID, and VALIDATE it.")
    rest = by_hand(f"Then add it to {operation.table} without NOT VALID: it takes over the keys of its partitions.")
    return Remedy("Add and validate the key on each partition first.", (each, rest))


@_about(AlterColumnType)
def _type(operation: AlterColumnType, refusal: Refusal, situation: StatementSituation) -> Remedy | None:
    if not refusal.message.startswith("cannot alter type of a column used"):
        return None
    return _without(_in_the_way(operation, situation), f"change the type of {operation.column}")


@_about(DropColumn)
def _column(operation: DropColumn, refusal: Refusal, situation: StatementSituation) -> Remedy | None:
    if refusal.sqlstate != "2BP01":
        return None
    names = _in_the_way(operation, situation)
    if not names:
        return None
    first = by_hand(f"Drop or replace {listed(names)} first, so that nothing uses {operation.column}.")
    return Remedy("Take away what uses the column, by name and not with CASCADE.", (first,))


def _in_the_way(operation: AlterColumnType | DropColumn, situation: StatementSituation) -> list[str]:
    relation = situation.schema.relation(operation.table)
    found = dependents_of(situation.schema, relation, operation.column)
    changes_type = isinstance(operation, AlterColumnType)  # which makes foreign keys anew by itself
    hindrances = [one for one in found.hindrances if not (changes_type and one.startswith("constraint "))]
    return [*hindrances, *(f"column {column.name}" for column in found.generated)]


def _without(names: list[str], change: str) -> Remedy | None:
    if not names:
        return None
    words = by_hand(f"In one transaction: drop {listed(names)}, {change}, and create what was dropped again.")
    return Remedy("Take away what depends on the column, and put it back.", (words,))


@_about(DropTable)
def _table(operation: DropTable, refusal: Refusal, situation: StatementSituation) -> Remedy | None:
    keys = [f"{name} of {other.name}" for other, name in situation.schema.referencing(operation.table)]
    views = [f"view {view.name}" for view in situation.schema.views_on(operation.table)]
    if refusal.sqlstate != "2BP01" or not (keys or views):
        return None
    first = by_hand(f"Drop {listed([*keys, *views])} first, by name and not with CASCADE.")
    return Remedy("Take away what depends on the table.", (first,))


@_about(DetachPartition)
def _detach(operation: DetachPartition, refusal: Refusal, _: StatementSituation) -> Remedy | None:
    if not operation.concurrently or "default partition" not in refusal.message:
        return None
    plain = alone(_LIMIT, operation.replace(concurrently=False))
    return Remedy("Detach it under a short lock_timeout, and try again when that strikes.", (plain,))
