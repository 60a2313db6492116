"""The schema of a snapshot from the cache is the one that the snapshot makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.cache import NO_CACHE, Cache
from migsafe.schema import checkpoint
from migsafe.statistics import kept
from migsafe.statistics.file import read, written
from migsafe.statistics.kept import schema_at_hand
from migsafe.statistics.merge import merge
from migsafe.statistics.shadow import schema_of
from migsafe.statistics.snapshot import Snapshot

TEXT = """{"snapshot_version": 1, "schema": {"complete": true, "schemas": ["public"], "relations": [
 {"name": "public.a", "kind": "table", "columns": [{"name": "id", "type": "bigint", "not_null": true}]},
 {"name": "public.b", "kind": "table", "columns": [{"name": "word", "type": "character varying(20)"}]}]}}"""
WITH_SECRET = TEXT.replace(
    '"relations"',
    '"functions": [{"name": "public.f", "language": "sql", "volatility": "v",'
    ' "body": "SELECT dblink(\'host=a password=hunter2\')"}], "relations"',
)


@pytest.fixture(autouse=True)
def small_ones_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "WORTH_KEEPING", 1)


def of_file(text: str, digest: str = "d") -> Snapshot:
    return read(text, "file").replace(files=("file",), digest=digest)


def test_the_second_run_loads_what_the_first_has_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot, cache = of_file(TEXT), Cache(tmp_path)
    first = schema_at_hand(snapshot, cache)
    monkeypatch.delattr(kept, "schema_of")
    second = schema_at_hand(snapshot, cache)
    assert checkpoint.dump(first) == checkpoint.dump(second) == checkpoint.dump(schema_of(snapshot))
    assert second is not schema_at_hand(snapshot, cache)


@pytest.mark.parametrize(
    "snapshot",
    [
        pytest.param(of_file(TEXT, digest=""), id="captured just now"),
        pytest.param(merge([of_file(TEXT), of_file(TEXT, digest="")]), id="a part captured just now"),
        pytest.param(of_file(WITH_SECRET), id="with a password in a function"),
    ],
)
def test_nothing_is_kept_of(snapshot: Snapshot, tmp_path: Path) -> None:
    assert len(schema_at_hand(snapshot, Cache(tmp_path)).relations) == 2
    assert not list(tmp_path.iterdir())


def test_other_files_are_other_schemas(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    schema_at_hand(of_file(TEXT), cache)
    fewer = of_file(written(of_file(TEXT.replace("public.b", "public.c"))), digest="e")
    assert [name.name for name in schema_at_hand(fewer, cache).relations] == ["a", "c"]
    assert len(list(tmp_path.iterdir())) == 2


def test_without_a_cache_it_is_built() -> None:
    assert len(schema_at_hand(of_file(TEXT), NO_CACHE).relations) == 2
