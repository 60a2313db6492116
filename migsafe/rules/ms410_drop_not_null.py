"""NOT NULL is dropped: readers may meet NULL, and the way back may be closed.

What happens
    `DROP NOT NULL` is instant. From then on the column can hold NULL.

Why it hurts
    Code of the running release that was never tested with NULL fails when the next release writes the first one, and
    from that moment NOT NULL cannot be set again.

Safer form
    First a release that reads NULL without harm, then the change, then the release that writes NULL:

        ALTER TABLE users ALTER COLUMN phone DROP NOT NULL;

    Alembic: `op.alter_column("users", "phone", nullable=True)`. Django: `null=True` on the field.

When it is fine
    When the running release reads NULL already. It is told as an info.

Versions
    All supported versions.

Evidence
    Manual, ALTER TABLE, "SET/DROP NOT NULL". Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity, Slot
from migsafe.model.names import Name
from migsafe.model.operations import DropNotNull
from migsafe.rules import way_back
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.elsewhere import is_dropped_here, is_unknown_to_release
from migsafe.rules.steps import alone, by_hand
from migsafe.rules.wording import column_in_words


@statement_rule(RuleInfo(code="MS410", name="drop-not-null", since="0.1.0"), DropNotNull)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, drop in situation.clauses(DropNotNull):
        table = situation.schema.resolve(drop.table)
        if (
            is_unknown_to_release(situation, table)
            or not situation.effect.locks
            or way_back.undoes_its_way_up(situation, drop)
        ):
            continue
        if _is_nullable(table, drop.column, situation) or is_dropped_here(situation, table, [drop.column]):
            continue
        yield Hit(
            severity=Severity.INFO,
            message=f"The running release may meet NULL in {column_in_words(table, drop.column)}.",
            why="As soon as one NULL is written, NOT NULL cannot be set again.",
            remedy=_remedy(drop),
            clause=number,
            relation=table,
        )


def _is_nullable(table: Name, column: str, situation: StatementSituation) -> bool:
    known = situation.schema.relation(table).column(column)
    return known is not None and not known.not_null and situation.schema.relation(table).complete


def _remedy(drop: DropNotNull) -> Remedy:
    steps = (
        by_hand(f"Make sure that the running release reads NULL in {drop.column}."),
        alone(drop),
        by_hand("Release the application that writes NULL.", Slot.DEPLOY),
    )
    return Remedy("Let the readers cope with NULL first.", steps)
