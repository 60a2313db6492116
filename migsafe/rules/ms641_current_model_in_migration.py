"""A data migration works with the models of today's code instead of those of its own time.

What happens
    `from app.models import Order` gives the class as the newest code has it, with columns that the database does not
    have yet when this migration runs, or does not have any more. `apps.get_model("app", "Order")` gives the model as it
    is at this point of the history.

Why it hurts
    The migration works today and fails on the next empty database, in tests or in a new region, as soon as the model
    has another column: every SELECT and INSERT names all columns of the class. Signals, managers and `save()` of
    today's code run as well.

Safer form
    Django: `Model = apps.get_model("app", "Model")` inside of the function, and constants written out in the migration.
    Alembic: the table as it is at this point, with the columns that are needed, in the revision itself:

        orders = sa.table("orders", sa.column("id"), sa.column("state"))
        op.execute(orders.update().where(orders.c.state.is_(None)).values(state="new"))

When it is fine
    When the imported name is no model, or when the migration never runs again on a database that is built from scratch.

Versions
    All versions of Django and of Alembic.

Evidence
    Django's documentation, "Writing database migrations" and "Data Migrations": the historical models. Alembic's
    documentation of `op.bulk_insert` and `op.execute` declares tables in the revision. For a revision the import and
    the use decide: a class from a module of models that is given to a query, or asked for its table.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Place, Severity
from migsafe.model.migration import ConcernKind
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule


@migration_rule(RuleInfo(code="MS641", name="current-model-in-migration", since="0.2.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    migration = situation.migration
    for concern in migration.concerns:
        if concern.kind is ConcernKind.CURRENT_MODEL:
            yield Hit(
                severity=Severity.WARNING,
                message=f"{concern.about} is the model of today's code, not of this migration.",
                why="Its columns are those of the newest code; the database has those of this point of the history.",
                place=Place(migration.path, concern.span),
            )
