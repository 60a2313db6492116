"""A column is dropped with all its values.

What happens
    `DROP COLUMN` is instant for the server (ACCESS EXCLUSIVE for a moment), and the values are gone for good: adding
    the column again brings it back empty. Indexes, constraints and statistics that name the column go with it. The
    release that is still running reads or writes the column and fails.

Why it hurts
    There is no way back but a restore, and every query of the old release that names the column is an error.

Safer form
    First let a release go out that no longer uses the column, then archive what may be needed, then drop. A column
    that is NOT NULL without a default has to become nullable before, or that release cannot insert:

        ALTER TABLE users ALTER COLUMN legacy_token DROP NOT NULL;
        -- release 1: the application neither reads nor writes users.legacy_token
        -- release 2:
        CREATE TABLE users_legacy_token AS SELECT id, legacy_token FROM users;
        ALTER TABLE users DROP COLUMN legacy_token;

    Alembic: `op.drop_column` in the release after the one that removed it from the model.
    Django: remove the field with `SeparateDatabaseAndState` first, drop the column in the next release.

When it is fine
    When nothing uses the column any more and its values are worthless: suppress the finding with that reason. In a
    way back that drops what its own way up has added it is told as an info.

Versions
    All supported versions. Up to PostgreSQL 14 a generated column that uses it is silently dropped with it.

Evidence
    Manual, ALTER TABLE, "DROP COLUMN"; `ATExecDropColumn` in tablecmds.c. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity, Slot
from migsafe.model.names import Name
from migsafe.model.operations import DropColumn, DropNotNull
from migsafe.rules import way_back
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.elsewhere import is_dropped_here
from migsafe.rules.own_names import Origin, origin_of_column
from migsafe.rules.required import is_required_of
from migsafe.rules.steps import alone, by_hand
from migsafe.rules.wording import column_in_words


@statement_rule(RuleInfo(code="MS401", name="drop-column", since="0.1.0"), DropColumn)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation in situation.clauses(DropColumn):
        table = situation.schema.resolve(operation.table)
        if situation.is_new(table) or not situation.effect.locks or _is_absent(operation, situation):
            continue
        if origin_of_column(situation, table, operation.column) is Origin.ADDED:
            continue  # a column for the time of the migration, which no release knows
        if is_dropped_here(situation, table):
            continue  # with its table, where all of its values are told (MS402)
        column = column_in_words(table, operation.column)
        going_back = way_back.undoes_its_way_up(situation, operation)
        known = situation.schema.relation(table).column(operation.column)
        computed = known is not None and known.generated is not None
        certain = way_back.of_loss(situation, operation)
        yield Hit(
            severity=Severity.WARNING if computed and not going_back else certain,
            message=(_COMPUTED if computed else _BACK if going_back else _LOSS).format(column),
            why=_WHY_COMPUTED if computed else _WHY,
            remedy=way_back.remedy_of_loss(f"{column}") if going_back else _remedy(operation, table, situation),
            clause=number,
            relation=table,
        )


_LOSS = "All values of {} are lost, and the running release may use them."
_WHY = "The drop is instant but cannot be undone: adding the column again brings it back empty."
_COMPUTED = "Queries of the running release that use {} fail."
_WHY_COMPUTED = "The drop is instant; the values can be computed again from the other columns."
_BACK = "All values of {} that were written since the way up are lost."


def _is_absent(operation: DropColumn, situation: StatementSituation) -> bool:
    """Whether IF EXISTS finds nothing to drop."""
    relation = situation.schema.relation(operation.table)
    certain = relation.known and relation.complete
    return operation.column_if_exists and certain and relation.column(operation.column) is None


def _remedy(operation: DropColumn, table: Name, situation: StatementSituation) -> Remedy:
    column = operation.column
    known = situation.schema.relation(table).column(column)
    # The next release no longer writes the column: until the drop its INSERTs need one that may be NULL.
    first = alone(DropNotNull(table=operation.table, column=column), note="so that INSERTs can leave it out:")
    steps = (
        *((first,) if known is not None and is_required_of(known) else ()),
        by_hand(f"Release an application that neither reads nor writes {column}.", Slot.DEPLOY),
        by_hand(f"Archive {column} with the table's key, if its values may be needed.", Slot.POST_DEPLOY),
        alone(operation.replace(cascade=False), slot=Slot.CLEANUP),
    )
    return Remedy("Stop using the column in one release, drop it in a later one.", steps)
