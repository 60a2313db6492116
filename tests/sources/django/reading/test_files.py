"""What files say of themselves, in all the forms that real ones have."""

from __future__ import annotations

from pathlib import Path

from tests.sources.django.projects import CASCADE, ORDER, migration, project, read, second, sent, shop

USER = """
migrations.CreateModel(
    name="Person",
    fields=[("id", models.AutoField(primary_key=True))],
    options={"swappable": "AUTH_USER_MODEL"},
),
"""
PROXY = 'migrations.CreateModel("Admin", [], options={"proxy": True}, bases=("shop.person",)),'


def test_the_projects_own_user_model_is_created(tmp_path: Path) -> None:
    root = project(tmp_path, {"0001_initial": migration(USER, PROXY)})
    (root / "settings.py").write_text("AUTH_USER_MODEL = 'shop.Person'\n")

    assert [sql[:28] for sql in sent(root, "shop.0001")] == ['CREATE TABLE "shop_person" (']
    assert read(root, "shop.0001").problems == ()


def test_a_length_may_be_a_setting(tmp_path: Path) -> None:
    field = 'migrations.AddField("order", "code", models.CharField(max_length=settings.CODE_LENGTH, null=True)),'
    root = shop(tmp_path, second(field, top="from django.conf import settings"))
    (root / "settings").mkdir()
    (root / "settings" / "base.py").write_text("CODE_LENGTH = 12  # letters\nOTHER = int(1)\n")

    assert sent(root, "shop.0002") == ['ALTER TABLE "shop_order" ADD COLUMN "code" varchar(12) NULL']


def test_settings_that_clash_are_not_known(tmp_path: Path) -> None:
    field = 'migrations.AddField("order", "code", models.CharField(max_length=settings.CODE_LENGTH, null=True)),'
    root = shop(tmp_path, second(field, top="from django.conf import settings"))
    (root / "settings").mkdir()
    for name, length in (("base", 12), ("live", 13)):
        (root / "settings" / f"{name}.py").write_text(f"CODE_LENGTH = {length}\n")

    assert all("varchar(1" not in sql for sql in sent(root, "shop.0002"))


def test_migrations_of_a_package_that_the_settings_name(tmp_path: Path) -> None:
    files = {"elsewhere/changes/first.py": migration(ORDER), "elsewhere/__init__.py": ""}
    root = project(tmp_path, files)
    (root / "settings.py").write_text("MIGRATION_MODULES = {'shop': 'elsewhere.changes'}\n")

    assert [sql[:27] for sql in sent(root, "shop.first")] == ['CREATE TABLE "shop_order" (']


def test_a_module_below_empty_packages_is_followed(tmp_path: Path) -> None:
    top = "import tools.migrations.helpers"
    operation = "tools.migrations.helpers.without('note'),"
    root = shop(tmp_path, second(operation, top=top))
    helper = "from django.db import migrations\ndef without(name):\n    return migrations.RemoveField('order', name)\n"
    project(root, {"tools/migrations/helpers.py": helper, "tools/__init__.py": ""})

    assert sent(root, "shop.0002") == [f'ALTER TABLE "shop_order" DROP COLUMN "note"{CASCADE}']
