"""A step of a migration loads a whole table into memory.

What happens
    `for order in Order.objects.all()` fetches every row before the first round of the loop and keeps all of them, as
    objects, until the loop ends: a query set remembers its results.

Why it hurts
    A million rows are some gigabytes of Python objects. The process that migrates is killed in the middle of the
    deploy, and in one transaction everything that it did is lost.

Safer form
    Read in portions; only the last one is in memory. In a migration that is `atomic = False`, ranges of keys that are
    committed one by one are better still:

        for order in Order.objects.only("id", "note").iterator(chunk_size=2000):
            …

When it is fine
    On a small table. With a known size below 10,000 rows nothing is reported.

Versions
    All versions of Django. `prefetch_related` together with `iterator` needs `chunk_size` (Django 4.1).

Evidence
    Django's documentation, "QuerySet API": `iterator`, and "When QuerySets are evaluated". A test counts
    the objects that are alive in both loops, on a server.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Place, Remedy, Severity
from migsafe.model.migration import ConcernKind
from migsafe.model.names import Name
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule
from migsafe.rules.steps import by_hand

_FEW = 10_000  # rows that any process can hold
_MANY = 1_000_000  # rows from which on it is gigabytes
_REMEDY = Remedy("Read in portions.", (by_hand("`.iterator(chunk_size=2000)` behind the query of the loop."),))


@migration_rule(RuleInfo(code="MS645", name="table-in-memory", since="0.2.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    migration = situation.migration
    for concern in migration.concerns:
        if concern.kind is not ConcernKind.ROWS_IN_MEMORY or concern.relation is None:
            continue
        table = situation.schema.resolve(concern.relation)
        rows = _rows(table, situation)
        if rows is not None and rows < _FEW:
            continue
        yield Hit(
            severity=Severity.INFO if rows is None or rows < _MANY else Severity.WARNING,
            message=f"Every row of {table} is loaded into memory at once.",
            why="A query set keeps its results until the loop over it ends.",
            remedy=_REMEDY,
            relation=table,
            place=Place(migration.path, concern.span),
        )


def _rows(table: Name, situation: MigrationSituation) -> float | None:
    """How many rows the table will have, if that is known."""
    known = situation.target.statistics.table(table)
    if known is None or known.rows is None:
        return None
    return known.rows * situation.target.growth
