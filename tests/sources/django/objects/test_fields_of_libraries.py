"""Fields of libraries, none of which is installed: the columns that they make."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.model.migration import Certainty
from tests.sources.django.projects import migration, project, read, second, sent, shop

COLUMNS = [
    ("mptt.fields", "TreeForeignKey('Order', null=True, db_index=False)", "bigint NULL"),
    ("jsonfield.fields", "JSONField(null=True)", "text NULL"),
    ("phonenumber_field.modelfields", "PhoneNumberField(null=True, region='CH')", "varchar(128) NULL"),
    ("timezone_field.fields", "TimeZoneField(null=True, choices_display='STANDARD')", "varchar(63) NULL"),
    ("encrypted_model_fields.fields", "EncryptedCharField(max_length=9, null=True)", "text NULL"),
    ("fernet_fields", "EncryptedDateField(null=True)", "bytea NULL"),
    ("mirage.fields", "EncryptedCharField(null=True)", "varchar(255) NULL"),
    ("localflavor.us.models", "USStateField(null=True)", "varchar(2) NULL"),
    ("bitfield.models", "BitField(['a', 'b'], default=None, null=True)", "bigint NULL"),
    ("pgvector.django", "VectorField(dimensions=1536, null=True)", "vector(1536) NULL"),
    ("pgvector.django.halfvec", "HalfVectorField(null=True)", "halfvec NULL"),
    ("netfields", "InetAddressField(null=True)", "inet NULL"),
    ("wagtail.fields", "StreamField([('p', object())], use_json_field=True, null=True)", "jsonb NULL"),
    ("wagtail.core.fields", "StreamField([('p', object())], null=True)", "text NULL"),
    ("django_extensions.db.fields", "RandomCharField(length=12, null=True)", "varchar(12) NULL"),
    ("model_utils.fields", "StatusField(null=True, no_check_for_status=True)", "varchar(100) NULL"),
    ("enumfields", "EnumField('shop.Color', null=True)", "varchar(10) NULL"),
    ("django_countries.fields", "CountryField(null=True)", "varchar(2) NULL"),
    ("django_audit_fields.fields.userfield", "UserField(max_length=50, null=True)", "varchar(50) NULL"),
    ("picklefield.fields", "PickledObjectField(null=True, compress=True)", "text NULL"),
]


def added(root: Path, module: str, field: str) -> list[str]:
    """The SQL of adding a library's field, imported as Django's own writer does."""
    top = f"import {module}"
    return sent(shop(root, second(f'migrations.AddField("order", "x", {module}.{field}),', top=top)), "shop.0002")


@pytest.mark.parametrize(("module", "field", "column"), COLUMNS)
def test_a_librarys_field_is_what_it_is_in_the_database(module: str, field: str, column: str, tmp_path: Path) -> None:
    name = "x_id" if "ForeignKey" in field else "x"

    assert added(tmp_path, module, field)[0].startswith(f'ALTER TABLE "shop_order" ADD COLUMN "{name}" {column}')


@pytest.mark.parametrize("manager", ["taggit.managers.TaggableManager(to='taggit.Tag')", "shop.tags.Tags()"])
def test_a_manager_of_tags_has_no_column(manager: str, tmp_path: Path) -> None:
    top = "import taggit.managers\nimport shop.tags"
    root = shop(tmp_path, second(f'migrations.AddField("order", "tags", {manager}),', top=top))
    (root / "shop/tags.py").write_text(
        "from taggit.managers import TaggableManager\n\nclass Tags(TaggableManager):\n"
        "    def __init__(self, *args, **kwargs):\n        super().__init__(*args, **kwargs)\n"
    )

    assert sent(root, "shop.0002") == []


def test_a_price_has_two_columns(tmp_path: Path) -> None:
    """The library makes the currency's where the migration does not state it."""
    amount = '("price", djmoney.models.fields.MoneyField(max_digits=9, decimal_places=2)),'
    currency = '("price_currency", djmoney.models.fields.CurrencyField(default="CHF", max_length=3)),'
    for name, fields in (("both", currency + amount), ("one", amount)):
        text = migration(
            f'migrations.CreateModel("Item", fields=[("id", models.BigAutoField(primary_key=True)), {fields}]),',
            top="import djmoney.models.fields",
        )
        table = sent(project(tmp_path / name, {"0001_initial": text}), "shop.0001")[0]

        assert table.count('"price_currency" varchar(3) NOT NULL') == 1
        assert table.count('"price" numeric(9, 2) NOT NULL') == 1


def test_a_sorted_relation_has_a_column_for_the_order(tmp_path: Path) -> None:
    field = "SortedManyToManyField(help_text='in order', to='shop.Order')"

    table = added(tmp_path, "sortedm2m.fields", field)[0]

    assert table.startswith('CREATE TABLE "shop_order_x" ("id" ')
    assert 'IDENTITY, "sort_value" integer NOT NULL, "from_order_id" bigint NOT NULL, "to_order_id" bigint' in table


def test_encrypt_keeps_a_field_as_bytes(tmp_path: Path) -> None:
    assert added(tmp_path, "django_cryptography.fields", "encrypt(models.CharField(max_length=9, null=True))") == [
        'ALTER TABLE "shop_order" ADD COLUMN "x" bytea NULL'
    ]


def test_a_value_in_the_librarys_own_form_is_not_known(tmp_path: Path) -> None:
    found = added(tmp_path, "encrypted_model_fields.fields", "EncryptedCharField(default='secret')")

    assert found[0] == """ALTER TABLE "shop_order" ADD COLUMN "x" text DEFAULT '…' NOT NULL"""


def test_a_class_that_nobody_knows_keeps_its_name(tmp_path: Path) -> None:
    text = second('migrations.AddField("order", "x", strange.fields.OddField(null=True)),', top="import strange.fields")

    found = read(shop(tmp_path, text), "shop.0002")

    assert [s.sql for s in found.statements] == ['ALTER TABLE "shop_order" ADD COLUMN "x" "OddField" NULL']
    assert found.statements[0].certainty is Certainty.HOLES
    assert found.problems == ()
