"""A migration uses a model of an app that need not be migrated before it.

What happens
    `apps.get_model("billing", "Invoice")` in an app whose migration names no migration of `billing` among its
    dependencies, directly or through others. The models that `apps` knows are those of the migrations before it.
    A foreign key, a many-to-many field or a base that refers to such an app is the same.

Why it hurts
    Django is free to run this one first. It then fails with LookupError (no installed app with that label), for a
    relation with ValueError ("Related model cannot be resolved"), or meets a table in another state
    than the author had: on one database and not on the next.

Safer form
    Name the migration of the other app in `dependencies`: the newest one whose columns the function needs.

When it is fine
    Never: what happens to be the order today changes with the next migration of any app.

Versions
    All versions of Django.

Evidence
    `MigrationGraph.make_state` in django/db/migrations/graph.py, which knows the models of the migrations before;
    Django's documentation, "Accessing models from other apps".
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Place, Severity
from migsafe.model.migration import ConcernKind
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule


@migration_rule(RuleInfo(code="MS642", name="undeclared-app", since="0.2.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    migration = situation.migration
    for concern in migration.concerns:
        if concern.kind is ConcernKind.UNDECLARED_APP:
            yield Hit(
                severity=Severity.WARNING,
                message=f"The app {concern.about} need not be migrated before this migration uses it.",
                why="Nothing in its dependencies leads to that app, so that the order of the two is open.",
                place=Place(migration.path, concern.span),
            )
