"""Which partitions constants leave over."""

from __future__ import annotations

import pytest

from migsafe.effects.postgresql.pruning import partitions_left
from migsafe.model.expressions import Comparison
from migsafe.model.names import Name
from tests.effects.worlds import world

SCHEMA = world(
    "CREATE TABLE sales (day date, amount int) PARTITION BY RANGE (day)",
    "CREATE TABLE january PARTITION OF sales FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')",
    "CREATE TABLE february PARTITION OF sales FOR VALUES FROM ('2024-02-01') TO ('2024-03-01')",
    "CREATE TABLE others PARTITION OF sales DEFAULT",
    "CREATE TABLE cities (name text) PARTITION BY LIST (name)",
    "CREATE TABLE italy PARTITION OF cities FOR VALUES IN ('Rome', 'Milan')",
    "CREATE TABLE nowhere PARTITION OF cities FOR VALUES IN (NULL)",
)


def left(table: str, *tests: Comparison) -> set[str]:
    relation = SCHEMA.relation(Name(None, table))
    return {partition.name.name for partition in partitions_left(SCHEMA, relation, tests)}


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("=", "'2024-01-31'", {"january"}),
        ("=", "'2024-02-01'::date", {"february"}),
        ("=", "'2030-01-01'", {"others"}),
        ("<", "'2024-02-01'", {"january", "others"}),
        ("<=", "'2024-02-01'", {"january", "february", "others"}),
        (">=", "'2024-02-01'", {"february", "others"}),
        ("is null", None, {"others"}),
        ("=", "some_function()", {"january", "february", "others"}),
        ("=", "'01.02.2024'", {"january", "february", "others"}),
    ],
)
def test_ranges(operator: str, value: str | None, expected: set[str]) -> None:
    assert left("sales", Comparison("day", operator, value)) == expected


def test_lists() -> None:
    assert left("cities", Comparison("name", "=", "'Rome'")) == {"italy"}
    assert left("cities", Comparison("name", "is null", None)) == {"nowhere"}
    assert left("cities", Comparison("name", "=", "'Oslo'")) == set()


def test_another_column_tells_nothing() -> None:
    assert left("sales", Comparison("amount", "=", "1")) == {"january", "february", "others"}
