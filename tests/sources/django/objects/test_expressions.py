"""Expressions in indexes, constraints, generated columns and defaults: the SQL is that of the objects that Django
itself makes of the same text."""

from __future__ import annotations

from pathlib import Path

import django
import pytest
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from migsafe.model.migration import Certainty
from migsafe.schema.schema import Schema
from migsafe.sources.django.editor.catalog import Catalog
from migsafe.sources.django.editor.rendering import Renderer
from tests.sources.django.projects import migration, project, read, second, sent, shop

TOP = """import datetime
import decimal
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.db.models.expressions
import django.db.models.fields.json
from django.contrib.postgres import indexes, search
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db.models import Case, F, Func, OrderBy, Q, Value, When, expressions, functions, lookups
"""
ITEM = """
migrations.CreateModel(
    name="Item",
    fields=[
        ("id", models.BigAutoField(primary_key=True)),
        ("note", models.CharField(max_length=50)),
        ("done", models.BooleanField(null=True)),
        ("num", models.IntegerField(null=True)),
        ("at", models.DateTimeField(null=True)),
        ("data", models.JSONField(null=True)),
        ("tags", django.contrib.postgres.fields.ArrayField(models.CharField(max_length=3), null=True)),
    ],
),
"""
EXPRESSIONS = """
F("note").desc()
F("note").asc(nulls_first=True)
OrderBy(F("note"), descending=True, nulls_last=True)
functions.Upper("note").desc()
functions.Coalesce("note", Value("x"))
functions.Cast("id", output_field=models.TextField())
functions.Collate("note", "C")
functions.Concat(F("note"), Value(","), F("note"), output_field=models.TextField())
functions.TruncMonth("at", output_field=models.DateField())
functions.Lower(functions.Trim(F("note")))
Func(F("note"), function="lower")
Func(F("note"), function="JSON", template="%(function)s(%(expressions)s)")
Func("id", template="(%(expressions)s IS NULL)", output_field=models.BooleanField())
Func("id", "num", function="x", arg_joiner=" + ")
F("id") + F("num")
(F("id") + 1) / 2
F("id") % 10
F("id") ** 2
-F("id")
1 + F("id")
F("id").bitand(3)
expressions.CombinedExpression(F("id"), "+", F("num"))
Case(When(Q(done=True) & ~Q(id=3), then=Value(1)), default=Value(0), output_field=models.IntegerField())
Case(When(expressions.CombinedExpression(F("id"), "<", F("num"), output_field=models.BooleanField()), then=F("id")))
indexes.OpClass(functions.Upper("note"), name="gin_trgm_ops").desc()
expressions.RawSQL("note || %s", ("x",))
search.SearchVector("note", weight="A", config="english")
search.SearchVector("note", config="english") + search.SearchVector("note", config="simple")
search.SearchVector(F("note"), config=search.SearchConfig("english"))
django.db.models.fields.json.KeyTextTransform("a", "data")
lookups.GreaterThan(F("id"), F("num"))
expressions.NegatedExpression(F("done"))
""".strip().split("\n")
CONDITIONS = """
~Q(id=1)
Q(id__in=[1, 2])
Q(Q(("id", 1)), Q(("num__isnull", True)), _connector="OR")
Q(id__gte=F("num") + 1)
Q(note__contains="%")
Q(data__has_key="a")
Q(at__lt=functions.Now())
Q(num=decimal.Decimal("1.5"))
Q(at=datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc))
Q(lookups.GreaterThan(functions.Length("note"), 3))
Q(at__date__gt=datetime.date(2020, 1, 1))
Q(("id", 1)) | Q(("num", 2)) ^ Q(done=True)
""".strip().split("\n")
DEFAULTS = """
functions.Now() + datetime.timedelta(days=1)
Func(function="uuid_generate_v4", arity=0)
Value({"a": 1}, models.JSONField())
""".strip().split("\n")
EXCLUSIONS = """
[(F("id"), RangeOperators.EQUAL), ("note", "&&")]
[(Func("at", "at", RangeBoundary(), function="tstzrange"), RangeOperators.OVERLAPS)]
[(indexes.OpClass("note", name="x"), "=")]
""".strip().split("\n")
IN_INDEX = 'migrations.AddIndex("item", models.Index({}, name="i")),'
IN_UNIQUE = 'migrations.AddConstraint("item", models.UniqueConstraint({}, name="u")),'
IN_PARTIAL = 'migrations.AddIndex("item", models.Index(fields=["id"], name="p", condition={})),'
IN_DEFAULT = 'migrations.AddField("item", "made", models.TextField(db_default={})),'
IN_GENERATED = (
    'migrations.AddField("item", "g", models.GeneratedField(expression={}, '
    "output_field=models.TextField(), db_persist=True)),"
)
IN_EXCLUSION = (
    'migrations.AddConstraint("item", '
    'django.contrib.postgres.constraints.ExclusionConstraint(name="e", expressions={})),'
)


def made_by_django(text: str) -> list[str]:
    """The SQL of an operation that Python itself evaluates."""
    names: dict[str, object] = {}
    exec(f"from django.db import migrations, models\n{TOP}", names)  # a constant of this file

    def evaluated(line: str) -> Operation:
        found = eval(line.strip().rstrip(","), names)  # likewise
        assert isinstance(found, Operation)
        return found

    before = ProjectState()
    evaluated(ITEM).state_forwards("shop", before)
    after, operation = before.clone(), evaluated(text)
    operation.state_forwards("shop", after)
    renderer = Renderer("shop", Catalog(Schema()), 15, lambda _: None)
    renderer.forward(0, operation, before, after)
    found = renderer.result()
    assert found.statements
    assert not found.failures
    return [statement.sql.rstrip(";") for statement in found.statements]


def assert_same(root: Path, text: str) -> None:
    files = {"0001_initial": migration(ITEM, top=TOP), "0002_next": second(text, top=TOP)}
    assert sent(project(root, files), "shop.0002") == made_by_django(text)


@pytest.mark.parametrize("place", [IN_INDEX, IN_UNIQUE])
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_in_an_index(expression: str, place: str, tmp_path: Path) -> None:
    assert_same(tmp_path, place.format(expression))


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition(condition: str, tmp_path: Path) -> None:
    assert_same(tmp_path, IN_PARTIAL.format(condition))


@pytest.mark.skipif(django.VERSION < (5,), reason="db_default and GeneratedField came with Django 5.0")
@pytest.mark.parametrize(
    "text",
    [*map(IN_DEFAULT.format, DEFAULTS), *map(IN_GENERATED.format, EXPRESSIONS[3:])],
)
def test_an_expression_of_a_column(text: str, tmp_path: Path) -> None:
    assert_same(tmp_path, text)


@pytest.mark.parametrize("expressions", EXCLUSIONS)
def test_an_exclusion(expressions: str, tmp_path: Path) -> None:
    assert_same(tmp_path, IN_EXCLUSION.format(expressions))


OWN = {
    "states what its base does": 'class Own(models.Func):\n    function = "uuid_generate_v4"\n    arity = 0\n',
    "and its type": (
        'class Own(models.Func):\n    function = "uuid_generate_v4"\n    arity = 0\n'
        "    output_field = models.UUIDField()\n"
    ),
    "template": 'class Own(models.Func):\n    template = "uuid_generate_v4()"\n    arity = 0\n',
}


@pytest.mark.skipif(django.VERSION < (5,), reason="db_default came with Django 5.0")
@pytest.mark.parametrize("defined", OWN.values(), ids=OWN)
@pytest.mark.parametrize("beside", [True, False], ids=["in a module", "in the file"])
def test_an_expression_of_a_project_that_only_states(defined: str, beside: bool, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/__init__.py").touch()
    (tmp_path / "shop/own.py").write_text(f"from django.db import models\n\n{defined}")
    top = "from shop.own import Own" if beside else defined
    field = 'migrations.AddField("order", "key", models.UUIDField(db_default=Own())),'

    assert sent(shop(tmp_path, second(field, top=top)), "shop.0002") == [
        'ALTER TABLE "shop_order" ADD COLUMN "key" uuid DEFAULT (uuid_generate_v4()) NOT NULL'
    ]


@pytest.mark.skipif(django.VERSION < (5,), reason="db_default came with Django 5.0")
def test_a_default_that_is_not_known_leaves_the_type(tmp_path: Path) -> None:
    field = 'migrations.AddField("order", "key", models.UUIDField(db_default=keys.Key())),'

    [statement] = read(shop(tmp_path, second(field, top="import keys")), "shop.0002").statements
    assert statement.sql == 'ALTER TABLE "shop_order" ADD COLUMN "key" uuid DEFAULT ("keys.Key"()) NOT NULL'
    assert statement.certainty is Certainty.HOLES


@pytest.mark.parametrize("value", ["limits.LARGE", "limits.large()"])
def test_a_value_in_a_condition_that_is_not_known(value: str, tmp_path: Path) -> None:
    index = f'migrations.AddIndex("order", models.Index(fields=["id"], name="i", condition=models.Q(note={value}))),'

    [statement] = read(shop(tmp_path, second(index, top="import limits")), "shop.0002").statements
    assert statement.sql == 'CREATE INDEX "i" ON "shop_order" ("id") WHERE "note" = (\'…\')'
    assert statement.certainty is Certainty.HOLES


@pytest.mark.parametrize(
    "hostile",
    [
        'models.Func("note", function="f", template="%(function)999999999s")',
        'models.Func("note", function="%999999999s")',
        'django.db.models.expressions.RawSQL("%999999999s", ("a",))',
        '"%999999999s" % models.F("note")',
    ],
)
def test_a_text_that_asks_for_any_width_is_refused(hostile: str, tmp_path: Path) -> None:
    text = second(
        f'migrations.AddIndex("order", models.Index({hostile}, name="i")),', top="import django.db.models.expressions"
    )

    found = read(shop(tmp_path, text), "shop.0002")
    assert not found.statements
    assert len(found.problems) == 1


@pytest.mark.parametrize("name", ["check", "condition"])
def test_a_check_may_be_written_for_another_django(name: str, tmp_path: Path) -> None:
    operation = f'migrations.AddConstraint("order", models.CheckConstraint({name}=models.Q(note="x"), name="ok")),'
    (sql,) = sent(shop(tmp_path, second(operation)), "shop.0002")
    assert sql == 'ALTER TABLE "shop_order" ADD CONSTRAINT "ok" CHECK ("note" = \'x\')'
