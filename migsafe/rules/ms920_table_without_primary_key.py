"""A table is made without a primary key.

What happens
    Nothing tells its rows apart.

Why it hurts
    Double rows cannot be deleted one by one, batches have nothing to go by, and logical replication refuses UPDATE
    and DELETE on it.

Safer form
    A key from the beginning:

        CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz);

    Alembic: `primary_key=True`. Django always makes one.

When it is fine
    For tables that are filled once and read as a whole. A key that the same migration adds is seen. This rule is an
    opinion, and off unless it is selected.

Versions
    All supported versions.

Evidence
    Manual, 29.1 "Publication": a table without replica identity cannot publish UPDATE and DELETE.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import Persistence, PrimaryKey
from migsafe.model.findings import Remedy, Severity
from migsafe.model.operations import AddColumn, AddPrimaryKey, CreateTable
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.elsewhere import from_here, on
from migsafe.rules.steps import by_hand


@statement_rule(RuleInfo(code="MS920", name="table-without-primary-key", since="0.1.0", default=False), CreateTable)
def check(situation: StatementSituation) -> Iterator[Hit]:
    if situation.undoes is not None:
        return
    for number, operation in situation.clauses(CreateTable):
        if _is_of_another_kind(operation) or _has_key(operation, situation):
            continue
        key = by_hand("id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY")
        yield Hit(
            severity=Severity.INFO,
            message=f"Table {operation.table} has no primary key: nothing tells its rows apart.",
            why="Batches, replication and the removal of double rows need one.",
            remedy=Remedy("Give it a primary key.", (key,)),
            clause=number,
            relation=situation.schema.resolve(operation.table),
        )


def _is_of_another_kind(operation: CreateTable) -> bool:
    """A table whose key comes from elsewhere, or that nobody keys."""
    derived = operation.partition_of is not None or bool(operation.inherits or operation.like)
    return derived or operation.foreign or operation.persistence is Persistence.TEMPORARY


def _has_key(operation: CreateTable, situation: StatementSituation) -> bool:
    own = (*operation.constraints, *(c for column in operation.columns for c in column.constraints))
    if any(isinstance(c, PrimaryKey) for c in own):
        return True
    table = situation.schema.resolve(operation.table)
    if any(on(table, from_here(situation, AddPrimaryKey), situation)):
        return True
    added = on(table, from_here(situation, AddColumn), situation)
    return any(isinstance(c, PrimaryKey) for add in added for c in add.column.constraints)
