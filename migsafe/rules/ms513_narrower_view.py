"""A view is made anew without some of its columns.

What happens
    `CREATE OR REPLACE VIEW` can only add columns at the end, so migrations drop the view and create it again. Columns
    that the new query leaves out are gone for every reader.

Why it hurts
    Queries of the running release that name one of them fail from the commit to the last restarted process.

Safer form
    Leave the column in the view until no release reads it, with NULL where it has no source any more:

        CREATE VIEW active_users AS SELECT id, name, NULL::text AS fax FROM users;

    Alembic and Django: the same in `op.execute` and `RunSQL`, and a later migration without the column.

When it is fine
    When nothing reads the column any more.

Versions
    All supported versions.

Evidence
    Manual, CREATE VIEW, "OR REPLACE"; SQLSTATE 42703. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity, Slot
from migsafe.model.names import quoted
from migsafe.model.operations import CreateMaterializedView, CreateView, DropView, Operation
from migsafe.rules import way_back
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.elsewhere import from_here
from migsafe.rules.steps import by_hand
from migsafe.rules.wording import listed


@statement_rule(RuleInfo(code="MS513", name="narrower-view", since="0.1.0"), DropView)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, drop in situation.clauses(DropView):
        if way_back.undoes_its_way_up(situation, drop):
            continue
        lost = [quoted(name) for name in _lost(drop, situation)]
        if not lost:
            continue
        keep = by_hand(f"Keep {listed(lost)} in the view until no release uses it any more.", Slot.PRE_DEPLOY)
        yield Hit(
            severity=Severity.WARNING,
            message=f"Queries of the running release that use {listed(lost)} of view {drop.view} fail.",
            why="The view is made anew without it.",
            remedy=Remedy("Take columns out of a view in a later release.", (keep,)),
            clause=number,
            relation=situation.schema.resolve(drop.view),
        )


def _lost(drop: DropView, situation: StatementSituation) -> tuple[str, ...]:
    """The columns that the view has, and does not have when the migration has made it again."""
    resolve = situation.schema.resolve
    view = situation.schema.relation(drop.view)
    following = from_here(situation, Operation)
    made = (op for op in following if isinstance(op, CreateView | CreateMaterializedView))
    again = next((creation for creation in made if resolve(creation.view) == view.name), None)
    if again is None or view.new or not (view.known and view.complete):
        return ()
    shown = _columns(again)
    return tuple(column.name for column in view.columns if column.name not in shown) if shown else ()


def _columns(creation: CreateView | CreateMaterializedView) -> tuple[str, ...]:
    """The names that the statement shows; none where a star hides them."""
    scope = creation.scope
    if scope is None or any(output.use is not None and output.use.star for output in scope.outputs):
        return ()
    names = [output.name for output in scope.outputs]
    return (*creation.columns, *names[len(creation.columns) :])
