"""Disk, log, lag and keys: what follows from sizes."""

from __future__ import annotations

import pytest

from migsafe.effects.capacity import NO_BYTES, Capacity, capacity, fullest, key_room
from migsafe.effects.duration import timed
from migsafe.effects.duration.backfill import Batches, backfill
from migsafe.effects.duration.sizes import Sizes
from migsafe.model.constants import DEFAULTS
from migsafe.model.names import Name
from migsafe.model.statistics import NO_STATISTICS, SequenceStatistics, Statistics, TableStatistics
from migsafe.schema.origin import Origin
from migsafe.schema.schema import Schema
from tests.effects import worlds

GIGABYTE = 1_000_000_000


def schema() -> Schema:
    made = worlds.world(
        "CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, note text)",
        "CREATE INDEX orders_user ON orders (user_id)",
        "CREATE UNLOGGED TABLE scratch (id bigint, note text)",
    )
    made.start_migration(Origin("now"))
    return made


SIZES = Statistics(
    tables=(
        TableStatistics(name=Name("public", "orders"), rows=10_000_000, heap_bytes=GIGABYTE, toast_bytes=500_000_000),
        TableStatistics(name=Name("public", "scratch"), rows=10_000_000, heap_bytes=GIGABYTE),
    )
)


def of(sql: str, statistics: Statistics = SIZES) -> Capacity:
    before = schema()
    effect = timed(worlds.effect(sql, before), worlds.statement(sql), before, statistics, DEFAULTS, 3.0)
    return capacity(effect, worlds.statement(sql), before, statistics, DEFAULTS)


def test_a_rewrite_needs_the_table_once_more_with_its_indexes_and_what_is_out_of_line() -> None:
    found = of("ALTER TABLE orders ALTER COLUMN user_id TYPE numeric")
    assert found.disk is not None
    assert found.log is not None
    assert 1.5 * GIGABYTE < found.disk.expected < 2.5 * GIGABYTE
    assert found.disk.low < found.disk.expected < found.disk.high
    assert found.log.expected > 1.5 * GIGABYTE


def test_an_index_needs_its_own_size_and_room_to_sort() -> None:
    found = of("CREATE INDEX ON orders (user_id)")
    assert found.disk is not None
    assert found.log is not None
    assert 200_000_000 < found.log.expected < 400_000_000
    assert found.disk.expected > 1.5 * found.log.expected


@pytest.mark.parametrize(
    "sql", ["ALTER TABLE orders ALTER COLUMN user_id SET DEFAULT 0", "ALTER TABLE orders ADD x int"]
)
def test_a_change_of_the_catalog_takes_nothing(sql: str) -> None:
    found = of(sql)
    assert found.disk == NO_BYTES
    assert found.log == NO_BYTES


def test_what_is_not_logged_makes_no_log() -> None:
    assert of("ALTER TABLE scratch ALTER COLUMN id TYPE text").log == NO_BYTES
    logged = of("ALTER TABLE orders ALTER COLUMN id TYPE text").log
    assert logged is not None
    assert logged.low > 0


def test_an_unknown_size_is_unknown_here_too() -> None:
    found = of("ALTER TABLE orders ALTER COLUMN user_id TYPE numeric", NO_STATISTICS)
    assert (found.disk, found.log, found.lag) == (None, None, None)


def test_an_update_of_every_row_logs_more_than_the_rows() -> None:
    found = of("UPDATE orders SET note = ''")
    assert found.log is not None
    assert found.log.expected > GIGABYTE
    assert found.log.high >= found.log.expected >= found.log.low > 0


def test_a_replica_that_replays_slowly_falls_behind() -> None:
    sql = "VACUUM FULL orders"
    before = schema()
    effect = timed(worlds.effect(sql, before), worlds.statement(sql), before, SIZES, DEFAULTS, 3.0)
    slow = DEFAULTS.replace(replay_byte=1e-7)
    found = capacity(effect, worlds.statement(sql), before, SIZES, slow)
    assert found.lag is not None
    assert found.lag.expected > 60


SEQUENCE = SequenceStatistics(name=Name("public", "orders_id_seq"), last_value=2_000_000_000, limit=2**63 - 1)


def sequence(**values: object) -> SequenceStatistics:
    return SEQUENCE.replace(**values)


def test_the_column_ends_before_its_sequence() -> None:
    found = key_room(
        sequence(table=Name("public", "orders"), column="id", column_limit=2**31 - 1, values_per_second=100.0)
    )
    assert found is not None
    assert found.column == "id"
    assert found.share == pytest.approx(0.931, abs=0.001)
    assert found.days == pytest.approx(147_483_647 / 100 / 86400)


def test_a_sequence_without_a_rate_has_a_fill_but_no_days() -> None:
    found = key_room(sequence())
    assert found is not None
    assert found.days is None
    assert found.share < 0.001


@pytest.mark.parametrize("values", [{"last_value": None}, {"limit": None}, {"increment": -1}])
def test_what_is_not_known_of_a_sequence_is_not_made_up(values: dict[str, object]) -> None:
    assert key_room(sequence(**values)) is None


def test_those_that_end_first_come_first() -> None:
    late = sequence(name=Name("public", "late"), values_per_second=1.0)
    soon = sequence(name=Name("public", "soon"), column_limit=2**31 - 1, values_per_second=1000.0)
    never = sequence(name=Name("public", "never"))
    order = [room.sequence.name for room in fullest(Statistics(sequences=(never, late, soon)))]
    assert order == ["soon", "late", "never"]


def test_a_backfill_counts_its_batches_and_its_pauses() -> None:
    sizes = Sizes(schema(), SIZES)
    table, columns = Name("public", "orders"), frozenset({"note"})
    without = backfill(table, columns, Batches(rows=10_000, pause=0.0), sizes=sizes, constants=DEFAULTS)
    paused = backfill(table, columns, Batches(rows=10_000, pause=0.5), sizes=sizes, constants=DEFAULTS)
    assert without is not None
    assert paused is not None
    assert without.batches == paused.batches == 1000
    assert paused.whole.expected == pytest.approx(without.whole.expected + 500)
    assert without.batch.expected < 1
    unknown = Sizes(schema(), NO_STATISTICS)
    assert backfill(table, columns, Batches(), sizes=unknown, constants=DEFAULTS) is None
