"""Timeouts that the configuration says of the session: known lengths count as if the file had set them."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.commands.running import judge
from migsafe.config import Settings
from migsafe.sources.collect import Request, collect_text

ALTER = "ALTER TABLE orders ADD COLUMN state text;"
BUILD = "CREATE INDEX CONCURRENTLY orders_total_idx ON orders (total);"


def codes(migration: str, lock: float | bool = False, statement: float | bool = False) -> list[str]:
    settings = Settings(transaction="none", session_lock_timeout=lock, session_statement_timeout=statement)
    report = judge(collect_text(migration, Request(root=Path()), settings), settings)
    return [f.finding.code for f in report.findings]


@pytest.mark.parametrize(
    ("lock", "expected"),
    [(False, ["MS301"]), (True, []), (2.0, []), (60.0, ["MS308"])],
)
def test_a_limit_of_the_session_is_judged_by_its_length(lock: float | bool, expected: list[str]) -> None:
    assert codes(ALTER, lock) == expected


def test_the_file_overrides_the_session() -> None:
    assert codes(f"SET lock_timeout = '2s';\n{ALTER}", lock=60.0) == []
    assert codes(f"SET lock_timeout = 0;\n{ALTER}", lock=2.0) == ["MS301"]


@pytest.mark.parametrize(
    ("lock", "statement", "expected"),
    [
        (True, True, []),  # of unknown length
        (2.0, False, ["MS211"]),
        (60.0, False, []),
        (False, 30.0, ["MS211"]),
    ],
)
def test_a_concurrent_build_under_the_limits_of_the_session(
    lock: float | bool, statement: float | bool, expected: list[str]
) -> None:
    assert codes(BUILD, lock, statement) == expected


def test_the_limits_are_taken_off_for_the_build() -> None:
    assert codes(f"SET lock_timeout = 0;\nSET statement_timeout = 0;\n{BUILD}", 2.0, 30.0) == []
