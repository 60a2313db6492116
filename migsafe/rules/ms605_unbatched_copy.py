"""One INSERT copies all rows of a table.

What happens
    `INSERT … SELECT` without a condition reads the whole source and writes as many rows, in one transaction. Nobody
    waits for it by itself, but its snapshot stays open until the end.

Why it hurts
    Until it ends VACUUM can remove no row that died since it began, anywhere in the database; the write-ahead log comes
    in one burst that replicas have to catch up with; a failure at the end loses all of it. Rows that are written to the
    source meanwhile are not copied.

Safer form
    Ranges of the key, each committed:

        INSERT INTO orders_new SELECT * FROM orders WHERE id > 0 AND id <= 10000;

    Alembic: in an `autocommit_block()`, or a script of its own. Django: `RunPython` with `atomic = False`.

When it is fine
    When the source is small. It is told as an info.

Versions
    All supported versions.

Evidence
    Manual, 24.1 "Routine Vacuuming": rows are removable only when no transaction can see them any more.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import Persistence
from migsafe.model.expressions import Query
from migsafe.model.findings import Remedy, Severity, Slot
from migsafe.model.names import Name
from migsafe.model.operations import Insert
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.severity import narrows
from migsafe.rules.steps import by_hand
from migsafe.rules.wording import listed
from migsafe.schema.resolve import TEMPORARY

_SYSTEM = ("pg_catalog", "information_schema", TEMPORARY)


@statement_rule(RuleInfo(code="MS605", name="unbatched-copy", since="0.1.0"), Insert)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, insert in situation.clauses(Insert):
        read = _read_in_full(insert.query, situation) if insert.query is not None else []
        if not read:
            continue
        table = situation.schema.resolve(insert.table)
        step = by_hand(f"Copy {listed(read)} by ranges of its key, each committed.", Slot.BACKGROUND)
        yield Hit(
            severity=Severity.INFO,
            message=f"All rows of {listed(read)} are copied to {table} in one transaction.",
            why="Its snapshot holds back VACUUM in the whole database, and a failure at its end loses all of it.",
            remedy=Remedy("Copy ranges of the key, each in its own transaction.", (step,)),
            clause=number,
            relation=table,
        )


def _read_in_full(query: Query, situation: StatementSituation) -> list[Name]:
    """The table that is copied: one that others fill, without a condition or a limit."""
    if query.has_limit or narrows(query.conditions) or len(query.reads) != 1:
        return []
    source = situation.schema.relation(query.reads[0])
    if source.new or source.query is not None or source.persistence is Persistence.TEMPORARY:
        return []
    return [] if source.name.schema in _SYSTEM else [source.name]
