"""A published table changes, and its subscribers do not.

What happens
    Logical replication carries rows, not schema changes. A subscriber that gets a row with a column that it does not
    have stops: "logical replication target relation is missing replicated column". So does one whose table has been
    renamed, or whose column no longer takes the values.

Why it hurts
    Replication stands still, the subscriber's rows grow old, and the replication slot keeps the log on the publisher
    until its disk is full.

Safer form
    What adds comes first on the subscriber, what takes away comes first on the publisher:

        -- on each subscriber, then on the publisher
        ALTER TABLE orders ADD COLUMN state text;

    Alembic and Django: run the migration against the subscribers' databases first.

When it is fine
    When the same migration runs on the subscribers, in the right order, or when nobody subscribes.

Versions
    All supported versions.

Evidence
    Manual, "Logical Replication", "Restrictions": the schema and DDL commands are not replicated, and additions are
    made on the subscriber first. From the manual alone; no test shows it.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.effects.windows import Executed
from migsafe.model.findings import Related, Remedy, Severity
from migsafe.model.operations import (
    AddColumn,
    AlterColumnType,
    DropColumn,
    RenameColumn,
    RenameRelation,
    SetSchema,
    TableAction,
)
from migsafe.model.record import Record
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule, place
from migsafe.rules.steps import by_hand
from migsafe.rules.wording import listed

_CHANGES = (AddColumn, DropColumn, AlterColumnType, RenameColumn, RenameRelation, SetSchema)
_SHOWN = 4


class _Change(Record):
    executed: Executed
    clause: int
    operation: TableAction
    publications: tuple[str, ...]


@migration_rule(RuleInfo(code="MS213", name="unreplicated-schema-change", since="0.2.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    """One finding for a migration, at the first change."""
    changes = list(_changes(situation))
    if not changes:
        return
    first = changes[0]
    tables = listed(situation.schema.resolve(change.operation.table) for change in changes)
    publications = listed(name for change in changes for name in change.publications)
    others = changes[1:_SHOWN]
    yield Hit(
        severity=Severity.WARNING,
        message=f"Subscribers of {publications} do not get this change of {tables}, and can stop replicating.",
        why="Logical replication carries rows, not schema changes.",
        remedy=_remedy(first.operation),
        clause=first.clause,
        relation=situation.schema.resolve(first.operation.table),
        at=first.executed,
        related=tuple(
            Related(place(c.executed.migration, c.executed.statement, c.clause), "nor this one") for c in others
        ),
    )


def _changes(situation: MigrationSituation) -> Iterator[_Change]:
    schema = situation.schema
    for executed in situation.run:
        for number, operation in enumerate(executed.statement.operations):
            if not isinstance(operation, _CHANGES) or operation.keyword != "table" or executed.effect is None:
                continue
            name = schema.resolve(operation.table)
            publications = tuple(p.name for p in schema.publications_of(name))
            if publications and name not in executed.private:
                yield _Change(executed, number, operation, publications)


def _remedy(operation: TableAction) -> Remedy:
    if isinstance(operation, DropColumn):
        order = "Run it on the publisher first, and on the subscribers when its rows have arrived there."
    elif isinstance(operation, AddColumn):
        order = "Run it on the subscribers first, then on the publisher."
    else:
        order = "Stop the writes, let the subscribers catch up, change both sides, and go on."
    return Remedy("Change both sides, in the right order.", (by_hand(order),))
