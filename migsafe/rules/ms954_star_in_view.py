"""A view is made of all columns of a table, by `*`.

What happens
    The star is replaced when the view is created: it shows the columns of that day.

Why it hurts
    Columns that are added later do not show, and no column of the table can be dropped or change its type, because
    the view depends on all of them.

Safer form
    The columns that readers need:

        CREATE VIEW active_users AS SELECT id, name FROM users WHERE active;

    Alembic and Django: the same in `op.execute` and `RunSQL`.

When it is fine
    For a view that stands under the old name of a table for the time of a rename. This rule is an opinion, and off
    unless it is selected.

Versions
    All supported versions.

Evidence
    Manual, CREATE VIEW, Notes; 5.15 "Dependency Tracking".
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity
from migsafe.model.operations import CreateMaterializedView, CreateView
from migsafe.model.scopes import Scope
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.steps import by_hand

_ABOUT = (CreateView, CreateMaterializedView)


@statement_rule(RuleInfo(code="MS954", name="star-in-view", since="0.1.0", default=False), *_ABOUT)
def check(situation: StatementSituation) -> Iterator[Hit]:
    if situation.undoes is not None:
        return
    for number, operation in enumerate(situation.statement.operations):
        if not isinstance(operation, _ABOUT) or operation.scope is None or not _has_star(operation.scope):
            continue
        name = by_hand("Name the columns that readers need.")
        yield Hit(
            severity=Severity.INFO,
            message=f"View {operation.view} depends on every column of today, and shows no later one.",
            why="The star is replaced by the columns when the view is created.",
            remedy=Remedy("Name the columns.", (name,)),
            clause=number,
            relation=situation.schema.resolve(operation.view),
        )


def _has_star(scope: Scope) -> bool:
    own = any(output.use is not None and output.use.star for output in scope.outputs)
    return own or any(_has_star(arm) for arm in scope.arms)
