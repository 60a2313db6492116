"""A column is renamed under the running release.

What happens
    `RENAME COLUMN` is instant. From its commit on, every query that uses the old name is an error; queries with the
    new name were errors until then. No release works on both sides.

Why it hurts
    Between the migration and the last restarted process every request that touches the column fails.

Safer form
    Cheapest: leave the column and rename it in the application only (`Column("old_name", key="new_name")` in
    SQLAlchemy, `db_column="old_name"` in Django). Otherwise a new column that is written together with the old one:

        ALTER TABLE users ADD COLUMN full_name text;
        -- a trigger that keeps name and full_name alike; fill full_name in batches
        -- release that reads and writes full_name; then drop the trigger and name

When it is fine
    When nothing runs against the database during the deploy, or when the same transaction gives the old name back. A
    name that the same migration has made is not reported: no release uses it yet.

Versions
    All supported versions.

Evidence
    Manual, ALTER TABLE, "RENAME"; `renameatt_internal` in tablecmds.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import ColumnDef
from migsafe.model.findings import Remedy, Slot, Step
from migsafe.model.operations import AddColumn, RenameColumn
from migsafe.rules import way_back
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.own_names import Origin, origin_of_column, origin_of_table
from migsafe.rules.renamed_back import is_renamed_back
from migsafe.rules.steps import alone, by_hand
from migsafe.rules.wording import column_in_words

_ON_ROWS = ("table", "view", "materialized view", "foreign table")


@statement_rule(RuleInfo(code="MS501", name="rename-column", since="0.1.0"), RenameColumn)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation in situation.clauses(RenameColumn):
        if operation.keyword not in _ON_ROWS:
            continue
        table = situation.schema.resolve(operation.table)
        if situation.is_new(table) or not situation.effect.locks or is_renamed_back(situation, table, operation):
            continue
        if origin_of_column(situation, table, operation.column) is not Origin.BEFORE:
            continue  # nobody names it yet; the loss of the older name is told where that is renamed or dropped
        if origin_of_table(situation, table) is not Origin.BEFORE:
            continue  # every query of the table fails already, which is told there
        yield Hit(
            severity=way_back.of_loss(situation, operation),
            message=f"Every query of the running release that names {column_in_words(table, operation.column)} fails.",
            why="The rename is instant, and no release works both before and after it.",
            remedy=_remedy(operation, situation),
            clause=number,
            relation=table,
        )


def _remedy(operation: RenameColumn, situation: StatementSituation) -> Remedy:
    old, new = operation.column, operation.new_name
    if operation.keyword in ("view", "materialized view"):
        both = by_hand(f"Show the column under both names, {old} and {new}, until nothing uses {old} any more.")
        return Remedy("Let the view show the column under both names.", (both,))
    steps: list[Step] = [by_hand(f"Or keep the column and map {new} to {old} in the application: no migration.")]
    column = situation.schema.relation(situation.schema.resolve(operation.table)).column(old)
    if column is not None and column.type is not None:
        copy = ColumnDef(name=new, type=column.type, collation=column.collation)
        steps.append(alone(AddColumn(table=operation.table, column=copy)))
    else:
        steps.append(by_hand(f"Add {new} with the type of {old}."))
    steps += [
        by_hand(f"Create a trigger that keeps {old} and {new} alike."),
        by_hand(f"Fill {new} from {old} in batches, each in its own transaction.", Slot.BACKGROUND),
        by_hand(f"Release an application that uses {new} only.", Slot.DEPLOY),
        by_hand(f"Drop the trigger, then {old}.", Slot.CLEANUP),
    ]
    return Remedy("Add the column under its new name, write both, move the readers, drop the old one.", tuple(steps))
