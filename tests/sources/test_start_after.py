"""`start-after`: a project with a long history is judged from a given migration on."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.config import Settings
from migsafe.errors import SetupError
from migsafe.setting_values import Folder
from migsafe.sources.collect import Collected, Request, collect

DROP = "DROP TABLE t;"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Four migrations by Flyway in `db`, two by golang-migrate with their ways back in `jobs/migrations`."""
    for number in (1, 2, 3, 4):
        (tmp_path / "db").mkdir(exist_ok=True)
        (tmp_path / f"db/V{number}__step.sql").write_text(DROP)
    (tmp_path / "jobs/migrations").mkdir(parents=True)
    for number in (1, 2):
        for way in ("up", "down"):
            (tmp_path / f"jobs/migrations/00{number}_job.{way}.sql").write_text(DROP)
    return tmp_path


def collected(project: Path, *paths: str, **settings: object) -> Collected:
    return collect(Request(root=project, paths=paths), Settings(**settings))  # type: ignore[arg-type]  # as in a file


def judged(result: Collected) -> list[str]:
    return [migration.path for migration in result.focus]


@pytest.mark.parametrize("word", ["V2__step", "2", "db/V2__step.sql", "./db/V2__step.sql"])
def test_what_comes_before_is_context(project: Path, word: str) -> None:
    result = collected(project, "db", start_after=(word,))
    assert judged(result) == ["db/V3__step.sql", "db/V4__step.sql"]
    assert [m.path for m in result.histories[0].migrations][:2] == ["db/V1__step.sql", "db/V2__step.sql"]
    assert any("migrations up to" in note and "are context only (2 files)" in note for note in result.notes)


def test_ways_back_go_with_their_ways_up(project: Path) -> None:
    result = collected(project, start_after=("db/V4__step.sql", "001_job"))
    assert judged(result) == ["jobs/migrations/002_job.up.sql", "jobs/migrations/002_job.down.sql"]


def test_a_folder_has_its_own(project: Path) -> None:
    own = Folder(path="jobs/migrations", start_after="001")
    assert [path for path in judged(collected(project, folders=(own,))) if "001" in path] == []


def test_what_is_named_by_itself_is_judged(project: Path) -> None:
    assert judged(collected(project, "db/V1__step.sql", start_after=("V2__step",))) == ["db/V1__step.sql"]


def test_when_everything_is_before_nothing_is_judged(project: Path) -> None:
    assert judged(collected(project, "db", start_after=("V4__step",))) == []


def test_a_word_that_names_nothing_is_an_error(project: Path) -> None:
    with pytest.raises(SetupError, match=r"'V2__stop', and there is no such migration; did you mean 'V2__step'"):
        collected(project, start_after=("V2__stop",))
    with pytest.raises(SetupError, match="no such migration"):
        collected(project, folders=(Folder(path="jobs/migrations", start_after="007"),))


def test_a_word_of_another_folder_is_none(project: Path) -> None:
    assert len(judged(collected(project, "db", start_after=("jobs/migrations/001_job.up.sql",)))) == 4
