"""Field classes that the project defines: followed in its modules as text, as far as they are simple."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.model.migration import Certainty
from tests.sources.django.projects import project, read, second, sent, shop

HEAD = "from django.conf import settings\nfrom django.db import models\n\n"


def added(root: Path, defined: str, call: str, module: str = "shop.fields", **more: str) -> list[str]:
    """The SQL of adding a field of a class that a module of the project defines. `more` are other modules."""
    text = second(f'migrations.AddField("order", "x", {module}.{call}),', top=f"import {module}")
    files = {f"{name.replace('.', '/')}.py": body for name, body in {module: HEAD + defined, **more}.items()}
    for path, body in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(body)
        (root / path).parent.joinpath("__init__.py").touch()
    return sent(shop(root, text), "shop.0002")


def column(text: str) -> list[str]:
    return [f'ALTER TABLE "shop_order" ADD COLUMN {text}']


CODE = """
class Code(models.CharField):
    def __init__(self, *args, **kwargs):
        kwargs["max_length"] = 104
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs
"""


BY_VENDOR = """
    def db_type(self, connection):
        if connection.vendor == "mysql":
            return "longtext"
        return self._kind()

    def _kind(self):
        return "ltree"
"""
MIXIN = """
class Size:
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", 9)
        super(Size, self).__init__(*args, **kwargs)

class Code(Size, models.CharField):
    pass
"""
WITHOUT_SUPER = """
LENGTH = 4 + 5

class Code(models.CharField):
    def __init__(self, **kwargs):
        models.CharField.__init__(self, max_length=LENGTH, **kwargs)
"""
AFTERWARDS = """
class Code(models.CharField):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.max_length = 9
"""
OF_AN_OPTION = """
class Mixin(models.Field):
    pass

class Code(Mixin, models.CharField):
    def __init__(self, prefix="ab", **kwargs):
        kwargs["max_length"] = len(prefix) + 7
        super().__init__(**kwargs)
"""
OF_A_METACLASS = """
from six import with_metaclass

class Code(with_metaclass(type, models.CharField)):
    def __init__(self, **kwargs):
        kwargs.update(max_length=9)
        super().__init__(**kwargs)
"""
KEY = """
class Key(models.ForeignKey):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("on_delete", models.CASCADE)
        super().__init__(*args, **kwargs)

    def db_type(self, connection):
        return self.target_field.kind()
"""
BY_SETTING = """
class Odd(models.CharField):
    def __init__(self, **kwargs):
        kwargs["max_length"] = settings.LONG
        super().__init__(**kwargs)
"""
ONE_OF_TWO = """
if settings.WIDE:
    class Odd(models.CharField):
        def db_type(self, connection):
            return "citext"
else:
    class Odd(models.IntegerField):
        pass
"""


@pytest.mark.parametrize("module", ["shop.fields", "shop.models", "shop.db.fields.codes", "shop.lib.things"])
def test_what_init_makes_of_its_arguments_counts(module: str, tmp_path: Path) -> None:
    assert added(tmp_path, CODE, "Code(null=True)", module) == column('"x" varchar(104) NULL')


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("def db_type(self, connection):\n        return 'citext'", "citext"),
        ("def get_internal_type(self):\n        return 'TextField'", "text"),
        ("def db_type(self, connection):\n        return 'char(%d)' % self.max_length", "char(7)"),
        ("def db_type(self, connection):\n        return super().db_type(connection).upper()", "VARCHAR(7)"),
        ("def db_parameters(self, connection):\n        return {'type': 'bit(3)', 'check': None}", "bit(3)"),
        (BY_VENDOR, "ltree"),
    ],
)
def test_a_type_that_the_class_states(body: str, kind: str, tmp_path: Path) -> None:
    defined = f"class Odd(models.CharField):\n    {body}\n"

    assert added(tmp_path, defined, "Odd(max_length=7, null=True)") == column(f'"x" {kind} NULL')


@pytest.mark.parametrize("defined", [MIXIN, WITHOUT_SUPER, AFTERWARDS, OF_AN_OPTION, OF_A_METACLASS])
def test_ways_to_write_an_init(defined: str, tmp_path: Path) -> None:
    assert added(tmp_path, defined, "Code(null=True)") == column('"x" varchar(9) NULL')


def test_a_class_is_found_through_packages_and_other_modules(tmp_path: Path) -> None:
    found = added(
        tmp_path,
        "from .codes import *\n",
        "Short(null=True)",
        "shop.custom",
        **{
            "shop.codes": "from shop.limits import LONGEST\nfrom .basics import Base\n\nclass Short(Base):\n"
            "    longest = LONGEST\n",
            "shop.limits": "LONGEST = 31\n",
            "shop.basics": "from django.db.models import CharField\n\nclass Base(CharField):\n    longest = 1\n\n"
            "    def __init__(self, *a, **k):\n        super().__init__(*a, max_length=self.longest, **k)\n",
        },
    )

    assert found == column('"x" varchar(31) NULL')


def test_of_a_module_of_models_only_the_class_is_evaluated(tmp_path: Path) -> None:
    defined = f"open('never', 'w')\nraise SystemExit\n\nclass Order(models.Model):\n    code = Code()\n{CODE}"

    assert added(tmp_path, defined, "Code(null=True)", "shop.models") == column('"x" varchar(104) NULL')


def test_a_subclass_of_a_librarys_field(tmp_path: Path) -> None:
    defined = "from wagtail.fields import StreamField\n\nclass Body(StreamField):\n    pass\n"

    assert added(tmp_path, defined, "Body([], null=True)") == column('"x" jsonb NULL')


def test_a_foreign_key_of_a_class_whose_type_is_open_keeps_its_constraint(tmp_path: Path) -> None:
    found = added(tmp_path, KEY, "Key('shop.Order', null=True)")

    assert found[0].startswith('ALTER TABLE "shop_order" ADD COLUMN "x_id" "Key" NULL CONSTRAINT "')
    assert 'REFERENCES "shop_order"("id") DEFERRABLE INITIALLY DEFERRED' in found[0]


@pytest.mark.parametrize(
    "defined",
    [
        "class Odd(models.CharField):\n    def db_type(self, connection):\n        return settings.KIND\n",
        BY_SETTING,
        "class Odd(models.CharField):\n    def __init__(self, **k):\n        raise ValueError\n",
        "class Odd(models.CharField):\n    def __init__(self, **k):\n        pass\n",
        "class Odd(models.CharField):\n    def __init__(self, **k):\n        self.__init__(**k)\n",
        "class Odd(models.CharField\n",
    ],
)
def test_a_class_that_cannot_be_followed_keeps_its_name(defined: str, tmp_path: Path) -> None:
    added(tmp_path, defined, "Odd(null=True)")

    found = read(tmp_path, "shop.0002")

    assert [s.sql for s in found.statements] == column('"x" "Odd" NULL')
    assert found.statements[0].certainty is Certainty.HOLES
    assert found.problems == ()


def test_a_class_under_a_setting_is_each_of_the_two(tmp_path: Path) -> None:
    added(tmp_path, ONE_OF_TWO, "Odd(null=True)", "shop.models")

    found = read(tmp_path, "shop.0002")

    guarded = {(s.guard, s.sql) for s in found.statements}
    assert guarded == {
        ("settings.WIDE", *column('"x" citext NULL')),
        ("not settings.WIDE", *column('"x" integer NULL')),
    }


def test_a_class_of_the_migration_itself(tmp_path: Path) -> None:
    text = second('migrations.AddField("order", "x", Code(null=True)),', top=CODE)

    assert sent(shop(tmp_path, text), "shop.0002") == column('"x" varchar(104) NULL')


def test_a_change_of_options_that_make_the_same_column_has_no_sql(tmp_path: Path) -> None:
    first = second('migrations.AddField("order", "x", shop.fields.Code(null=True)),', top="import shop.fields")
    third = first.replace("AddField", "AlterField").replace("null=True", "null=True, help_text='more'")
    root = project(shop(tmp_path, first), {"0003_more": third.replace("0001_initial", "0002_next")})
    (root / "shop/fields.py").write_text(HEAD + CODE)

    assert sent(root, "shop.0003") == []


def test_a_class_whose_base_nobody_knows(tmp_path: Path) -> None:
    text = second(
        'migrations.AddField("order", "x", Odd(null=True)),',
        top="from strange import Base\n\nclass Odd(Base):\n    pass\n",
    )

    found = read(shop(tmp_path, text), "shop.0002")

    assert [s.sql for s in found.statements] == column('"x" "Odd" NULL')
    assert found.problems == ()


JOINED = """
class Joined(models.TextField):
    def get_prep_value(self, value):
        return self.code.join(value)
"""


def test_a_default_that_the_class_writes_in_its_own_way_is_not_known(tmp_path: Path) -> None:
    found = added(tmp_path, JOINED, "Joined(default=['a', 'b'])")

    assert found == [
        *column("\"x\" text DEFAULT '…' NOT NULL"),
        'ALTER TABLE "shop_order" ALTER COLUMN "x" DROP DEFAULT',
    ]
    assert added(tmp_path, JOINED, "Joined(null=True, default=None)") == column('"x" text NULL')


def test_how_it_writes_is_not_read(tmp_path: Path) -> None:
    strange = (
        JOINED.replace("self.code.join", "STRANGE[0].join")
        + "    def __init__(self, **k):\n        super().__init__(**k)\n"
    )

    found = added(tmp_path, f"raise SystemExit\n{strange}", "Joined(default=['a', 'b'])", "shop.models")

    assert found[0] == column("\"x\" text DEFAULT '…' NOT NULL")[0]


@pytest.mark.parametrize(("later", "sets"), [("['a']", False), ("['b']", True)])
def test_it_is_the_same_one_when_its_value_is(later: str, sets: bool, tmp_path: Path) -> None:
    first = second(
        'migrations.AddField("order", "x", shop.fields.Joined(null=True, default=[\'a\'])),', top="import shop.fields"
    )
    third = first.replace("AddField", "AlterField").replace("null=True, default=['a']", f"default={later}")
    root = project(shop(tmp_path, first), {"0003_more": third.replace("0001_initial", "0002_next")})
    (root / "shop/fields.py").write_text(HEAD + JOINED)

    assert any("SET DEFAULT '…'" in sql for sql in sent(root, "shop.0003")) is sets
