"""A table is dropped with all its rows.

What happens
    `DROP TABLE` removes the table, its indexes and its rows. It takes ACCESS EXCLUSIVE on the table and, for every
    foreign key, on the other table as well.

Why it hurts
    There is no way back but a restore. The release that is still running fails on every query of the table, and the
    tables on the other side of its foreign keys are blocked while the drop waits for its locks.

Safer form
    Stop using it, drop its foreign keys one at a time, rename it out of the way, and drop it when nobody misses it:

        ALTER TABLE audit_log RENAME TO audit_log_to_drop;
        -- some releases later
        DROP TABLE audit_log_to_drop;

    Alembic: `op.rename_table` now, `op.drop_table` later.
    Django: `SeparateDatabaseAndState` with `AlterModelTable` now, `DeleteModel` later.

When it is fine
    When nothing uses the table and its rows are worthless: suppress the finding with that reason. In a way back
    that drops what its own way up has created it is told as an info.

Versions
    All supported versions.

Evidence
    Manual, DROP TABLE; `RemoveRelations` in tablecmds.c. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import ForeignKey, Persistence
from migsafe.model.findings import Remedy, Slot
from migsafe.model.names import Name
from migsafe.model.operations import CreateTable, CreateTableAs, DropTable, RenameRelation
from migsafe.rules import way_back
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.elsewhere import from_here
from migsafe.rules.steps import alone, by_hand
from migsafe.rules.wording import listed


@statement_rule(RuleInfo(code="MS402", name="drop-table", since="0.1.0"), DropTable)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation in situation.clauses(DropTable):
        table = situation.schema.resolve(operation.table)
        if situation.is_new(table) or situation.effect.lock_on(table) is None:
            continue
        if _clears_the_way(operation, situation):
            continue
        others = list(dict.fromkeys(name for name in _referenced(situation, table) if name != table))
        also = f" {listed(others)} {'are' if len(others) > 1 else 'is'} locked as well." if others else ""
        going_back = way_back.undoes_its_way_up(situation, operation)
        yield Hit(
            severity=way_back.of_loss(situation, operation),
            message=(_BACK if going_back else _LOSS).format(table) + also,
            why="A dropped table cannot be brought back but from a backup.",
            remedy=way_back.remedy_of_loss(f"the rows of {table}") if going_back else _remedy(operation),
            clause=number,
            relation=table,
        )


def _clears_the_way(operation: DropTable, situation: StatementSituation) -> bool:
    """Whether it only makes sure that a name is free for the temporary table that the migration makes next."""
    if not operation.if_exists or situation.schema.relation(situation.schema.resolve(operation.table)).known:
        return False
    made: list[CreateTable | CreateTableAs] = [*from_here(situation, CreateTable)]
    made += from_here(situation, CreateTableAs)
    return any(m.persistence is Persistence.TEMPORARY and m.table.name == operation.table.name for m in made)


_LOSS = "All rows of {} are lost, and the running release may use them."
_BACK = "All rows of {} that were written since the way up are lost."


def _referenced(situation: StatementSituation, table: Name) -> Iterator[Name]:
    for constraint in situation.schema.relation(table).foreign_keys:
        if isinstance(constraint.definition, ForeignKey):
            yield situation.schema.resolve(constraint.definition.referenced)


def _remedy(operation: DropTable) -> Remedy:
    aside = f"{operation.table.name}_to_drop"
    steps = (
        by_hand(f"Release an application that does not use {operation.table}.", Slot.DEPLOY),
        alone(RenameRelation(table=operation.table, new_name=aside), slot=Slot.POST_DEPLOY),
        alone(
            operation.replace(table=operation.table._replace(name=aside), cascade=False),
            slot=Slot.CLEANUP,
            note="when nothing has missed it for some releases",
        ),
    )
    return Remedy("Stop using the table, rename it out of the way, drop it in a later release.", steps)
