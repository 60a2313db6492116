"""docs/locks.md is made of the recorded observations, and says why for everything that it says."""

from __future__ import annotations

import re
from functools import cache

import pytest

from tests.effects.known_disagreements import KNOWN
from tools.lock_page import Row, chosen, page, rows
from tools.observe.cases import read_folder
from tools.observe.recording import recordings


@cache
def all_rows() -> tuple[Row, ...]:
    return tuple(row for topic in chosen() for row in rows(topic))


def the(case: str) -> list[Row]:
    return [row for row in all_rows() if row.case == case]


def test_a_reader_finds_what_a_constant_default_locks() -> None:
    (row,) = the("add-column/constant-default")
    assert row.operation.startswith("`ADD COLUMN` with a constant default")
    assert row.versions == (12, 13, 14, 15, 16, 17, 18)
    assert row.cells[:5] == ("ACCESS EXCLUSIVE", "reads, writes, schema changes", "-", "-", "yes")


def test_what_versions_do_differently_is_in_rows_of_its_own() -> None:
    partition = {row.versions: row.cells.others for row in the("partitions/detach")}
    assert partition == {
        (12, 13): "SHARE UPDATE EXCLUSIVE on `measurements_2020` (blocks schema changes)",
        (14, 15, 16, 17, 18): "ACCESS EXCLUSIVE on `measurements_2020` (blocks reads, writes, schema changes)",
    }


def test_the_referenced_table_of_a_foreign_key_is_there() -> None:
    (row,) = the("foreign-keys/add-foreign-key")
    assert row.cells.lock == "SHARE ROW EXCLUSIVE"
    assert row.cells.others.startswith("SHARE ROW EXCLUSIVE on `users` (blocks writes, schema changes)")


def test_an_index_that_is_locked_more_than_its_table_is_named() -> None:
    (row,) = the("indexes/reindex-index")
    assert row.cells.lock == "SHARE"
    assert "ACCESS EXCLUSIVE on index `users_city_idx`" in row.cells.others


def test_what_a_version_refuses_is_told_in_the_servers_words() -> None:
    (row,) = the("partitioned-tables/create-index-concurrently-refused")
    assert row.cells.lock == "refused"
    assert 'cannot create index on partitioned table "logs" concurrently (SQLSTATE 0A000)' in row.cells.why


def test_every_recorded_version_of_a_row_is_on_the_page() -> None:
    recorded = {f"{r.case.topic}/{r.case.name}": r for r in recordings(list(read_folder()))}
    cases = {row.case for row in all_rows()}
    assert len(cases) >= 200
    for case in cases:
        assert sorted(v for row in the(case) for v in row.versions) == sorted(recorded[case].observations), case
        assert not recorded[case].digest_differs, case


@pytest.mark.parametrize("topic", chosen())
def test_what_is_locked_has_a_reason_with_a_source(topic: str) -> None:
    locked = [row for row in rows(topic) if (row.cells.lock, row.cells.others) != ("none", "-")]
    assert locked
    assert [row.case for row in locked if not re.search(r"(^|<br>)\*.+\*", row.cells.why)] == []


def test_no_row_is_one_that_predictions_get_wrong() -> None:
    assert {row.case for row in all_rows()} & KNOWN.keys() == set()


def test_rows_of_the_table_have_as_many_cells_as_its_head() -> None:
    lines = [line.replace("\\|", "") for line in page().splitlines() if line.startswith("|")]
    assert {line.count("|") for line in lines} == {9}
