"""A materialized view is emptied by REFRESH … WITH NO DATA.

What happens
    `WITH NO DATA` throws the rows away and marks the view as not populated. Every query of it fails from then on:
    "materialized view … has not been populated" (55000).

Why it hurts
    The running release reads the view. It fails until somebody refreshes the view with data, and that refresh blocks
    readers as well, because CONCURRENTLY does not work on a view that is not populated.

Safer form
    Refresh it with data, concurrently; the view needs a unique index that covers all of its rows:

        REFRESH MATERIALIZED VIEW CONCURRENTLY sales_by_day;

    Alembic: `op.execute`. Django: `RunSQL`.

When it is fine
    When no release reads the view, or it is filled again in the same transaction.

Versions
    All supported versions.

Evidence
    Manual, REFRESH MATERIALIZED VIEW, "WITH NO DATA"; `ExecOpenScanRelation` in execUtils.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity
from migsafe.model.names import Name
from migsafe.model.operations import RefreshMaterializedView
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.steps import alone


@statement_rule(RuleInfo(code="MS514", name="emptied-materialized-view", since="0.2.0"), RefreshMaterializedView)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation in situation.clauses(RefreshMaterializedView):
        view = situation.schema.resolve(operation.view)
        known = situation.schema.relation(view)
        never_filled = known.known and not known.populated
        if operation.with_data or never_filled or situation.is_new(view):
            continue
        yield Hit(
            severity=_severity(view, situation),
            message=f"Every query of {view} fails until it is refreshed with data.",
            why="WITH NO DATA throws the rows away and marks the view as not populated.",
            remedy=_remedy(operation),
            clause=number,
            relation=view,
        )


def _severity(view: Name, situation: StatementSituation) -> Severity:
    """A later statement of the same migration may fill it again."""
    later = (s for s in situation.migration.statements if s.index > situation.statement.index)
    filled = any(
        isinstance(operation, RefreshMaterializedView)
        and operation.with_data
        and situation.schema.resolve(operation.view) == view
        for statement in later
        for operation in statement.operations
    )
    return Severity.INFO if filled else severity.of_loss(situation.statement)


def _remedy(operation: RefreshMaterializedView) -> Remedy:
    note = "needs a unique index on the view that covers all of its rows:"
    refresh = operation.replace(with_data=True, concurrently=True)
    return Remedy("Refresh it with data, concurrently.", (alone(refresh, note=note),))
