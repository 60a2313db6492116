"""Operations on the two sides of a condition: each finds the tables as its own side has them."""

from __future__ import annotations

from pathlib import Path

from tests.sources.django.projects import codes, migration, project, read, report

MODEL = """
migrations.CreateModel(
    name="Order",
    fields=[
        ("id", models.BigAutoField(primary_key=True)),
        ("code", models.CharField(max_length=9)),
        ("day", models.DateField()),
    ],
    options={"unique_together": {("code", "day")}},
),
"""
SEPARATE = 'migrations.AlterUniqueTogether("order", set()),'
UNIQUE = 'migrations.AlterField("order", "code", models.CharField(max_length=9, unique=True)),'
PLAIN = 'migrations.AlterField("order", "code", models.CharField(max_length=9)),'
HEAVY, LIGHT = "settings.HEAVY", "not settings.HEAVY"


def shop(root: Path, heavy: str, light: str, behind: str = "") -> Path:
    """A project whose second migration does the one or the other."""
    chosen = f"*(({heavy}) if settings.HEAVY else ({light})), {behind}"
    text = migration(chosen, after=(("shop", "0001_initial"),), top="from django.conf import settings\n")
    return project(root, {"0001_initial": migration(MODEL), "0002_next": text})


def sent(root: Path) -> list[tuple[str | None, str]]:
    """The conditions and the beginnings of the statements."""
    found = read(root, "shop.0002").statements
    return [(s.guard, " ".join(s.sql.replace('"', "").split()[3:5])) for s in found if "ALTER TABLE" in s.sql]


def test_both_sides_find_the_constraint_that_both_drop(tmp_path: Path) -> None:
    """Django looks for a constraint by its columns, and refuses to go on when there is not one."""
    root = shop(tmp_path, SEPARATE, SEPARATE + UNIQUE)

    assert sent(root) == [(HEAVY, "DROP CONSTRAINT"), (LIGHT, "DROP CONSTRAINT"), (LIGHT, "ADD CONSTRAINT")]
    assert {"MS001", "MS003"}.isdisjoint(codes(report(root)))


def test_behind_the_condition_stands_what_the_projects_state_has(tmp_path: Path) -> None:
    root = shop(tmp_path, UNIQUE, UNIQUE, behind=PLAIN)

    assert sent(root) == [(HEAVY, "ADD CONSTRAINT"), (LIGHT, "ADD CONSTRAINT"), (None, "DROP CONSTRAINT")]
    assert {"MS001", "MS003"}.isdisjoint(codes(report(root)))


def test_the_way_back_of_a_side_finds_what_that_side_did(tmp_path: Path) -> None:
    root = shop(tmp_path, UNIQUE, UNIQUE + PLAIN)

    assert "MS003" not in codes(report(root))
    assert "MS001" not in codes(report(root))


REMOVE = 'migrations.RemoveField("order", "day"),'


def later(root: Path, heavy: str, light: str, operation: str) -> Path:
    """The project with a third migration behind the condition."""
    shop(root, heavy, light)
    return project(root, {"0003_more": migration(operation, after=(("shop", "0002_next"),))})


def test_what_one_side_removes_may_still_be_there(tmp_path: Path) -> None:
    root = later(tmp_path, SEPARATE + REMOVE, SEPARATE, REMOVE)

    found = read(root, "shop.0003")

    assert [s.sql for s in found.statements] == ['ALTER TABLE "shop_order" DROP COLUMN "day" CASCADE']
    assert found.problems == ()
    assert {"MS001", "MS003"}.isdisjoint(codes(report(root)))


def test_what_both_sides_remove_is_gone(tmp_path: Path) -> None:
    again = 'migrations.AddField("order", "day", models.DateField(null=True)),'
    root = later(tmp_path, SEPARATE + REMOVE, SEPARATE + REMOVE, again)

    assert [s.sql for s in read(root, "shop.0003").statements] == [
        'ALTER TABLE "shop_order" ADD COLUMN "day" date NULL'
    ]
    assert "MS003" not in codes(report(root, "shop.0003"))
