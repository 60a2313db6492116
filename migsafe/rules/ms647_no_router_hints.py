"""A data migration tells the routers of several databases nothing.

What happens
    With several databases, `migrate` runs each migration on each of them. For a `RunPython` a router is asked
    `allow_migrate(db, app_label, **hints)`: without `hints` it learns the app and not the model.

Why it hurts
    A router that decides by model says yes or nothing, and the step runs on a database that does not have the table,
    or changes rows of the default database once for each of the others.

Safer form
    Say what the step is about, and use the connection that it is run on:

        migrations.RunPython(forwards, backwards, hints={"model_name": "order"})

        def forwards(apps, schema_editor):
            Order = apps.get_model("shop", "Order")
            Order.objects.using(schema_editor.connection.alias).filter(state=None).update(state="new")

When it is fine
    With one database, which is why this rule is off unless it is selected. A step that asks
    `schema_editor.connection.alias` is not reported.

Versions
    All versions of Django.

Evidence
    Django's documentation of RunPython, `hints`, and "Multiple databases", `allow_migrate`;
    `RunPython.database_forwards` in django/db/migrations/operations/special.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Place, Severity
from migsafe.model.migration import ConcernKind
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule


@migration_rule(RuleInfo(code="MS647", name="no-router-hints", since="0.2.0", default=False))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    migration = situation.migration
    for concern in migration.concerns:
        if concern.kind is ConcernKind.NO_HINTS:
            yield Hit(
                severity=Severity.INFO,
                message="Routers of several databases are not told what this step is about.",
                why="It has no hints, and does not ask for the connection that it runs on.",
                place=Place(migration.path, concern.span),
            )
