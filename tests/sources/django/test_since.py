"""What a branch adds to a Django project is judged, whatever else it changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.config import Settings
from migsafe.sources.collect import Collected, Request, collect
from tests.sources.django.projects import ORDER, migration, project, second
from tests.sources.repositories import commit, git

FIELD = 'migrations.AddField("order", "{}", models.TextField(null=True)),'
ITEM = ORDER.replace("Order", "Item")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose project lies in a folder of its own; `base` is its first commit."""
    project(tmp_path / "backend", {"0001_initial": migration(ORDER), "0002_code": second(FIELD.format("code"))})
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path)
    git(tmp_path, "tag", "base")
    return tmp_path


def third(name: str = "more", *more_after: tuple[str, str]) -> str:
    return migration(FIELD.format(name), after=(("shop", "0002_code"), *more_after))


def since(root: Path, revision: str = "base") -> Collected:
    return collect(Request(root=root, since=revision), Settings())


def judged(found: Collected) -> list[str]:
    return [m.id for m in found.focus if m.direction == "up"]


@pytest.mark.parametrize("folder", ["", "backend"])
def test_a_new_migration_is_judged_from_the_repository_and_from_the_project(folder: str, repository: Path) -> None:
    (repository / "backend/shop/migrations/0003_more.py").write_text(third())
    commit(repository)

    found = since(repository / folder)

    assert judged(found) == ["shop.0003_more"]
    assert [s.sql for m in found.focus[:1] for s in m.statements] == [
        'ALTER TABLE "shop_order" ADD COLUMN "more" text NULL'
    ]


def test_what_is_not_committed_counts(repository: Path) -> None:
    (repository / "backend/shop/migrations/0003_more.py").write_text(third())

    assert judged(since(repository)) == ["shop.0003_more"]


def test_a_changed_migration_is_judged_and_the_later_ones_are_not(repository: Path) -> None:
    (repository / "backend/shop/migrations/0001_initial.py").write_text(migration(ORDER.replace("50", "60")))

    assert judged(since(repository)) == ["shop.0001_initial"]


def test_a_renamed_migration_is_judged_by_its_new_name(repository: Path) -> None:
    folder = repository / "backend/shop/migrations"
    git(folder, "mv", "0002_code.py", "0002_the_code.py")

    assert judged(since(repository)) == ["shop.0002_the_code"]


def test_a_new_app_is_judged_whole_and_as_one_deploy(repository: Path) -> None:
    files = {
        "stock/migrations/0001_initial.py": migration(ITEM),
        "stock/migrations/0002_next.py": migration(
            FIELD.format("code").replace("order", "item"), after=(("stock", "0001_initial"),)
        ),
    }
    project(repository / "backend", files)

    found = since(repository)

    assert judged(found) == ["stock.0001_initial", "stock.0002_next"]
    assert [history.one_deploy for history in found.histories] == [True]


def test_a_merge_of_two_branches_has_nothing_to_judge_but_itself(repository: Path) -> None:
    folder = repository / "backend/shop/migrations"
    (folder / "0003_a.py").write_text(third("a"))
    (folder / "0003_b.py").write_text(third("b"))
    commit(repository)
    git(repository, "tag", "both")
    (folder / "0004_merge.py").write_text(migration(after=(("shop", "0003_a"), ("shop", "0003_b"))))

    found = since(repository, "both")

    assert judged(found) == ["shop.0004_merge"]
    assert not any(m.statements or m.problems or m.graph for m in found.focus)


def test_two_branches_without_a_merge_are_a_conflict_at_the_new_one(repository: Path) -> None:
    folder = repository / "backend/shop/migrations"
    (folder / "0003_a.py").write_text(third("a"))
    commit(repository)
    git(repository, "tag", "main-moved")
    (folder / "0003_b.py").write_text(third("b"))

    (flawed,) = [m for m in since(repository, "main-moved").focus if m.graph]

    assert (flawed.id, flawed.graph[0].flaw) == ("shop.0003_b", "several-heads")


def test_a_squashed_migration_is_judged_and_what_it_replaces_is_not(repository: Path) -> None:
    folder = repository / "backend/shop/migrations"
    replaces = "replaces = [('shop', '0001_initial'), ('shop', '0002_code')]"
    (folder / "0001_squashed_0002_code.py").write_text(migration(ORDER, more=replaces))

    assert judged(since(repository)) == ["shop.0001_squashed_0002_code"]


def test_models_and_other_files_change_nothing(repository: Path) -> None:
    (repository / "backend/shop/models.py").write_text("raise SystemExit\n")
    (repository / "backend/shop/migrations/__init__.py").write_text("# nothing\n")
    (repository / "backend/manage.py").unlink()

    found = since(repository)

    assert judged(found) == []
    assert any("No migration has changed since base" in note for note in found.notes)


def test_a_deleted_migration_is_missing_to_those_behind_it(repository: Path) -> None:
    folder = repository / "backend/shop/migrations"
    (folder / "0003_more.py").write_text(third())
    commit(repository)
    (folder / "0002_code.py").unlink()

    (flawed,) = [m for m in since(repository).focus if m.graph]

    assert (flawed.id, flawed.graph[0].flaw) == ("shop.0003_more", "missing")


def test_two_projects_of_one_repository_are_each_judged_with_their_own_history(repository: Path) -> None:
    project(repository / "intern", {"0001_initial": migration(ITEM)})
    commit(repository)
    git(repository, "tag", "two")
    (repository / "backend/shop/migrations/0003_more.py").write_text(third())
    text = migration(FIELD.format("own").replace("order", "item"), after=(("shop", "0001_initial"),))
    (repository / "intern/shop/migrations/0002_own.py").write_text(text)

    found = since(repository, "two")

    assert judged(found) == ["shop.0003_more", "shop.0002_own"]
    assert not any(m.graph or m.problems for m in found.focus)
