"""Of a model only the fields are rendered that an operation is about, and the SQL is that of the whole model."""

from __future__ import annotations

from collections.abc import Sequence

import django
import pytest

from migsafe.sources.django.editor.setup import connection

connection()

from django.contrib.postgres.operations import AddIndexConcurrently  # noqa: E402  # Django has to be set up before
from django.db import migrations, models  # noqa: E402  # likewise
from django.db.migrations.operations.base import Operation  # noqa: E402  # likewise
from django.db.migrations.state import ModelState, ProjectState  # noqa: E402  # likewise

from migsafe.schema.schema import Schema  # noqa: E402  # likewise
from migsafe.sources.django.editor.catalog import Catalog  # noqa: E402  # likewise
from migsafe.sources.django.editor.rendering import Renderer, Rendering  # noqa: E402  # likewise
from migsafe.sources.django.state.pieces import piece_of  # noqa: E402  # likewise

FIELDS: Sequence[tuple[str, models.Field]] = (
    ("id", models.BigAutoField(primary_key=True)),
    ("code", models.CharField(max_length=20, unique=True)),
    ("name", models.CharField(max_length=100)),
    ("price", models.IntegerField(default=0)),
    ("shop", models.ForeignKey("shop.shop", models.CASCADE)),
    ("tags", models.ManyToManyField("shop.tag")),
    ("parent", models.ForeignKey("self", models.CASCADE, to_field="code", null=True)),
)
OPTIONS = {
    "unique_together": {("name", "price")},
    "indexes": [models.Index(fields=["-price"], name="by_price")],
    "constraints": [models.UniqueConstraint(fields=["shop", "name"], name="one_name")],
}


def state() -> ProjectState:
    found = ProjectState()
    for name in ("shop", "tag"):
        found.add_model(ModelState("shop", name, [("id", models.BigAutoField(primary_key=True))]))
    found.add_model(ModelState("shop", "item", list(FIELDS), dict(OPTIONS)))
    return found


def after(operation: Operation) -> ProjectState:
    found = state()
    operation.state_forwards("shop", found)
    return found


def both_ways(operation: Operation, before: ProjectState, behind: ProjectState) -> list[str]:
    """The SQL of an operation and of its way back, and why Django refuses one of them."""
    up, down = (Renderer("shop", Catalog(Schema()), 16, list[str]().append) for _ in range(2))
    up.forward(0, operation, before, behind)
    down.backward(0, operation, before, behind)
    return [text for each in (up.result(), down.result()) for text in _texts(each)]


def _texts(result: Rendering) -> list[str]:
    return [one.sql for one in result.statements] + [failure.reason for failure in result.failures]


ABOUT_COLUMNS = [
    (migrations.AddField("item", "size", models.IntegerField(default=1)), {"size"}),
    (migrations.AddField("item", "twin", models.ForeignKey("shop.item", models.CASCADE, "+", to_field="code")), set()),
    (migrations.AddField("item", "friends", models.ManyToManyField("shop.shop")), set()),
    (migrations.AlterField("item", "price", models.BigIntegerField(db_index=True)), {"price"}),
    (migrations.AlterField("item", "shop", models.ForeignKey("shop.shop", models.CASCADE, null=True)), {"shop"}),
    (migrations.RemoveField("item", "name"), {"name"}),
    (migrations.RemoveField("item", "tags"), {"tags"}),
    (migrations.RenameField("item", "price", "cost"), {"price"}),
    (migrations.AddIndex("item", models.Index(fields=["-price"], name="new", include=["name"])), {"price", "name"}),
    (AddIndexConcurrently("item", models.Index(fields=["shop"], name="new")), {"shop"}),
    (migrations.RemoveIndex("item", "by_price"), {"price"}),
    (migrations.AddConstraint("item", models.UniqueConstraint(fields=["price"], name="new")), {"price"}),
    (migrations.RemoveConstraint("item", "one_name"), {"shop", "name"}),
    (migrations.AlterUniqueTogether("item", {("name", "shop")}), {"name", "price", "shop"}),
]


@pytest.mark.parametrize(
    ("operation", "about"), ABOUT_COLUMNS, ids=lambda value: getattr(value, "migration_name_fragment", "")
)
def test_of_one_column_only_what_it_is_about_is_rendered(operation: Operation, about: set[str]) -> None:
    piece = piece_of(0, operation, "shop", state())
    assert piece is not None
    kept = piece.before.models["shop", "item"].fields.keys()
    assert about - {"size"} <= kept <= about | {"id", "code"}, "the key, and what a reference may mean, stay"
    assert both_ways(operation, piece.before, piece.after) == both_ways(operation, state(), after(operation)) != []


ABOUT_MORE = [
    migrations.AddIndex("item", models.Index(models.F("name").desc(), name="new")),
    migrations.AddConstraint("item", models.UniqueConstraint(fields=["name"], condition=models.Q(price=0), name="new")),
    migrations.AlterField("item", "code", models.CharField(max_length=30, unique=True)),
    migrations.DeleteModel("item"),
    migrations.AddConstraint("item", models.UniqueConstraint(fields=["shop_id", "name"], name="new")),  # by its column
    migrations.AddIndex("item", models.Index(fields=["shop_id"], name="new")),
]


@pytest.mark.parametrize("operation", ABOUT_MORE, ids=lambda operation: operation.migration_name_fragment)
def test_where_other_fields_may_matter_all_are_rendered(operation: Operation) -> None:
    piece = piece_of(0, operation, "shop", state())
    assert piece is not None
    assert piece.before.models["shop", "item"].fields.keys() == dict(FIELDS).keys()


@pytest.mark.skipif(django.VERSION < (5,), reason="GeneratedField came with Django 5.0")
def test_a_generated_column_needs_the_columns_that_it_is_made_of() -> None:
    twice = models.F("price") * 2
    field = models.GeneratedField(expression=twice, output_field=models.IntegerField(), db_persist=True)
    piece = piece_of(0, migrations.AddField("item", "twice", field), "shop", state())
    assert piece is not None
    assert "price" in piece.before.models["shop", "item"].fields


def test_the_order_of_rows_needs_the_field_that_it_is_with_respect_to() -> None:
    ordered = state()
    ordered.models["shop", "item"].options = {"order_with_respect_to": "shop"}
    piece = piece_of(0, migrations.AddField("item", "size", models.IntegerField(null=True)), "shop", ordered)
    assert piece is not None
    assert "shop" in piece.before.models["shop", "item"].fields
    assert both_ways(piece.operation, piece.before, piece.after)
