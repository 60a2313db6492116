"""Which migrations are meant: paths, apps, labels with numbers or names, ranges."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.errors import SetupError
from migsafe.sources.django.discovery.apps import find_apps
from migsafe.sources.django.discovery.settings_text import stated_settings
from migsafe.sources.tree import Tree
from tests.sources.django.projects import ORDER, collected, migration, project, second

FIELD = 'migrations.AddField("order", "{}", models.TextField(null=True)),'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "0001_initial": migration(ORDER),
        "0002_code": second(FIELD.format("code")),
        "0003_more": migration(FIELD.format("more"), after=(("shop", "0002_code"),)),
        "stock/migrations/0001_initial.py": migration(ORDER),
    }
    return project(tmp_path, files)


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (("shop", "0002"), ["shop.0002_code"]),
        (("shop", "2"), ["shop.0002_code"]),
        (("shop", "0002_code"), ["shop.0002_code"]),
        (("shop.0002",), ["shop.0002_code"]),
        (("shop.0002_co",), ["shop.0002_code"]),
        (("shop.0002_code",), ["shop.0002_code"]),
        (("shop/migrations/0002_code.py",), ["shop.0002_code"]),
        (("stock",), ["stock.0001_initial"]),
        (("stock/migrations",), ["stock.0001_initial"]),
        (("shop.0002..shop.0003",), ["shop.0002_code", "shop.0003_more"]),
        (("shop.0001..0002",), ["shop.0001_initial", "shop.0002_code"]),
        (("shop.0002..",), ["shop.0002_code", "shop.0003_more"]),
        (("shop", "0002.."), ["shop.0002_code", "shop.0003_more"]),
        (("shop", "0002..0003"), ["shop.0002_code", "shop.0003_more"]),
        (("..shop.0002",), ["shop.0001_initial", "shop.0002_code"]),
        (("shop.0002", "stock.0001"), ["shop.0002_code", "stock.0001_initial"]),
        ((), ["shop.0001_initial", "shop.0002_code", "shop.0003_more", "stock.0001_initial"]),
    ],
)
def test_words_name_migrations(words: tuple[str, ...], ids: list[str], root: Path) -> None:
    assert sorted(m.id for m in collected(root, *words).focus if m.direction == "up") == ids


def test_a_migration_that_is_not_there_is_an_error(root: Path) -> None:
    with pytest.raises(SetupError, match=r"shop\.0009"):
        collected(root, "shop.0009")


def test_the_beginning_of_several_names_is_an_error(root: Path) -> None:
    with pytest.raises(SetupError, match=r"beginning of several migrations: shop\.0001_initial, shop\.0002_code"):
        collected(root, "shop.000")


def test_two_migrations_of_one_number_are_both_meant(root: Path) -> None:
    (root / "shop/migrations/0002_other.py").write_text(second(FIELD.format("other")))

    assert {m.id for m in collected(root, "shop", "0002").focus} == {"shop.0002_code", "shop.0002_other"}


@pytest.mark.parametrize("word", ["zero", "shop.zero"])
def test_zero_is_no_migration(word: str, root: Path) -> None:
    with pytest.raises(SetupError, match="no file, folder or migration"):
        collected(root, word)


def test_the_history_before_the_focus_is_context(root: Path) -> None:
    (history,) = collected(root, "shop.0003").histories

    assert [m.id for m in history.migrations[: history.replayed]] == [
        "shop.0001_initial",
        "shop.0002_code",
        "stock.0001_initial",
    ]


def test_a_label_is_what_apps_py_says(tmp_path: Path) -> None:
    files = {"shop/migrations/0001_initial.py": migration(ORDER)}
    root = project(tmp_path, files)
    (root / "shop" / "apps.py").write_text("class C(AppConfig):\n    name = 'shop'\n    label = 'store'\n")

    assert [app.label for app in find_apps(Tree(root))] == ["store"]


def test_a_label_is_what_the_migrations_call_each_other(tmp_path: Path) -> None:
    """The class in apps.py, or beside it, may compute it."""
    after = (("store", "0001_initial"),)
    files = {
        "shop/migrations/0001_initial.py": migration(ORDER),
        "shop/migrations/0002_code.py": migration(FIELD.format("code"), after=after),
        "stock/migrations/0001_initial.py": migration(ORDER, after=(("store", "0002_code"),)),
    }
    root = project(tmp_path, files)
    (root / "shop" / "apps.py").write_text("class C(AppConfig):\n    name = 'shop'\n    label = name_of('shop')\n")

    assert [app.label for app in find_apps(Tree(root))] == ["store", "stock"]


def test_a_folder_of_any_name_counts_by_its_files(tmp_path: Path) -> None:
    root = project(tmp_path, {"shop/db_migrations/0001_initial.py": migration(ORDER)})

    assert [app.folder for app in find_apps(Tree(root))] == ["shop/db_migrations"]


def test_the_user_model_is_read_from_the_settings(tmp_path: Path) -> None:
    root = project(tmp_path, {"0001_initial": migration(ORDER)})
    (root / "settings.py").write_text("AUTH_USER_MODEL = 'people.Person'\n")

    assert stated_settings(Tree(root)).values["AUTH_USER_MODEL"] == "people.Person"


def test_two_apps_of_one_label_are_both_read(tmp_path: Path) -> None:
    files = {
        "a/shop/migrations/0001_initial.py": migration(ORDER),
        "b/shop/migrations/0001_initial.py": migration(ORDER),
    }

    assert len(collected(project(tmp_path, files)).focus) == 4, "each with its way back"


def test_a_file_beside_the_folder_of_migrations_is_none_to_django(tmp_path: Path) -> None:
    stray = migration(after=(("shop", "0001_initial"),))
    root = project(tmp_path, {"0001_initial": migration(ORDER), "shop/0002_next.py": stray})

    found = collected(root)

    assert [m.id for m in found.focus if m.direction == "up"] == ["shop.0001_initial"]
    assert any(note.startswith("shop: not judged") and note.endswith(": 0002_next.py") for note in found.notes)


def test_a_library_whose_manage_py_is_that_of_its_tests_is_a_project_of_its_own(tmp_path: Path) -> None:
    """`wagtail/test/manage.py`: what lies beside it is no test."""
    project(
        tmp_path,
        {
            "cms/pages/migrations/0001_initial.py": migration(ORDER),
            "cms/test/bikes/migrations/0001_initial.py": migration(ORDER),
        },
    )
    (tmp_path / "manage.py").rename(tmp_path / "cms/test/manage.py")

    assert [m.id for m in collected(tmp_path).focus if m.direction == "up"] == ["pages.0001_initial"]
