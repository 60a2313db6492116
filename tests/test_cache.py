"""The cache saves time and nothing else: whatever happens to its files, no run fails or believes them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from migsafe.cache import Cache, cache_folder, code_state


def test_what_was_put_is_got_in_another_run(tmp_path: Path) -> None:
    Cache(tmp_path / "new").put("key", "naïve \udcff text")
    assert Cache(tmp_path / "new").get("key") == "naïve \udcff text"
    assert Cache(tmp_path / "new").get("other") is None


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 500])
def test_a_damaged_file_counts_as_not_there(tmp_path: Path, damage: bytes) -> None:
    cache = Cache(tmp_path)
    cache.put("key", "text")
    (tmp_path / "key").write_bytes(damage)
    assert cache.get("key") is None


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put("key", "text" * 100)
    data = (tmp_path / "key").read_bytes()
    (tmp_path / "key").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert cache.get("key") is None


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    cache = Cache(tmp_path / "file" / "migsafe")
    cache.put("key", "text")
    assert cache.get("key") is None


def test_the_files_that_were_not_used_for_the_longest_time_make_room(tmp_path: Path) -> None:
    cache = Cache(tmp_path, max_bytes=150)
    for age, key in ((30, "oldest"), (20, "older")):
        cache.put(key, key)
        stat = (tmp_path / key).stat()
        os.utime(tmp_path / key, ns=(stat.st_atime_ns, stat.st_mtime_ns - age * 10**9))
    cache.get("oldest")  # used again
    cache.put("new", "".join(map(str, range(100))))
    assert cache.get("older") is None
    assert cache.get("new") is not None


def test_only_its_user_can_look_into_it(tmp_path: Path) -> None:
    Cache(tmp_path / "migsafe").put("key", "text")
    assert (tmp_path / "migsafe").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "migsafe" / "key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("linux", {"HOME": "/home/a"}, "/home/a/.cache/migsafe"),
        ("linux", {"HOME": "/home/a", "XDG_CACHE_HOME": "/var/a"}, "/var/a/migsafe"),
        ("linux", {"HOME": "/home/a", "XDG_CACHE_HOME": "here"}, "/home/a/.cache/migsafe"),
        ("darwin", {"HOME": "/Users/a"}, "/Users/a/Library/Caches/migsafe"),
    ],
)
def test_it_lies_where_the_system_wants_it(platform: str, environment: dict[str, str], folder: str) -> None:
    assert cache_folder(environment, platform) == Path(folder)


def test_without_a_home_nothing_is_kept() -> None:
    assert cache_folder({}, "linux") is None


def test_other_code_is_another_state(tmp_path: Path) -> None:
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "a.py").write_text("A = 1")
    before = code_state(tmp_path, ["room"])
    assert code_state(tmp_path, ["room"]) == before
    (tmp_path / "room" / "a.py").write_text("A = 10")
    assert code_state(tmp_path, ["room"]) != before
