"""Operations of a project's own classes are followed; what cannot be followed is named at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.model.migration import Certainty, Direction
from migsafe.model.operations import Opaque
from tests.sources.django.projects import (
    CASCADE,
    codes,
    collected,
    migration,
    project,
    read,
    report,
    second,
    sent,
    shop,
)

REMOVED = f'ALTER TABLE "shop_order" DROP COLUMN "note"{CASCADE}'
NOTHING = "def {}(self, *args):\n        pass\n"


def custom(body: str, call: str, base: str = "migrations.RemoveField", top: str = "") -> str:
    """A migration whose one operation is of a class `Own` with this body."""
    lines = "\n".join(f"    {line}" for line in body.strip("\n").split("\n"))
    return second(f"{call},", top=f"{top}\nclass Own({base}):\n{lines}\n")


def unknown(root: Path) -> list[str]:
    found = read(root, "shop.0002")
    open_ones = [o.reason for statement in found.statements for o in statement.operations if isinstance(o, Opaque)]
    return [*(problem.message for problem in found.problems), *open_ones]


def method(name: str, *lines: str) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f"def {name}(self, app_label, schema_editor, from_state, to_state):\n{body}\n"


def test_a_class_without_behaviour_is_its_base(tmp_path: Path) -> None:
    text = custom("def describe(self):\n    return 'it goes'", "Own('order', 'note')")

    assert sent(shop(tmp_path, text), "shop.0002") == [REMOVED]


def test_what_init_hands_to_its_base_counts(tmp_path: Path) -> None:
    body = (
        "def __init__(self, name, **kwargs):\n    self.kept = 1\n    super().__init__('order', name.lower(), **kwargs)"
    )

    assert sent(shop(tmp_path, custom(body, "Own(name='NOTE')")), "shop.0002") == [REMOVED]


def test_an_operation_for_the_state_alone(tmp_path: Path) -> None:
    body = method("database_forwards", "pass") + method("database_backwards", "pass")
    root = shop(tmp_path, custom(body, "Own('order', 'note')"))
    (root / "shop/migrations/0003_again.py").write_text(
        second("migrations.AddField('order', 'note', models.TextField(null=True)),").replace(
            "0001_initial", "0002_next"
        )
    )

    assert sent(root, "shop.0002") == []
    assert sent(root, "shop.0003") == ['ALTER TABLE "shop_order" ADD COLUMN "note" text NULL']


def test_an_operation_for_the_database_alone(tmp_path: Path) -> None:
    body = "def state_forwards(self, app_label, state):\n    pass"
    root = shop(tmp_path, custom(body, "Own('order', 'note')"))
    (root / "shop/migrations/0003_again.py").write_text(
        second("migrations.RemoveField('order', 'note'),").replace("0001_initial", "0002_next")
    )

    assert unknown(root) == []
    assert sent(root, "shop.0003") == [REMOVED], "the state still had it"


def test_sql_around_the_base_stands_in_its_order(tmp_path: Path) -> None:
    body = method(
        "database_forwards",
        "schema_editor.execute(\"SET lock_timeout = '2s'\")",
        "super().database_forwards(app_label, schema_editor, from_state, to_state)",
        "schema_editor.execute('RESET lock_timeout')",
    )

    found = sent(shop(tmp_path, custom(body, "Own('order', 'note')")), "shop.0002")

    assert found == ["SET lock_timeout = '2s'", REMOVED, "RESET lock_timeout"]


def test_the_vendor_decides_and_other_conditions_guard(tmp_path: Path) -> None:
    body = method(
        "database_forwards",
        "if schema_editor.connection.vendor != 'postgresql':",
        "    return",
        "tables = schema_editor.connection.introspection.table_names()",
        "if from_state.apps.get_model(app_label, self.model_name)._meta.db_table in tables:",
        "    super().database_forwards(app_label, schema_editor, from_state, to_state)",
    )

    (statement,) = read(shop(tmp_path, custom(body, "Own('order', 'note')")), "shop.0002").statements

    assert statement.sql == REMOVED
    assert statement.certainty is Certainty.GUARDED
    assert statement.guard is not None
    assert "in tables" in statement.guard


def test_names_of_tables_and_columns_are_the_states(tmp_path: Path) -> None:
    body = method(
        "database_forwards",
        "model = to_state.apps.get_model(app_label, self.model_name)",
        "field = model._meta.get_field(self.name)",
        "table = schema_editor.quote_name(model._meta.db_table)",
        "schema_editor.execute(f'ALTER TABLE {table} ALTER COLUMN \"{field.column}\" SET STORAGE MAIN')",
    )
    text = custom(body, "Own('order', 'note', field=models.TextField())", base="migrations.AlterField")

    assert sent(shop(tmp_path, text), "shop.0002") == ['ALTER TABLE "shop_order" ALTER COLUMN "note" SET STORAGE MAIN']


def test_calls_of_the_schema_editor_are_djangos(tmp_path: Path) -> None:
    body = method(
        "database_forwards",
        "model = to_state.apps.get_model(app_label, self.model_name)",
        "if self.allow_migrate_model(schema_editor.connection.alias, model):",
        "    old = from_state.apps.get_model(app_label, self.model_name)",
        "    new = model._meta.get_field(self.name)",
        "    schema_editor.alter_field(old, old._meta.get_field(self.name), new)",
    )
    text = custom(body, "Own('order', 'note', models.CharField(max_length=9))", base="migrations.AlterField")

    found = sent(shop(tmp_path, text), "shop.0002")

    assert found == ['ALTER TABLE "shop_order" ALTER COLUMN "note" TYPE varchar(9)']


def test_an_operation_of_its_own_without_a_base(tmp_path: Path) -> None:
    body = (
        "reversible = True\ndef __init__(self, name):\n    self.name = name\n"
        "def state_forwards(self, app_label, state):\n    pass\n"
        + method("database_forwards", "schema_editor.execute('CREATE EXTENSION %s' % self.name)")
        + method("database_backwards", "schema_editor.execute('DROP EXTENSION ' + self.name)")
    )
    text = custom(
        body, "Own('hstore')", base="Operation", top="from django.db.migrations.operations.base import Operation"
    )
    root = shop(tmp_path, text)

    found = {m.direction: [s.sql for s in m.statements] for m in collected(root, "shop.0002").focus}

    assert found == {Direction.UP: ["CREATE EXTENSION hstore"], Direction.DOWN: ["DROP EXTENSION hstore"]}


def test_a_way_back_of_its_own(tmp_path: Path) -> None:
    body = method(
        "database_backwards",
        "super().database_backwards(app_label, schema_editor, from_state, to_state)",
        "schema_editor.execute('SELECT 1')",
    )
    root = shop(tmp_path, custom(body, "Own('order', 'note')"))

    downs = [m for m in collected(root, "shop.0002").focus if m.direction is Direction.DOWN]

    assert [s.sql for m in downs for s in m.statements][-1] == "SELECT 1"
    assert len(downs[0].statements) > 1


def test_an_inner_method_of_run_sql(tmp_path: Path) -> None:
    body = (
        "def __init__(self, *args, limit=True, **kwargs):\n"
        "    super().__init__(*args, **kwargs)\n    self.limit = limit\n"
        "def _run_sql(self, schema_editor, sqls):\n    if self.limit:\n"
        "        schema_editor.execute(\"SET lock_timeout TO '5s';\")\n    super()._run_sql(schema_editor, sqls)\n"
    )
    text = custom(body, "Own('DROP TABLE old')", base="migrations.RunSQL")

    assert sent(shop(tmp_path, text), "shop.0002") == ["SET lock_timeout TO '5s'", "DROP TABLE old"]


def test_a_class_of_another_module(tmp_path: Path) -> None:
    helper = "from django.db import migrations\nclass Own(migrations.RemoveField):\n    " + NOTHING.format(
        "database_forwards"
    )
    root = project(
        shop(tmp_path, second("shop.helpers.Own('order', 'note'),", top="import shop.helpers")),
        {"shop/helpers.py": helper, "shop/__init__.py": ""},
    )

    assert (sent(root, "shop.0002"), unknown(root)) == ([], [])


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("run_everything(schema_editor)",), "run_everything"),
        (("schema_editor.execute(self.words())",), "run time"),
        (("super().database_forwards(app_label, schema_editor, load(), to_state)",), "a state that is not known"),
        (("to_state.apps.get_model('shop', 'order')._meta.db_table = 'x'",), "db_table"),
    ],
)
def test_what_is_not_followed_is_named(lines: tuple[str, ...], words: str, tmp_path: Path) -> None:
    root = shop(tmp_path, custom(method("database_forwards", *lines), "Own('order', 'note')"))

    (message,) = unknown(root)

    assert message.startswith("Own: the database_forwards of Own is not followed: ")
    assert words in message
    assert "MS001" in codes(report(root, "shop.0002"))


REBUILT = (
    'schema_editor.execute("ALTER TABLE shop_order RENAME TO shop_order_old")',
    'model = to_state.apps.get_model("shop", "order")',
    "rebuild(model)",
    "schema_editor.delete_model(model)",
)


def test_what_is_followed_in_part_is_not_done_in_part(tmp_path: Path) -> None:
    """The table that it takes away came back in the part that nobody knows."""
    root = shop(tmp_path, custom(method("database_forwards", *REBUILT), "Own('order', 'note')"))

    (statement,) = read(root, "shop.0002").statements

    assert [type(one) for one in statement.operations] == [Opaque]
    assert codes(report(root, "shop.0002")).count("MS001") == 1


def test_what_it_touched_is_in_doubt(tmp_path: Path) -> None:
    """Neither a migration after it nor one that undoes it is refused for what the table may have by now."""
    new = 'migrations.RunSQL("ALTER TABLE shop_order RENAME COLUMN amount TO total"),'
    root = shop(tmp_path, custom(method("database_forwards", *REBUILT), "Own('order', 'note')"))
    project(root, {"0003_more": migration(new, after=(("shop", "0002_next"),))})

    assert "MS003" not in codes(report(root)) + codes(report(root, "shop.0003"))


def test_an_init_that_does_not_reach_its_base_is_named(tmp_path: Path) -> None:
    root = shop(tmp_path, custom("def __init__(self):\n    pass", "Own()"))

    assert unknown(root) == ["Own: the __init__ of Own calls that of its base 0 times"]


def test_a_base_that_is_not_known_is_named(tmp_path: Path) -> None:
    root = shop(tmp_path, second("Elsewhere('order'),", top="from away.operations import Elsewhere"))

    assert [message.split(":")[0] for message in unknown(root)] == ["Elsewhere"]


def test_an_index_of_its_own_class_is_its_base(tmp_path: Path) -> None:
    top = "class Quick(models.Index):\n    def deconstruct(self):\n        return ()\n"
    text = second('migrations.AddIndex("order", Quick(fields=["note"], name="by_note")),', top=top)

    assert sent(shop(tmp_path, text), "shop.0002") == ['CREATE INDEX "by_note" ON "shop_order" ("note")']


def test_an_index_with_sql_of_its_own_is_named(tmp_path: Path) -> None:
    top = "class Quick(models.Index):\n    def create_sql(self, *args, **kwargs):\n        return 'CREATE'\n"
    text = second('migrations.AddIndex("order", Quick(fields=["note"], name="by_note")),', top=top)

    assert unknown(shop(tmp_path, text)) == ["AddIndex: Quick(…), which has a create_sql of its own"]


def test_what_cursors_and_models_of_an_operation_do_counts(tmp_path: Path) -> None:
    body = method(
        "database_forwards",
        "with schema_editor.connection.cursor() as cursor:",
        "    cursor.execute('UPDATE shop_order SET done = true')",
        "super().database_forwards(app_label, schema_editor, from_state, to_state)",
    )

    found = sent(shop(tmp_path, custom(body, "Own('order', 'note')")), "shop.0002")

    assert found == ["UPDATE shop_order SET done = true", REMOVED]


def test_what_an_operation_does_to_rows_of_a_state_counts(tmp_path: Path) -> None:
    lines = "to_state.apps.get_model('shop', 'order').objects.update(done=True)"
    root = shop(tmp_path, custom(method("database_forwards", lines), "Own('order', 'note')"))

    assert [sql.split()[:2] for sql in sent(root, "shop.0002")] == [["UPDATE", "shop_order"]]
    assert unknown(root) == []


def test_uniqueness_that_is_left_out_while_sqlite_makes_a_table_anew_is_kept(tmp_path: Path) -> None:
    lines = (
        "model = to_state.apps.get_model('shop', 'order')",
        "model._meta.unique_together = ()",
        "super().database_forwards(app_label, schema_editor, from_state, to_state)",
    )
    root = shop(tmp_path, custom(method("database_forwards", *lines), "Own('order', 'note')"))

    assert (sent(root, "shop.0002"), unknown(root)) == ([REMOVED], [])
