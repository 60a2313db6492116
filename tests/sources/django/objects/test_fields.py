"""Django's own fields: the columns that they make."""

from __future__ import annotations

from pathlib import Path

import django
import pytest

from tests.sources.django.projects import migration, project, second, sent, shop


def added(root: Path, field: str, top: str = "") -> list[str]:
    """The SQL of adding a field to a table."""
    return sent(shop(root, second(f'migrations.AddField("order", "x", {field}),', top=top)), "shop.0002")


def made(root: Path, *fields: str, top: str = "") -> str:
    """The SQL of a table with an id and these fields."""
    body = ", ".join(('("id", models.BigAutoField(primary_key=True))', *fields))
    text = migration(f'migrations.CreateModel("Thing", fields=[{body}]),', top=top)
    return sent(project(root, {"0001_initial": text}), "shop.0001")[0]


@pytest.mark.parametrize(
    ("field", "column"),
    [
        ("models.DecimalField('price', 'price', 8, 3, null=True)", '"x" numeric(8, 3) NULL'),
        ("models.JSONField('data', 'data', Encoder, null=True)", '"x" jsonb NULL'),
        ("models.CharField(max_length=5, null=True, db_collation='C')", '"x" varchar(5) COLLATE "C" NULL'),
        ("models.NullBooleanField()", '"x" boolean NULL'),
        ("pg.DateRangeField(null=True)", '"x" daterange NULL'),
        ("pg.ArrayField(pg.ArrayField(models.IntegerField(), size=2), null=True)", '"x" integer[2][] NULL'),
        ("SearchVectorField(null=True)", '"x" tsvector NULL'),
    ],
)
def test_a_column_has_the_type_of_its_field(field: str, column: str, tmp_path: Path) -> None:
    top = "\n".join(
        (
            "import django.contrib.postgres.fields as pg",
            "from django.contrib.postgres.search import SearchVectorField",
            "from shop.encoders import Encoder",
        )
    )

    assert added(tmp_path, field, top) == [f'ALTER TABLE "shop_order" ADD COLUMN {column}']


def test_a_module_of_fields_may_be_imported_by_its_whole_name(tmp_path: Path) -> None:
    top = "import django.contrib.postgres.fields.ranges"
    ranges = "django.contrib.postgres.fields.ranges.IntegerRangeField(null=True)"
    assert added(tmp_path / "a", ranges, top) == ['ALTER TABLE "shop_order" ADD COLUMN "x" int4range NULL']


@pytest.mark.skipif(django.VERSION < (5,), reason="db_default came with Django 5.0")
def test_so_may_a_function_that_is_a_default(tmp_path: Path) -> None:
    top = "import django.db.models.functions.datetime"
    now = "models.DateTimeField(db_default=django.db.models.functions.datetime.Now())"

    assert "DEFAULT (STATEMENT_TIMESTAMP()) NOT NULL" in added(tmp_path, now, top)[0]


@pytest.mark.skipif(django.VERSION < (5,), reason="GeneratedField came with Django 5.0")
def test_a_generated_column_has_its_expression(tmp_path: Path) -> None:
    lower = "models.GeneratedField(expression=Lower('note'), output_field=models.TextField(), db_persist=True)"
    raw = "models.GeneratedField(expression=RawSQL('1 + 1', []), output_field=models.IntegerField(), db_persist=True)"
    top = "from django.db.models.expressions import RawSQL\nfrom django.db.models.functions import Lower"

    assert added(tmp_path / "a", lower, top) == [
        'ALTER TABLE "shop_order" ADD COLUMN "x" text GENERATED ALWAYS AS (LOWER("note")) STORED'
    ]
    assert "integer GENERATED ALWAYS AS ((1 + 1)) STORED" in added(tmp_path / "b", raw, top)[0]


@pytest.mark.skipif(django.VERSION < (5, 2), reason="CompositePrimaryKey came with Django 5.2")
def test_a_key_of_several_columns(tmp_path: Path) -> None:
    text = migration(
        'migrations.CreateModel("Line", fields=['
        '("pk", models.CompositePrimaryKey("order", "number", blank=True, editable=False, primary_key=True)), '
        '("order", models.IntegerField()), ("number", models.IntegerField())]),'
    )

    found = sent(project(tmp_path, {"0001_initial": text}), "shop.0001")

    columns = '"order" integer NOT NULL, "number" integer NOT NULL'
    assert found == [f'CREATE TABLE "shop_line" ({columns}, PRIMARY KEY ("order", "number"))']


def test_geometries_have_types_and_indexes_of_postgis(tmp_path: Path) -> None:
    top = "import django.contrib.gis.db.models.fields\nfrom django.contrib.gis.db import models as gis"

    assert added(tmp_path / "a", "gis.PointField(null=True, srid=3857)", top) == [
        'ALTER TABLE "shop_order" ADD COLUMN "x" geometry(POINT,3857) NULL',
        'CREATE INDEX "shop_order_x_a44161b2_id" ON "shop_order" USING GIST ("x")',
    ]
    world = "django.contrib.gis.db.models.fields.PolygonField(geography=True, null=True, spatial_index=False)"
    assert added(tmp_path / "b", world, top) == ['ALTER TABLE "shop_order" ADD COLUMN "x" geography(POLYGON,4326) NULL']


def test_a_third_dimension_is_forced_upon_the_values(tmp_path: Path) -> None:
    top = "from django.contrib.gis.db import models as gis"
    first = migration(
        'migrations.CreateModel("Place", fields=[("id", models.BigAutoField(primary_key=True)), '
        '("at", gis.PointField(null=True))]),',
        top=top,
    )
    then = second('migrations.AlterField("place", "at", gis.PointField(dim=3, null=True)),', top=top)

    found = sent(project(tmp_path, {"0001_initial": first, "0002_next": then}), "shop.0002")

    forced = 'geometry(POINTZ,4326) USING ST_Force3D("at")::geometry(POINTZ,4326)'
    assert found == [f'ALTER TABLE "shop_place" ALTER COLUMN "at" TYPE {forced}']


def test_options_that_no_column_shows_may_hold_anything(tmp_path: Path) -> None:
    top = "import shop.models\nfrom shop.models import Color, check, place\nfrom shop.texts import help_of"
    options = (
        "choices=Color.choices, validators=[check()], help_text=help_of('x'), upload_to=place, storage=shop.models.S()"
    )

    found = added(tmp_path, f"models.FileField(null=True, {options})", top)

    assert found == ['ALTER TABLE "shop_order" ADD COLUMN "x" varchar(100) NULL']


def test_a_function_as_default_is_a_value_that_is_not_known(tmp_path: Path) -> None:
    top = "import uuid\nfrom shop.models import number\n\ndef text():\n    return 'a'\n"

    for at, (field, kind) in enumerate(
        (
            ("models.UUIDField(default=uuid.uuid4)", "uuid"),
            ("models.IntegerField(default=number)", "integer"),
            ("models.TextField(default=text)", "text"),
        )
    ):
        found = added(tmp_path / str(at), field, top)
        assert found[0] == f"""ALTER TABLE "shop_order" ADD COLUMN "x" {kind} DEFAULT '…' NOT NULL"""


def test_a_length_that_is_not_known_leaves_the_type_open(tmp_path: Path) -> None:
    found = added(tmp_path, "models.CharField(max_length=limits(), null=True)", "from shop.sizes import limits")

    assert found == ['ALTER TABLE "shop_order" ADD COLUMN "x" "CharField" NULL']


def test_the_class_of_keys_may_be_imported_by_its_setting(tmp_path: Path) -> None:
    top = (
        "from django.conf import settings\nfrom django.utils.module_loading import import_string\n"
        "Key = import_string(settings.DEFAULT_AUTO_FIELD)"
    )
    text = migration('migrations.CreateModel("Thing", fields=[("id", Key(primary_key=True))]),', top=top)
    root = project(
        tmp_path, {"0001_initial": text, "settings.py": 'DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"\n'}
    )

    assert '"id" bigint NOT NULL PRIMARY KEY' in sent(root, "shop.0001")[0]
