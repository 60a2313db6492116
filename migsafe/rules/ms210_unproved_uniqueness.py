"""A unique index is built over rows that may hold duplicates.

What happens
    The build ends with an error at the first key that occurs twice. Built concurrently, the index stays behind INVALID:
    no query uses it. Whether writes keep it up to date and it refuses new duplicates depends on how far the build came:
    when its first pass fails, neither.

Why it hurts
    The deploy stops after the whole table has been read and sorted, and somebody has to clean up by hand.

Safer form
    Look first, and mend what is found:

        SELECT email FROM users GROUP BY email HAVING count(*) > 1;

    After a build that failed: `DROP INDEX CONCURRENTLY`, then the build again. Alembic and Django: the query in a check
    before the deploy.

When it is fine
    When the values are known to be unique: another unique index says so, or the application makes sure. A table that
    the migration creates is not reported.

Versions
    All supported versions.

Evidence
    Manual, CREATE INDEX, "Building Indexes Concurrently". Shown on a server by a test of this rule.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity
from migsafe.model.operations import CreateIndex
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.steps import by_hand, look_for_duplicates
from migsafe.schema.objects import Index


@statement_rule(RuleInfo(code="MS210", name="unproved-uniqueness", since="0.2.0"), CreateIndex)
def check(situation: StatementSituation) -> Iterator[Hit]:
    """About concurrent builds: of one that blocks, the query is part of the remedy."""
    for number, operation, _ in situation.working(CreateIndex):
        if not operation.unique or not operation.concurrently or _is_proved(operation, situation):
            continue
        table = situation.schema.resolve(operation.table)
        columns = tuple(e.column for e in operation.elements if e.column is not None)
        plain = len(columns) == len(operation.elements) and operation.predicate is None
        look = look_for_duplicates(operation.table, columns) if plain else by_hand("Look for keys that occur twice.")
        yield Hit(
            severity=Severity.INFO,
            message=f"The build fails if {table} holds duplicates, and leaves an INVALID index behind.",
            why="Nothing that migsafe has read says that the keys are unique, and only the rows can tell.",
            remedy=Remedy("Look for duplicates first.", (look,)),
            clause=number,
            relation=table,
        )


def _is_proved(operation: CreateIndex, situation: StatementSituation) -> bool:
    """Whether a valid unique index without a condition has some of the columns and no others."""
    columns = {element.column for element in operation.elements}
    indexes = situation.schema.indexes_of(situation.schema.resolve(operation.table))
    return any(_proves(index) and _columns(index) <= columns for index in indexes)


def _proves(index: Index) -> bool:
    return index.unique and index.valid and index.predicate is None and None not in _columns(index)


def _columns(index: Index) -> set[str | None]:
    return {element.column for element in index.elements}
