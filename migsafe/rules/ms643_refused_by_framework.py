"""Django refuses an operation: the migration fails, every time.

What happens
    `AlterField` cannot turn a ManyToManyField into a field with a column or back, and cannot give one another `through`
    model. Django raises ValueError before anything is sent; `makemigrations` writes such a migration without a word.

Why it hurts
    The deploy stops there. On a database that is built from nothing it stops as well, so that tests do not pass either.

Safer form
    For `through`: a model whose `db_table` is the table that is there, as state only. Nothing is sent, no row moves:

        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(name="Tagging", fields=[…], options={"db_table": "shop_order_tags"}),
                migrations.AlterField("order", "tags", models.ManyToManyField("shop.Tag", through="shop.Tagging")),
            ]
        )

    For another kind of field: add a field, copy what the old one connects in a migration of its own, and remove the
    old one in a later release. RemoveField and AddField in one migration lose all of it.

When it is fine
    Never.

Versions
    All versions of Django.

Evidence
    `BaseDatabaseSchemaEditor.alter_field` in django/db/backends/base/schema.py; tried with Django itself by the tests.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Place, Remedy, Severity
from migsafe.model.migration import ConcernKind
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule
from migsafe.rules.steps import by_hand

_THROUGH = "Another `through`: CreateModel with the table that is there as db_table and this AlterField, as state only."


@migration_rule(RuleInfo(code="MS643", name="refused-by-framework", since="0.2.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    migration = situation.migration
    for concern in migration.concerns:
        if concern.kind is ConcernKind.REFUSED:
            yield Hit(
                severity=Severity.ERROR,
                message="Django refuses to make the field into this one: the migration fails here.",
                why=f"A ManyToManyField has a table and no column, and nothing can alter it into this. {concern.about}",
                remedy=Remedy(
                    "Change what connects the rows step by step, or tell Django's state alone where the table stays.",
                    (
                        by_hand(_THROUGH),
                        by_hand("Another kind of field: add one, copy in batches, remove the old one."),
                    ),
                ),
                place=Place(migration.path, concern.span),
            )
