"""A table is renamed, or moved to another schema, under the running release.

What happens
    `RENAME TO` and `SET SCHEMA` are instant. From the commit on every query that uses the old name is an error.

Why it hurts
    Between the migration and the last restarted process every request that touches the table fails.

Safer form
    Leave a view under the old name, in the same transaction, and drop it when nothing uses it any more:

        BEGIN;
        ALTER TABLE orders RENAME TO purchases;
        CREATE VIEW orders AS SELECT * FROM purchases;
        COMMIT;

    A simple view can be read and written. It takes no TRUNCATE and no foreign key, and columns added later do not
    show in it.
    Alembic: `op.rename_table` and `op.execute("CREATE VIEW …")` in one revision.
    Django: `Meta.db_table` keeps the old name without any migration.

When it is fine
    When nothing runs against the database during the deploy, or nothing uses the table, or when the same transaction
    gives the old name back.

Versions
    All supported versions.

Evidence
    Manual, ALTER TABLE, "RENAME"; CREATE VIEW, "Updatable Views". `RenameRelation` in tablecmds.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.expressions import Query
from migsafe.model.findings import Remedy, Slot
from migsafe.model.names import Name
from migsafe.model.operations import (
    CreateTable,
    CreateTableAs,
    CreateView,
    DropView,
    Operation,
    RenameRelation,
    SetSchema,
)
from migsafe.rules import way_back
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.own_names import Origin, origin_of_table
from migsafe.rules.renamed_back import is_renamed_back
from migsafe.rules.steps import alone
from migsafe.text.identifiers import relation

_HOLD_ROWS = ("table", "view", "materialized view", "foreign table")


@statement_rule(RuleInfo(code="MS502", name="rename-table", since="0.1.0"), RenameRelation, SetSchema)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation in enumerate(situation.statement.operations):
        if not isinstance(operation, RenameRelation | SetSchema) or operation.keyword not in _HOLD_ROWS:
            continue
        table = situation.schema.resolve(operation.table)
        if situation.is_new(table) or not situation.effect.locks or situation.schema.index(table) is not None:
            continue
        if _replaced_in_transaction(situation, table) or is_renamed_back(situation, table, operation):
            continue
        if origin_of_table(situation, table) is not Origin.BEFORE:
            continue  # nobody names it yet; the older name is told where it was taken away
        yield Hit(
            severity=way_back.of_loss(situation, operation),
            message=f"Every query of the running release that names {table} fails.",
            why="The rename is instant, and no release works both before and after it.",
            remedy=_remedy(operation),
            clause=number,
            relation=table,
        )


def _replaced_in_transaction(situation: StatementSituation, table: Name) -> bool:
    """Whether something takes the old name in the same migration: a view, the compatible way to rename, or another
    table that is swapped in."""
    following = situation.migration.statements[situation.statement.index + 1 :]
    taken = (name for s in following for op in s.operations for name in _names_taken(op))
    return any(situation.schema.resolve(name) == table for name in taken)


def _names_taken(operation: Operation) -> tuple[Name, ...]:
    if isinstance(operation, CreateView):
        return (operation.view,)
    if isinstance(operation, CreateTable | CreateTableAs):
        return (operation.table,)
    if isinstance(operation, RenameRelation):
        return (operation.table._replace(name=operation.new_name),)
    return ()


def _remedy(operation: RenameRelation | SetSchema) -> Remedy:
    old = operation.table
    new = _renamed(operation)
    view = CreateView(view=old, query=Query(f"SELECT * FROM {relation(new)}", reads=(new,)))
    steps = (
        alone(operation, view),
        alone(DropView(view=old), slot=Slot.CLEANUP, note="when nothing uses the old name any more"),
    )
    return Remedy("Leave a view under the old name, in the same transaction.", steps)


def _renamed(operation: RenameRelation | SetSchema) -> Name:
    if isinstance(operation, SetSchema):
        return Name(operation.new_schema, operation.table.name)
    return Name(operation.table.schema, operation.new_name)
