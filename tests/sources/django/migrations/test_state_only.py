"""What only Django knows of a field or a model sends nothing and is no finding: every option of every kind of field."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.django.projects import migration, project, report, second

FIELDS = {
    "big": "models.BigIntegerField({})",
    "binary": "models.BinaryField({})",
    "boolean": "models.BooleanField({})",
    "char": "models.CharField(max_length=20, {})",
    "char_indexed": "models.CharField(max_length=20, db_index=True, {})",
    "char_unique": "models.CharField(max_length=20, unique=True, {})",
    "char_in_column": 'models.CharField(max_length=20, db_column="other", {})',
    "date": "models.DateField({})",
    "datetime": "models.DateTimeField({})",
    "decimal": "models.DecimalField(max_digits=10, decimal_places=2, {})",
    "duration": "models.DurationField({})",
    "email": "models.EmailField({})",
    "file": "models.FileField({})",
    "path": 'models.FilePathField(path="/srv", {})',
    "float": "models.FloatField({})",
    "image": "models.ImageField({})",
    "integer": "models.IntegerField({})",
    "integer_default": "models.IntegerField(db_default=1, {})",
    "address": "models.GenericIPAddressField({})",
    "json": "models.JSONField({})",
    "positive": "models.PositiveIntegerField({})",
    "positive_big": "models.PositiveBigIntegerField({})",
    "positive_small": "models.PositiveSmallIntegerField({})",
    "slug": "models.SlugField({})",
    "small": "models.SmallIntegerField({})",
    "text": "models.TextField({})",
    "text_collated": 'models.TextField(db_collation="C", {})',
    "time": "models.TimeField({})",
    "url": "models.URLField({})",
    "uuid": "models.UUIDField({})",
    "array": "ArrayField(models.IntegerField(), {})",
    "span": "DateRangeField({})",
    "search": "SearchVectorField({})",
    "key": 'models.ForeignKey("shop.Other", models.CASCADE, related_name="+", {})',
    "key_plain": 'models.ForeignKey("shop.Other", models.CASCADE, db_index=False, related_name="+", {})',
    "key_loose": 'models.ForeignKey("shop.Other", models.CASCADE, db_constraint=False, related_name="+", {})',
    "key_by_name": 'models.ForeignKey("shop.Other", models.CASCADE, to_field="name", related_name="+", {})',
    "one": 'models.OneToOneField("shop.Other", models.CASCADE, related_name="+", {})',
    "many": 'models.ManyToManyField("shop.Other", related_name="+", {})',
    "strange": "strange.fields.StrangeField({})",
}
RELATIONS = {name for name in FIELDS if name.startswith(("key", "one", "many"))}
FILES = {"file", "image"}
TIMES = {"date", "datetime", "time"}
TEXTS = {"char", "char_indexed", "char_unique", "char_in_column", "text", "slug"}
OPTIONS = {
    "blank=True": set(FIELDS),
    "editable=False": set(FIELDS),
    'help_text="Said to people."': set(FIELDS),
    'verbose_name="other"': set(FIELDS),
    'error_messages={"null": "No."}': set(FIELDS),
    "validators=[shop.checks.is_good]": set(FIELDS),
    'choices=[("a", "A"), ("b", "B")]': TEXTS,
    "choices=shop.checks.CHOICES": TEXTS | {"strange"},
    'default="a"': TEXTS,
    "default=shop.checks.first": set(FIELDS) - RELATIONS,  # of a foreign key, Django makes the constraint again
    "auto_now=True": TIMES,
    "auto_now_add=True": TIMES,
    'upload_to="elsewhere/"': FILES,
    "upload_to=shop.checks.where": FILES,
    "storage=shop.checks.storage": FILES,
    'unique_for_date="date"': TEXTS,
    "serialize=False": set(FIELDS),
    'related_query_name="owner"': RELATIONS,
    'limit_choices_to={"name": "x"}': RELATIONS,
}
TOP = """import shop.checks, strange.fields
from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.contrib.postgres.search import SearchVectorField
"""
OTHER = """
migrations.CreateModel(
    name="Other",
    fields=[
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=50, unique=True)),
    ],
),
"""


def holder() -> str:
    fields = "".join(f'        ("{name}", {made.format("")}),\n' for name, made in FIELDS.items())
    return f'migrations.CreateModel(\n    name="Holder",\n    fields=[\n{fields}    ],\n),'


def changed(root: Path, *operations: str) -> Path:
    files = {"0001_initial": migration(OTHER, holder(), top=TOP), "0002_next": second(*operations, top=TOP)}
    return project(root, files)


def altered(name: str, options: str) -> str:
    return f'migrations.AlterField("holder", "{name}", {FIELDS[name].format(options)}),'


def assert_silent(root: Path) -> None:
    found = report(root, "shop.0002")
    assert [statement.sql for statement in found.statements] == []
    assert [(entry.finding.code, entry.finding.message) for entry in found.findings] == []
    assert any(one.in_focus for one in found.migrations), "nothing was judged"


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_that_no_database_sees_is_silent(option: str, tmp_path: Path) -> None:
    assert_silent(changed(tmp_path, *(altered(name, option) for name in sorted(OPTIONS[option]))))


@pytest.mark.parametrize("option", OPTIONS)
def test_and_so_is_taking_it_away(option: str, tmp_path: Path) -> None:
    names = sorted(OPTIONS[option])
    steps = [altered(name, option) for name in names] + [altered(name, "") for name in names]

    assert_silent(changed(tmp_path, *steps))


@pytest.mark.parametrize("name", FIELDS)
def test_all_options_of_a_field_together_are_silent(name: str, tmp_path: Path) -> None:
    fitting = [option for option, names in OPTIONS.items() if name in names]
    one_each = {option.partition("=")[0]: option for option in fitting if not option.startswith("auto_now")}

    assert_silent(changed(tmp_path, altered(name, ", ".join(one_each.values()))))


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("char", "models.CharField(max_length=20, default=shop.checks.a)"),
        ("email", "models.CharField(max_length=254)"),
        ("url", "models.CharField(max_length=200)"),
        ("file", "models.CharField(max_length=100)"),
        ("image", "models.FileField()"),
        ("char_indexed", "models.SlugField(max_length=20)"),
        ("slug", "models.CharField(max_length=50, db_index=True)"),
        ("path", 'models.FilePathField(path="/home", recursive=True)'),
        ("address", 'models.GenericIPAddressField(protocol="ipv4")'),
        ("json", "models.JSONField(encoder=shop.checks.Encoder)"),
        ("key", 'models.ForeignKey("shop.Other", models.PROTECT, related_name="holders")'),
        ("key_loose", 'models.ForeignKey("shop.Other", models.SET(shop.checks.f), db_constraint=False)'),
        ("one", 'models.OneToOneField("shop.Other", models.DO_NOTHING, parent_link=False)'),
        ("many", 'models.ManyToManyField("shop.Other", blank=True, related_name="holders")'),
        ("array", "ArrayField(models.IntegerField(help_text='x'), blank=True)"),
    ],
)
def test_another_class_of_the_same_column_is_silent(name: str, field: str, tmp_path: Path) -> None:
    assert_silent(changed(tmp_path, f'migrations.AlterField("holder", "{name}", {field}),'))


@pytest.mark.parametrize(
    "operation",
    [
        'migrations.AlterModelOptions("holder", {"ordering": ["-id"], "get_latest_by": "id"}),',
        'migrations.AlterModelOptions("holder", {"permissions": [("a", "A")], "default_permissions": ()}),',
        'migrations.AlterModelOptions("holder", {"verbose_name": "x", "verbose_name_plural": "y", "managed": True}),',
        'migrations.AlterModelOptions("holder", {"base_manager_name": "objects", "default_related_name": "holders"}),',
        'migrations.AlterModelOptions("holder", shop.checks.OPTIONS),',
        'migrations.AlterModelManagers("holder", [("objects", models.Manager()), ("all", shop.checks.Manager())]),',
        'migrations.AlterModelTable("holder", "shop_holder"),',
        'migrations.AlterUniqueTogether("holder", set()),',
        'migrations.AlterIndexTogether("holder", set()),',
        'migrations.AlterOrderWithRespectTo("holder", None),',
        'migrations.CreateModel("Like", [], {"proxy": True, "indexes": []}, bases=("shop.holder",)),',
        'migrations.CreateModel("View", [("id", models.IntegerField(primary_key=True))], {"managed": False}),',
        'migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("holder", "char")]),',
        'migrations.SeparateDatabaseAndState([], [migrations.RenameModel("Holder", "Keeper")]),',
        "migrations.SeparateDatabaseAndState([], [migrations.AddField('holder', 'x', models.TextField())]),",
        "migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop),",
        "migrations.RunSQL(migrations.RunSQL.noop, migrations.RunSQL.noop),",
        "migrations.RunSQL([], []),",
    ],
)
def test_operations_about_the_state_alone_are_silent(operation: str, tmp_path: Path) -> None:
    assert_silent(changed(tmp_path, operation))


def test_what_a_proxy_or_a_model_without_a_table_does_is_silent(tmp_path: Path) -> None:
    operations = (
        'migrations.CreateModel("Like", [], {"proxy": True}, bases=("shop.holder",)),',
        'migrations.CreateModel("View", [("id", models.IntegerField(primary_key=True))], {"managed": False}),',
        'migrations.AddField("view", "more", models.TextField()),',
        'migrations.AlterField("view", "more", models.IntegerField(unique=True)),',
        'migrations.AddIndex("view", models.Index(fields=["more"], name="more")),',
        'migrations.RenameField("view", "more", "less"),',
        'migrations.RenameModel("View", "Sight"),',
        'migrations.RemoveField("sight", "less"),',
        'migrations.DeleteModel("sight"),',
        'migrations.RenameModel("Like", "Same"),',
        'migrations.DeleteModel("same"),',
    )

    assert_silent(changed(tmp_path, *operations))
