"""What is known of the database besides the migrations: a schema file, and the versions that are applied."""

from __future__ import annotations

from pathlib import Path

from migsafe.config import Settings
from migsafe.model.names import Name
from migsafe.model.statistics import AppliedVersions
from migsafe.schema.objects import Relation
from migsafe.sources.collect import Collected, Request, collect
from migsafe.sources.pending import Live
from tests.sources.django.projects import ORDER, migration, project, second

DUMP = """
CREATE TABLE shop_order (id bigint PRIMARY KEY, note varchar(50) NOT NULL, done boolean);
ALTER TABLE shop_order ADD CONSTRAINT made_by_hand UNIQUE (note);
"""
UNIQUE = ORDER.replace("max_length=50", "max_length=50, unique=True")


def _sent(found: Collected) -> list[str]:
    return [s.sql for m in found.focus if m.direction == "up" for s in m.statements]


def test_names_of_constraints_come_from_a_schema_file(tmp_path: Path) -> None:
    field = 'migrations.AlterField("order", "note", models.CharField(max_length=50)),'
    root = project(tmp_path, {"0001_initial": migration(UNIQUE), "0002_next": second(field)})
    (tmp_path / "dump.sql").write_text(DUMP)

    found = collect(Request(root=root, paths=("shop.0002",)), Settings(schema=str(tmp_path / "dump.sql")))

    assert _sent(found)[0] == 'ALTER TABLE "shop_order" DROP CONSTRAINT "made_by_hand"'


def test_what_is_applied_is_not_judged(tmp_path: Path) -> None:
    field = 'migrations.AddField("order", "code", models.TextField(null=True)),'
    root = project(tmp_path, {"0001_initial": migration(ORDER), "0002_next": second(field)})
    applied = AppliedVersions(tool="django", table=Name("public", "django_migrations"), versions=("shop.0001_initial",))

    found = collect(Request(root=root), Settings(), live=Live((applied,)))

    assert _sent(found) == ['ALTER TABLE "shop_order" ADD COLUMN "code" text NULL']
    assert any("1 of 2 migrations are applied" in note for note in found.notes)


def test_start_after_is_about_its_app_only(tmp_path: Path) -> None:
    files = {
        "0001_initial": migration(ORDER),
        "0002_next": second('migrations.AddField("order", "code", models.TextField(null=True)),'),
        "stock/migrations/0001_initial.py": migration(ORDER),
    }

    found = collect(Request(root=project(tmp_path, files)), Settings(start_after=("shop.0001_initial",)))

    assert [m.id for m in found.focus if m.direction == "up"] == ["shop.0002_next", "stock.0001_initial"]


LATER_UNIQUE = 'migrations.AlterField("order", "note", models.CharField(max_length=50, unique=True)),'
NO_LONGER = 'migrations.AlterField("order", "note", models.CharField(max_length=50)),'


def _known(found: Collected, table: str) -> Relation:
    [base] = found.bases
    return base.relation(base.resolve(Name(None, table)))


def test_a_unique_constraint_that_came_later_has_the_name_of_then(tmp_path: Path) -> None:
    files = {
        "0001_initial": migration(ORDER),
        "0002_unique": second(LATER_UNIQUE),
        "0003_no_longer": migration(NO_LONGER, after=(("shop", "0002_unique"),)),
    }

    found = collect(Request(root=project(tmp_path, files), paths=("shop.0003",)), Settings())

    assert _sent(found)[0].startswith('ALTER TABLE "shop_order" DROP CONSTRAINT "shop_order_note_')
    assert '_uniq"' in _sent(found)[0]


def test_what_was_made_before_a_table_got_its_name_keeps_the_old_one(tmp_path: Path) -> None:
    files = {
        "0001_initial": migration(UNIQUE),
        "0002_table": second('migrations.AlterModelTable("order", "sale"),'),
        "0003_no_longer": migration(NO_LONGER, after=(("shop", "0002_table"),)),
    }

    found = collect(Request(root=project(tmp_path, files), paths=("shop.0003",)), Settings())

    assert _sent(found)[0] == 'ALTER TABLE "sale" DROP CONSTRAINT "shop_order_note_key"'


def test_a_column_that_only_the_models_lost_is_still_there(tmp_path: Path) -> None:
    lost = 'migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("order", "note")]),'
    files = {
        "0001_initial": migration(ORDER),
        "0002_lost": second(lost),
        "0003_done": migration('migrations.RemoveField("order", "done"),', after=(("shop", "0002_lost"),)),
    }

    found = collect(Request(root=project(tmp_path, files), paths=("shop.0003",)), Settings())

    assert [column.name for column in _known(found, "shop_order").columns] == ["id", "note", "done"]


def test_of_tables_that_refer_to_the_focus_only_that_is_claimed(tmp_path: Path) -> None:
    line = (
        'migrations.CreateModel("Line", [("id", models.BigAutoField(primary_key=True)), ("text", models.TextField()),'
    )
    line += ' ("order", models.ForeignKey("shop.Order", models.CASCADE)),'
    line += ' ("owner", models.ForeignKey("auth.User", models.CASCADE))]),'
    files = {"0001_initial": migration(ORDER + "\n" + line), "0002_next": second(NO_LONGER)}

    found = collect(Request(root=project(tmp_path, files), paths=("shop.0002",)), Settings())

    assert _known(found, "shop_order").complete
    assert _known(found, "shop_line").known
    assert not _known(found, "shop_line").complete
