"""Operations, dependencies and values that depend on conditions: each side is read, with the condition's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.model.migration import Certainty
from migsafe.sources.django.reading.conditions import excludes, negated
from tests.sources.django.projects import CASCADE, HEAD, codes, read, report, sent, shop

SETTINGS = "from django.conf import settings"


def file(body: str, top: str = SETTINGS) -> str:
    """A migration behind 0001_initial with this class body."""
    inner = "\n".join(f"    {line}" for line in body.strip("\n").split("\n"))
    stated = "    dependencies = [('shop', '0001_initial')]"
    return f"{HEAD}{top}\n\nclass Migration(migrations.Migration):\n{stated}\n{inner}\n"


def guards(root: Path) -> list[tuple[str, str | None]]:
    found = read(root, "shop.0002")
    assert all((s.guard is not None) == (s.certainty is Certainty.GUARDED) for s in found.statements)
    return [(statement.sql, statement.guard) for statement in found.statements]


ADD = 'migrations.AddField("order", "{}", models.TextField(null=True))'
ADDED = 'ALTER TABLE "shop_order" ADD COLUMN "{}" text NULL'
REMOVE = 'migrations.RemoveField("order", "note")'
REMOVED = f'ALTER TABLE "shop_order" DROP COLUMN "note"{CASCADE}'


def test_both_sides_of_an_expression_may_run(tmp_path: Path) -> None:
    text = file(f"operations = [{ADD.format('a')}] if settings.HEAVY else [{REMOVE}]")

    assert guards(shop(tmp_path, text)) == [(ADDED.format("a"), "settings.HEAVY"), (REMOVED, "not settings.HEAVY")]


def test_both_sides_of_a_statement_in_the_class_may_run(tmp_path: Path) -> None:
    text = file(f"if settings.HEAVY:\n    operations = []\nelse:\n    operations = [{REMOVE}]")

    assert guards(shop(tmp_path, text)) == [(REMOVED, "not settings.HEAVY")]


@pytest.mark.parametrize("change", ["operations.append({})", "operations += [{}]", "operations.insert(1, {})"])
def test_what_a_condition_adds_may_run(change: str, tmp_path: Path) -> None:
    text = file(f"operations = [{REMOVE}]\nif settings.HEAVY:\n    {change.format(ADD.format('a'))}")

    assert guards(shop(tmp_path, text)) == [(REMOVED, None), (ADDED.format("a"), "settings.HEAVY")]


def test_the_class_may_stand_under_a_condition(tmp_path: Path) -> None:
    one = f"class Migration(migrations.Migration):\n    operations = [{REMOVE}]\n    dependencies = DEPENDENCIES\n"
    lines = "".join(f"    {line}\n" for line in one.strip().split("\n"))
    other = lines.replace(REMOVE, ADD.format("a"))
    top = "DEPENDENCIES = [('shop', '0001_initial')]\nfrom django.conf import settings\n"
    text = f"{HEAD}{top}if settings.HEAVY:\n{lines}else:\n{other}"

    assert guards(shop(tmp_path, text)) == [(REMOVED, "settings.HEAVY"), (ADDED.format("a"), "not settings.HEAVY")]


@pytest.mark.parametrize(
    "test",
    [
        'connection.vendor == "postgresql"',
        'settings.DATABASES["default"]["ENGINE"].find("sqlite") == -1',
        '"sqlite" not in settings.DATABASES["default"]["ENGINE"]',
        'settings.DATABASES["default"]["ENGINE"] != "django.db.backends.mysql"',
        'not settings.DATABASES.get("default").get("ENGINE").endswith("sqlite3")',
    ],
)
def test_the_database_decides_by_itself(test: str, tmp_path: Path) -> None:
    top = f"{SETTINGS}\nfrom django.db import connection"
    text = file(f"operations = [{REMOVE}]\nif {test}:\n    operations = [{ADD.format('a')}]", top)

    assert guards(shop(tmp_path, text)) == [(ADDED.format("a"), None)]


def test_which_backend_for_postgresql_is_not_known(tmp_path: Path) -> None:
    test = '"postgis" in settings.DATABASES["default"]["ENGINE"]'
    text = file(f"operations = [{REMOVE}] if {test} else []")

    assert guards(shop(tmp_path, text)) == [(REMOVED, test)]


def test_each_side_starts_from_the_same_state(tmp_path: Path) -> None:
    alter = 'migrations.AlterField("order", "note", models.CharField(max_length={}))'
    text = file(f"operations = [{alter.format(60)}] if settings.HEAVY else [{alter.format(70)}]")

    assert [sql.split("TYPE ")[1] for sql, _ in guards(shop(tmp_path, text))] == ["varchar(60)", "varchar(70)"]


def test_an_operation_may_be_one_of_two(tmp_path: Path) -> None:
    top = (
        f"{SETTINGS}\nif settings.LITE:\n    from django.db.migrations import AddIndex\n"
        "else:\n    from django.contrib.postgres.operations import AddIndexConcurrently as AddIndex"
    )
    index = 'AddIndex("order", models.Index(fields=["note"], name="by_note"))'
    text = file(f"atomic = settings.LITE\noperations = [{index}]", top)

    found = guards(shop(tmp_path, text))

    assert [("CONCURRENTLY" in sql, guard) for sql, guard in found] == [
        (False, "settings.LITE"),
        (True, "not settings.LITE"),
    ]
    assert "MS302" not in codes(report(shop(tmp_path, text), "shop.0002")), "it is not atomic where it has to be"


def test_a_part_of_an_operation_may_be_one_of_two(tmp_path: Path) -> None:
    column = "db_column='code' if settings.LITE else 'code_id'"
    model = f'migrations.CreateModel("Code", [("id", models.AutoField({column}, primary_key=True))])'

    found = guards(shop(tmp_path, file(f"operations = [{model}]")))

    assert [("code_id" in sql, guard) for sql, guard in found] == [
        (False, "settings.LITE"),
        (True, "not settings.LITE"),
    ]


def test_dependencies_of_both_sides_count(tmp_path: Path) -> None:
    text = file("if settings.LITE:\n    dependencies = [('shop', '0009_nowhere')]\noperations = []")

    assert "MS701" in codes(report(shop(tmp_path, text)))


def test_items_of_a_loop_are_operations(tmp_path: Path) -> None:
    text = file(f"operations = [{ADD.format('x')}] + [{ADD.format('%s')} for _ in ()]")

    assert sent(shop(tmp_path, text), "shop.0002") == [ADDED.format("x")]


def test_opposite_conditions_exclude_each_other() -> None:
    assert excludes(("a",), ("not a",))
    assert excludes(("not (a == 1)",), ("b", "a == 1"))
    assert not excludes(("a",), ("b",))
    assert not excludes(("a",), ("a",))
    assert negated(negated("settings.X")) == "settings.X"
    assert negated("a == 1") == "not (a == 1)"


def test_arguments_on_two_sides_of_one_condition_never_meet(tmp_path: Path) -> None:
    """`RunSQL(a if x else b, c if x else d)` is two operations, not four."""
    up, back = ('"DROP TABLE {}" if settings.HEAVY else "DROP TABLE {}"'.format(*names) for names in ("ab", "cd"))
    text = file(f"operations = [migrations.RunSQL({up}, {back})]")

    assert guards(shop(tmp_path, text)) == [("DROP TABLE a", "settings.HEAVY"), ("DROP TABLE b", "not settings.HEAVY")]


def test_what_may_be_missing_inside_of_an_operation_is_guarded(tmp_path: Path) -> None:
    add = ADD.format("a")
    top = f"{SETTINGS}\nSENT = []\nif settings.HEAVY:\n    SENT.append({add})"
    text = file(
        f"operations = [migrations.SeparateDatabaseAndState(database_operations=SENT, state_operations=[{add}])]", top
    )

    assert guards(shop(tmp_path, text)) == [(ADDED.format("a"), "settings.HEAVY")]


@pytest.mark.parametrize(
    "question",
    [
        "'mysql' in connection.settings_dict['ENGINE']",
        "connection.settings_dict['ENGINE'].endswith('sqlite3')",
        "not 'postgres' in connections['default'].settings_dict['ENGINE']",
        "connection.display_name == 'Oracle'",
    ],
)
def test_the_engine_of_the_connection_is_postgresql(question: str, tmp_path: Path) -> None:
    text = file(
        f"operations = [{ADD.format('a')}] if {question} else [{REMOVE}]",
        "from django.db import connection, connections",
    )

    assert guards(shop(tmp_path, text)) == [(REMOVED, None)]
