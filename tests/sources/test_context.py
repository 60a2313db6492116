"""A run that goes on from the cache says the same, byte for byte, as one that reads everything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from migsafe.cache import Cache
from migsafe.commands.running import judge, render
from migsafe.config import Settings
from migsafe.sources import context
from migsafe.sources.collect import Request, collect
from migsafe.sources.sql.reader import Job, ReadFile
from migsafe.sources.sql.several import read_all

COUNT = 3 * context.STEP + 5


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project" / "migrations"
    folder.mkdir(parents=True)
    for number in range(1, COUNT + 1):
        (folder / f"{number:04}_step.up.sql").write_text(text_of(number))
        (folder / f"{number:04}_step.down.sql").write_text(f"DROP TABLE t{number};\n")
    return tmp_path / "project"


def text_of(number: int) -> str:
    before = f"CREATE UNIQUE INDEX CONCURRENTLY i{number} ON t{number - 1} (a);\n" if number > 1 else ""
    return f"CREATE TABLE t{number} (id bigserial PRIMARY KEY, a int);\n" if number % 7 else before or "SELECT 1;\n"


def checked(project: Path, path: str, cache: Cache) -> str:
    settings = Settings()
    return render(judge(collect(Request(root=project, paths=(path,)), settings, cache), settings), "json")


def count_reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    read: list[str] = []

    def counted(jobs: Sequence[Job], workers: int = 0) -> Iterator[ReadFile]:
        read.extend(job.file.path for job in jobs)
        return read_all(jobs, workers)

    monkeypatch.setattr(context, "read_all", counted)
    return read


@pytest.mark.parametrize("name", [f"{COUNT:04}_step.up.sql", f"{COUNT:04}_step.down.sql", "0040_step.up.sql"])
def test_the_report_is_the_same_with_and_without(project: Path, tmp_path: Path, name: str) -> None:
    path = f"migrations/{name}"
    cache = Cache(tmp_path / "cache")
    reports = {checked(project, path, cache) for cache in (Cache(None), cache, cache)}
    assert len(reports) == 1


def test_the_second_run_reads_only_what_is_behind_the_checkpoint(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, cache = f"migrations/{COUNT:04}_step.up.sql", Cache(tmp_path / "cache")
    checked(project, path, cache)
    read = count_reads(monkeypatch)
    checked(project, path, cache)
    assert len(read) < context.STEP


def test_a_change_in_history_is_noticed(project: Path, tmp_path: Path) -> None:
    path, cache = f"migrations/{COUNT:04}_step.up.sql", Cache(tmp_path / "cache")
    checked(project, path, cache)
    (project / "migrations" / "0003_step.up.sql").write_text(f"CREATE TABLE t{COUNT} (other int);\n")
    assert checked(project, path, cache) == checked(project, path, Cache(None))


def test_a_file_that_brings_in_others_is_not_remembered(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "other.sql").write_text("CREATE TABLE other (id int);")
    (project / "migrations" / "0001_step.up.sql").write_text("\\i other.sql\n")
    path, cache = f"migrations/{COUNT:04}_step.up.sql", Cache(tmp_path / "cache")
    checked(project, path, cache)
    read = count_reads(monkeypatch)
    checked(project, path, cache)
    assert "migrations/0001_step.up.sql" in read


def test_a_secret_in_a_function_is_not_written_down(project: Path, tmp_path: Path) -> None:
    body = "SELECT * FROM dblink('host=db password=hunter2', 'SELECT 1') AS t (a int)"
    function = f"CREATE FUNCTION far() RETURNS SETOF int LANGUAGE sql AS $$ {body} $$;\n"
    (project / "migrations" / "0002_step.up.sql").write_text(function)
    folder = tmp_path / "cache"
    checked(project, f"migrations/{COUNT:04}_step.up.sql", Cache(folder))
    written = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert not any(b"hunter2" in data for data in written)


def test_several_processes_read_the_same(project: Path) -> None:
    request = Request(root=project, paths=("migrations",))
    alone, together = (judge(collect(request, s), s) for s in (Settings(jobs=1), Settings(jobs=2)))
    assert render(alone, "json") == render(together, "json")


def test_a_schema_file_is_remembered(project: Path, tmp_path: Path) -> None:
    dump = tmp_path / "dump.sql"
    dump.write_text("".join(f"CREATE TABLE s{n} (id bigint, name text);\n" for n in range(2000)))
    settings, cache = Settings(schema=str(dump)), Cache(tmp_path / "cache")
    request = Request(root=project, paths=("migrations/0001_step.up.sql",))
    reports = {render(judge(collect(request, settings, c), settings), "json") for c in (Cache(None), cache, cache)}
    assert len(reports) == 1
    assert list((tmp_path / "cache").iterdir())
