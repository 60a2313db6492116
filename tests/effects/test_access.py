"""A change of few rows that an index finds does not read the table."""

from __future__ import annotations

import pytest

from migsafe.effects.duration import timed
from migsafe.model.constants import DEFAULTS
from migsafe.model.names import Name
from migsafe.model.statistics import ColumnStatistics, Statistics, TableStatistics
from migsafe.schema.origin import Origin
from tests.effects import worlds

READINGS = "CREATE TABLE readings (device int, at timestamptz, state text)"
SIZES = Statistics(
    tables=(
        TableStatistics(
            name=Name("public", "readings"),
            rows=20_000_000,
            heap_bytes=1_000_000_000,
            columns=(
                ColumnStatistics(name="device", distinct=20_000, correlation=0.0),
                ColumnStatistics(name="state", distinct=5, correlation=0.2),
            ),
        ),
    )
)


def expected(sql: str, *indexes: str) -> float:
    schema = worlds.world(READINGS, *indexes)
    schema.start_migration(Origin("now"))
    effect = timed(worlds.effect(sql, schema), worlds.statement(sql), schema, SIZES, DEFAULTS, 3.0)
    assert effect.seconds is not None
    return effect.seconds.expected


ONE_DEVICE = "UPDATE readings SET state = 'off' WHERE device = 7"


@pytest.mark.parametrize("index", ["(device)", "(device, at)", "USING hash (device)"])
def test_an_index_on_the_compared_column_finds_few_rows(index: str) -> None:
    without = expected(ONE_DEVICE)
    assert expected(ONE_DEVICE, f"CREATE INDEX ON readings {index}") < without / 10


@pytest.mark.parametrize("index", ["(at)", "(at, device)", "USING brin (device)", "(device) WHERE state = 'on'"])
def test_other_indexes_do_not(index: str) -> None:
    assert expected(ONE_DEVICE, f"CREATE INDEX ON readings {index}") >= expected(ONE_DEVICE)


def test_many_rows_are_found_by_reading() -> None:
    changing = "UPDATE readings SET at = now() WHERE state = 'off'"
    assert expected(changing, "CREATE INDEX ON readings (state)") >= expected(changing)
