"""A changed module of the project, or a changed file of SQL, puts the migrations that use it in focus."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.commands.running import judge
from migsafe.config import Settings
from migsafe.sources.collect import Collected, Request, collect
from tests.sources.alembic import projects as alembic
from tests.sources.django.projects import ORDER, migration, project, second
from tests.sources.repositories import commit, git

FIELDS = """
from django.db import models

LENGTH = 40


class UpperField(models.CharField):
    def db_type(self, connection):
        return "varchar(40)"

    def to_python(self, value):
        return str(value)


def check_code(value):
    return value
"""
USES_FIELD = 'migrations.AddField("order", "code", shop.fields.UpperField(max_length=9, null=True)),'
HELPER = """
UNUSED = 1


def fill(apps, schema_editor):
    schema_editor.execute(statement())


def statement():
    return "UPDATE shop_order SET note = 'a'"
"""
RUNS_HELPER = "migrations.RunPython(fill, migrations.RunPython.noop),"
READS_SQL = 'migrations.RunSQL((Path(__file__).parent / "sql/view.sql").read_text(), ""),'


def repository(root: Path, files: dict[str, str]) -> Path:
    """A Django project in a folder of a repository, all of it committed as `base`."""
    made = project(root / "backend", {"0001_initial": migration(ORDER), "shop/__init__.py": "", **files})
    committed(root)
    return made


def committed(root: Path) -> None:
    git(root, "init", "-q", "-b", "main")
    commit(root)
    git(root, "tag", "base")


def since(root: Path, *paths: str) -> Collected:
    return collect(Request(root=root, since="base", paths=paths), Settings())


def judged(found: Collected) -> list[str]:
    return [m.id for m in found.focus if m.direction == "up"]


@pytest.fixture
def with_field(tmp_path: Path) -> Path:
    """Two migrations use names of shop/fields.py: a field, and a validator."""
    validated = "models.TextField(null=True, validators=[shop.fields.check_code])"
    return repository(
        tmp_path,
        {
            "shop/fields.py": FIELDS,
            "0002_code": second(USES_FIELD, top="import shop.fields"),
            "0003_text": migration(
                f'migrations.AddField("order", "text", {validated}),',
                after=(("shop", "0002_code"),),
                top="import shop.fields",
            ),
        },
    )


@pytest.fixture
def with_step(tmp_path: Path) -> Path:
    """0002 runs a function of shop/steps.py, 0003 uses nothing."""
    return repository(
        tmp_path,
        {
            "shop/steps.py": HELPER,
            "0002_fill": second(RUNS_HELPER, top="from shop.steps import fill"),
            "0003_more": migration(
                'migrations.AddField("order", "more", models.TextField(null=True)),', after=(("shop", "0002_fill"),)
            ),
        },
    )


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_changed_field_class_puts_the_migration_that_uses_it_in_focus(with_field: Path) -> None:
    change(with_field / "shop/fields.py", "varchar(40)", "varchar(20)")

    found = since(with_field)

    assert judged(found) == ["shop.0002_code"]
    assert "shop/fields.py has changed: shop.0002_code, which uses it, is judged too." in found.notes


def test_a_project_below_the_repositorys_root_is_compared_with_its_own_files(with_field: Path) -> None:
    change(with_field / "shop/fields.py", "varchar(40)", "varchar(20)")

    found = since(with_field.parent)

    assert judged(found) == ["shop.0002_code"]
    assert "backend/shop/fields.py has changed: shop.0002_code, which uses it, is judged too." in found.notes


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("return value", "return value.upper()", id="a validator, which no database sees"),
        pytest.param("str(value)", "str(value).upper()", id="a field's work on values in Python"),
        pytest.param("LENGTH = 40", "LENGTH = 41", id="a constant that no migration uses"),
        pytest.param("LENGTH = 40", "LENGTH = 40  # the longest", id="a comment"),
        pytest.param("class UpperField", "\n\n\n\nclass UpperField", id="lines"),
        pytest.param("Field):\n", 'Field):\n    """Always upper case."""\n\n', id="a docstring"),
    ],
)
def test_what_changes_nothing_for_a_migration_puts_none_in_focus(old: str, new: str, with_field: Path) -> None:
    change(with_field / "shop/fields.py", old, new)

    found = since(with_field)

    assert judged(found) == []
    assert "No migration has changed since base." in found.notes


def test_a_function_that_a_used_function_calls_counts(with_step: Path) -> None:
    change(with_step / "shop/steps.py", "note = 'a'", "note = 'b'")

    assert judged(since(with_step)) == ["shop.0002_fill"]


def test_a_name_that_nobody_uses_does_not_count(with_step: Path) -> None:
    change(with_step / "shop/steps.py", "UNUSED = 1", "UNUSED = 2")

    assert judged(since(with_step)) == []


@pytest.mark.parametrize(
    "top",
    [
        "from shop.steps import fill",
        "from shop import steps\nfill = steps.fill",
        "import shop.steps\nfill = shop.steps.fill",
        "import shop.steps as s\nfill = s.fill",
        "from shop.steps import *",
        "from ..steps import (\n    fill,  # all rows\n)",
        "from importlib import import_module\nfill = import_module('shop.steps').fill",
        "def fill(apps, schema_editor):\n    from shop.steps import fill as real\n    real(apps, schema_editor)",
    ],
)
def test_every_form_of_import_leads_to_the_module(top: str, tmp_path: Path) -> None:
    root = repository(tmp_path, {"shop/steps.py": HELPER, "0002_fill": second(RUNS_HELPER, top=top)})
    change(root / "shop/steps.py", "note = 'a'", "note = 'b'")

    assert judged(since(root)) == ["shop.0002_fill"]


def test_modules_between_are_followed(tmp_path: Path) -> None:
    root = repository(
        tmp_path,
        {
            "shop/deep/__init__.py": "",
            "shop/deep/texts.py": "TEXT = \"UPDATE shop_order SET note = 'a'\"\nOTHER = 1\n",
            "shop/steps.py": "from .deep.texts import TEXT, OTHER\n\n\n"
            "def fill(apps, schema_editor):\n    schema_editor.execute(TEXT)\n",
            "0002_fill": second(RUNS_HELPER, top="from shop.steps import fill"),
        },
    )
    change(root / "shop/deep/texts.py", "OTHER = 1", "OTHER = 2")
    assert judged(since(root)) == []

    change(root / "shop/deep/texts.py", "'a'", "'b'")
    assert judged(since(root)) == ["shop.0002_fill"]


def test_a_module_that_becomes_a_package_has_not_changed(with_step: Path) -> None:
    (with_step / "shop/steps").mkdir()
    git(with_step, "mv", "shop/steps.py", "shop/steps/__init__.py")

    assert judged(since(with_step)) == []


def test_a_deleted_module_has_changed_for_those_that_import_it(with_step: Path) -> None:
    (with_step / "shop/steps.py").unlink()

    found = since(with_step)

    assert judged(found) == ["shop.0002_fill"]
    assert "shop/steps.py has changed: shop.0002_fill, which uses it, is judged too." in found.notes


def test_models_change_every_day_and_count_only_for_the_types_of_columns(tmp_path: Path) -> None:
    models = FIELDS + "\n\nclass Order(models.Model):\n    done = models.BooleanField()\n\n\nSTEPS = 1\n"
    step = "def fill(apps, schema_editor):\n    Order.objects.update(done=STEPS)"
    root = repository(
        tmp_path,
        {
            "shop/models.py": models,
            "0002_code": second(USES_FIELD.replace("fields", "models"), top="import shop.models"),
            "0003_fill": migration(
                RUNS_HELPER, after=(("shop", "0002_code"),), top=f"from shop.models import Order, STEPS\n\n\n{step}"
            ),
        },
    )
    change(root / "shop/models.py", "done = models.BooleanField()", "done = models.BooleanField(null=True)")
    change(root / "shop/models.py", "STEPS = 1", "STEPS = 2")
    assert judged(since(root)) == []

    change(root / "shop/models.py", "varchar(40)", "varchar(20)")
    assert judged(since(root)) == ["shop.0002_code"]


def test_a_default_that_is_computed_is_the_same_whatever_computes_it(tmp_path: Path) -> None:
    root = repository(
        tmp_path,
        {
            "shop/codes.py": "FIRST = 'a'\n\n\ndef code():\n    return FIRST\n",
            "0002_a": second(
                'migrations.AddField("order", "a", models.TextField(default=shop.codes.code)),', top="import shop.codes"
            ),
            "0003_b": migration(
                'migrations.AddField("order", "b", models.TextField(default=shop.codes.FIRST)),',
                after=(("shop", "0002_a"),),
                top="import shop.codes",
            ),
        },
    )
    change(root / "shop/codes.py", "FIRST = 'a'", "FIRST = 'b'")

    assert judged(since(root)) == ["shop.0003_b"]


def test_a_file_of_sql_that_a_migration_opens_counts(tmp_path: Path) -> None:
    root = repository(
        tmp_path,
        {
            "0002_view": second(READS_SQL, top="from pathlib import Path"),
            "stock/migrations/0001_initial.py": migration(READS_SQL, top="from pathlib import Path"),
        },
    )
    (root / "shop/migrations/sql").mkdir()
    (root / "shop/migrations/sql/view.sql").write_text("CREATE VIEW v AS SELECT 1;")

    found = since(root)

    assert judged(found) == ["shop.0002_view"]
    assert "shop/migrations/sql/view.sql has changed: shop.0002_view, which uses it, is judged too." in found.notes


def test_the_file_of_another_app_does_not_count(tmp_path: Path) -> None:
    reads = READS_SQL.replace("sql/view.sql", "view.sql")
    root = repository(
        tmp_path,
        {
            "0002_view": second(reads, top="from pathlib import Path"),
            "stock/migrations/0001_initial.py": migration(reads, top="from pathlib import Path"),
        },
    )
    (root / "stock/migrations/view.sql").write_text("CREATE VIEW v AS SELECT 1;")

    assert judged(since(root)) == ["stock.0001_initial"]


def test_where_very_many_migrations_use_it_the_number_is_told_and_none_is_judged(tmp_path: Path) -> None:
    files = {"0002_m": second(RUNS_HELPER, top="from shop.steps import fill")}
    for number in range(3, 23):
        before = f"{number - 1:04}_m"
        files[f"{number:04}_m"] = migration(RUNS_HELPER, after=(("shop", before),), top="from shop.steps import fill")
    root = repository(tmp_path, {"shop/steps.py": HELPER, **files})
    change(root / "shop/steps.py", "note = 'a'", "note = 'b'")

    found = since(root)

    assert judged(found) == []
    assert any(
        note.startswith("shop/steps.py has changed: 21 migrations use it (shop.0002_m, ") for note in found.notes
    )


def test_a_table_of_a_migration_that_is_judged_again_is_not_new(with_step: Path) -> None:
    """0001 made it long ago; the branch builds an index on it, which blocks writes."""
    change(with_step / "shop/migrations/0001_initial.py", '"Order"', "'Order'")
    change(with_step / "shop/steps.py", "note = 'a'", "note = 'b'")
    index = 'migrations.AddIndex("order", models.Index(fields=["note"], name="order_note")),'
    (with_step / "shop/migrations/0004_index.py").write_text(migration(index, after=(("shop", "0003_more"),)))

    found = since(with_step)

    assert judged(found) == ["shop.0001_initial", "shop.0002_fill", "shop.0004_index"]
    places = [(e.finding.code, e.location.path) for e in judge(found, Settings()).findings]
    assert ("MS101", "shop/migrations/0004_index.py") in places


def test_a_named_helper_stands_for_the_migrations_that_use_it(with_step: Path) -> None:
    found = collect(Request(root=with_step, paths=("shop/steps.py",)), Settings())

    assert judged(found) == ["shop.0002_fill"]
    assert "shop/steps.py is named: shop.0002_fill, which uses it, is judged too." in found.notes


def test_a_named_module_that_no_migration_uses_is_told(with_step: Path) -> None:
    (with_step / "shop/other.py").write_text("raise SystemExit\n")

    found = collect(Request(root=with_step, paths=("shop/other.py",)), Settings())

    assert judged(found) == []
    assert "shop/other.py: no SQL migration, not analysed" in found.notes


@pytest.fixture
def revisions(tmp_path: Path) -> Path:
    """Two Alembic revisions; the second uses a type and a function of app/db.py."""
    text = alembic.revision("b", "a", "op.add_column('t', sa.Column('v', Money()))\nfill(op)")
    made = {
        "a_first": alembic.revision("a", None, "op.create_table('t', sa.Column('id', sa.Integer))"),
        "b_next": text.replace(
            "import sqlalchemy as sa\n", "import sqlalchemy as sa\nfrom app.db import Money, fill\n"
        ),
    }
    root = alembic.project(tmp_path, made)
    (root / "app").mkdir()
    (root / "app/__init__.py").touch()
    (root / "app/db.py").write_text(
        "import sqlalchemy as sa\n\n\nclass Money(sa.types.TypeDecorator):\n    impl = sa.Numeric\n\n\n"
        "def fill(op):\n    op.execute('UPDATE t SET v = 0')\n\n\ndef other():\n    return 1\n"
    )
    committed(root)
    return root


@pytest.mark.parametrize(("old", "new"), [("sa.Numeric", "sa.Integer"), ("v = 0", "v = 1")])
def test_a_changed_helper_of_an_alembic_revision(old: str, new: str, revisions: Path) -> None:
    change(revisions / "app/db.py", old, new)

    found = since(revisions)

    assert judged(found) == ["b"]
    assert "app/db.py has changed: b_next.py, which uses it, is judged too." in found.notes


def test_what_no_alembic_revision_uses(revisions: Path) -> None:
    change(revisions / "app/db.py", "return 1", "return 2")

    assert judged(since(revisions)) == []


def test_a_named_helper_of_alembic(revisions: Path) -> None:
    assert judged(collect(Request(root=revisions, paths=("app/db.py",)), Settings())) == ["b"]


def test_changed_files_are_only_read(with_step: Path) -> None:
    marker = with_step / "ran"
    change(with_step / "shop/steps.py", "UNUSED = 1", f"open({str(marker)!r}, 'w')")

    since(with_step)

    assert not marker.exists()


@pytest.mark.parametrize(
    "text", ["def fill(", "\x00", "x = " + "(" * 5000, "x = " + "a." * 20_000 + "b", "from " + "." * 200_000]
)
def test_a_module_that_cannot_be_parsed_has_changed(text: str, with_step: Path) -> None:
    (with_step / "shop/steps.py").write_text(text)

    assert judged(since(with_step)) == ["shop.0002_fill"]
