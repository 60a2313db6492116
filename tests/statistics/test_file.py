"""The snapshot's file: what is written is read again, small changes are small, and nothing in it is trusted."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migsafe.errors import SetupError
from migsafe.model.names import Name
from migsafe.model.statistics import (
    AppliedVersions,
    ColumnStatistics,
    IndexStatistics,
    ReplicaStatistics,
    RoleSetting,
    SequenceStatistics,
    ServerStatistics,
    Statistics,
    TableStatistics,
)
from migsafe.statistics.catalog import (
    Catalog,
    CatalogColumn,
    CatalogConstraint,
    CatalogElement,
    CatalogIndex,
    CatalogReads,
    CatalogRelation,
    CatalogType,
)
from migsafe.statistics.codec import DamagedError, name_of
from migsafe.statistics.file import existing, load, read, save, written
from migsafe.statistics.merge import merge
from migsafe.statistics.rounding import DEAD_BAND, kept, rounded
from migsafe.statistics.shadow import schema_of
from migsafe.statistics.shadow_cycles import below_itself
from migsafe.statistics.snapshot import NO_SNAPSHOT, Snapshot

ORDERS = Name("public", "orders")
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


def orders(rows: float | None = 40_000_000, **others: object) -> TableStatistics:
    return TableStatistics(name=ORDERS, rows=rows).replace(**others)


def snapshot(*tables: TableStatistics, **others: object) -> Snapshot:
    return Snapshot(databases=("shop",), statistics=Statistics(tables=tables).replace(**others))


WHOLE = Snapshot(
    databases=("shop",),
    statistics=Statistics(
        captured_at="2026-11-21T05:00:00Z",
        server=ServerStatistics(
            version=16,
            version_text="16.4",
            settings=(("lock_timeout", "3"), ("work_mem", "4194304")),
            role_settings=(RoleSetting(role="app", name="lock_timeout", value="3s"),),
            max_connections=200,
            connections=12,
            transactions=(38.0, 2.5),
            replicas=(ReplicaStatistics(name="standby", lag_seconds=0.5, lag_bytes=1000),),
        ),
        tables=(
            orders(
                heap_bytes=4_200_000_000,
                toast_bytes=0,
                indexes=(IndexStatistics(name=Name("public", "orders_pkey"), bytes=860_000_000),),
                columns=(ColumnStatistics(name="id", width=8, nulls=0.0, distinct=-1, correlation=0.5),),
                reads_per_second=85,
                writes_per_second=12,
                partitions=2,
                locked=True,
            ),
        ),
        sequences=(SequenceStatistics(name=Name("public", "orders_id_seq"), last_value=41_200_000, limit=2**63 - 1),),
        applied=(AppliedVersions(tool="flyway", table=Name("public", "flyway_schema_history"), versions=("1", "2")),),
        unseen=("Locked exclusively at capture: public.orders.",),
    ),
    catalog=Catalog(
        owner="app",
        schemas=("public",),
        relations=(
            CatalogRelation(
                name=ORDERS,
                columns=(CatalogColumn(name="id", type="bigint", not_null=True),),
                constraints=(CatalogConstraint(name="orders_pkey", kind="primary-key", columns=("id",)),),
            ),
        ),
        indexes=(
            CatalogIndex(name=Name("public", "orders_pkey"), table=ORDERS, elements=(CatalogElement(column="id"),)),
        ),
    ),
)


def test_what_is_written_is_read_again() -> None:
    assert read(written(WHOLE), "file") == WHOLE


def test_writing_it_again_changes_nothing() -> None:
    text = written(WHOLE)
    assert written(read(text, "file")) == text
    assert written(read(text, "file"), read(text, "file")) == text


@given(NAMES, NAMES)
def test_any_name_survives(schema: str, name: str) -> None:
    table = TableStatistics(name=Name(schema, name))
    assert read(written(snapshot(table)), "file").statistics.tables == (table,)


def test_the_order_of_the_server_does_not_show() -> None:
    one, other = TableStatistics(name=Name("a", "z")), TableStatistics(name=Name("b", "a"))
    assert written(snapshot(one, other)) == written(snapshot(other, one))


def test_a_changed_figure_changes_one_line() -> None:
    before = written(snapshot(orders(40e6), orders(2e6).replace(name=Name("public", "users")))).splitlines()
    after = written(snapshot(orders(80e6), orders(2e6).replace(name=Name("public", "users")))).splitlines()
    assert [(a, b) for a, b in zip(before, after, strict=True) if a != b] == [
        ('   "rows": 40000000', '   "rows": 80000000'),
    ]


@pytest.mark.parametrize(
    ("value", "shown"), [(41_234_567, 41_000_000), (0.01234, 0.012), (0, 0), (-0.456, -0.46), (99.6, 100)]
)
def test_figures_have_two_digits(value: float, shown: float) -> None:
    assert rounded(value) == shown


def test_how_full_a_sequence_is_stays_exact_enough() -> None:
    sequence = SequenceStatistics(name=Name("public", "s"), last_value=2_140_000_000, limit=2**31 - 1)
    (read_again,) = read(written(snapshot(sequences=(sequence,))), "file").statistics.sequences
    assert read_again.last_value == 2_140_000_000


@pytest.mark.parametrize(
    ("old", "new", "result"),
    [
        (40e6, 47e6, 40e6),
        (40e6, 33e6, 40e6),
        (40e6, 48e6, 48e6),
        (None, 5.0, 5.0),
        (5.0, None, None),
        (0, 3, 3),
        (3, 0, 0),
        (-0.5, 0.5, 0.5),
    ],
)
def test_a_figure_that_hardly_changed_is_kept(old: float | None, new: float | None, result: float | None) -> None:
    assert kept(old, new) == result


@given(st.floats(1, 1e12), st.lists(st.floats(0.9, 1.15), max_size=40))
def test_slow_growth_is_not_lost(start: float, steps: list[float]) -> None:
    """The band is around what is written, not around last night's figure."""
    shown: float | None = start
    real = start
    for step in steps:
        real *= step
        shown = kept(shown, real)
    assert shown is not None
    assert math.isclose(shown, real, rel_tol=DEAD_BAND / (1 - DEAD_BAND))


def test_updating_a_file_keeps_its_figures(tmp_path: Path) -> None:
    path = tmp_path / "stats.json"
    save(path, snapshot(orders(40e6, writes_per_second=10.0)))
    save(path, snapshot(orders(46e6, writes_per_second=30.0)), existing(path))
    (table,) = load([path]).statistics.tables
    assert (table.rows, table.writes_per_second) == (40e6, 30)
    assert [file.name for file in tmp_path.iterdir()] == ["stats.json"]


def test_it_says_where_it_comes_from(tmp_path: Path) -> None:
    path = tmp_path / "stats.json"
    save(path, WHOLE)
    assert load([path]).files == (str(path),)
    assert load([]) == NO_SNAPSHOT


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is no snapshot"),
        ("[]", "has no 'snapshot_version'"),
        ("{}", "has no 'snapshot_version'"),
        ('{"snapshot_version": true}', "has no 'snapshot_version'"),
        ('{"snapshot_version": 99}', "newer than this migsafe knows"),
        ('{"snapshot_version": 1, "tables": {}}', "statistics, tables: a list was expected"),
        ('{"snapshot_version": 1, "tables": [{"name": "a.b", "rows": "x"}]}', "table statistics, rows: a number"),
        ('{"snapshot_version": 1, "tables": [{"name": "a.b", "rows": NaN}]}', "table statistics, rows: a number"),
        ('{"snapshot_version": 1, "tables": [{"rows": 1}]}', "'name' is missing"),
        ('{"snapshot_version": 1, "tables": [{"name": "a.b.c"}]}', "a name was expected"),
        ('{"snapshot_version": 1, "databases": "x"}', "a list was expected"),
        (
            '{"snapshot_version": 1, "schema": {"relations": [{"name": "a.b", "columns": [1]}]}}',
            "an object was expected",
        ),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_damaged_file_is_said_to_be_so(text: str, reason: str) -> None:
    with pytest.raises(SetupError, match=reason):
        read(text, "migsafe-stats.json")


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=3), st.lists, max_leaves=5), st.data())
def test_no_value_in_the_wrong_place_crashes(value: object, data: st.DataObject) -> None:
    document = json.loads(written(WHOLE))
    place = document
    while isinstance(place, dict | list) and place:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else list(range(len(place)))))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            place[key] = value
            break
        place = place[key]
    with suppress(SetupError):
        assert isinstance(read(json.dumps(document), "file"), Snapshot)


def test_fields_of_later_versions_are_passed_over() -> None:
    text = '{"snapshot_version": 1, "weather": {}, "tables": [{"name": "a.b", "rows": 1, "mood": "good"}]}'
    assert read(text, "file").statistics.tables == (TableStatistics(name=Name("a", "b"), rows=1),)


def test_what_is_no_snapshot_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "package.json"
    path.write_text('{"name": "shop"}')
    with pytest.raises(SetupError, match="is no snapshot"):
        existing(path)


def test_files_that_cannot_be_had(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot read"):
        load([tmp_path / "missing.json"])
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(SetupError, match="not UTF-8"):
        load([tmp_path / "binary"])
    with pytest.raises(SetupError, match="cannot write"):
        save(tmp_path / "no" / "folder.json", WHOLE)


@pytest.mark.parametrize("written_name", ["", ".", "a.", ".a", '"a', 'a"b', '"a"."b', "a..b", '""."b"'])
def test_a_name_is_sql_or_nothing(written_name: str) -> None:
    with pytest.raises(DamagedError):
        name_of(written_name)


def test_reading_a_file_loads_no_driver_and_no_parser(tmp_path: Path) -> None:
    save(tmp_path / "stats.json", WHOLE)
    script = """import sys; from migsafe.statistics.file import load; load([sys.argv[1]])
print(sorted({"psycopg", "pglast", "rich", "click"} & set(sys.modules)))"""
    command = [sys.executable, "-c", script, str(tmp_path / "stats.json")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "[]"


# What is below itself


def schema_with(*relations: CatalogRelation, **parts: object) -> Snapshot:
    return Snapshot(catalog=Catalog(relations=relations).replace(**parts))


ABOVE, BELOW = Name("public", "above"), Name("public", "below")
CIRCLES = {
    "partitions": schema_with(
        CatalogRelation(name=ABOVE, partition_of=BELOW), CatalogRelation(name=BELOW, partition_of=ABOVE)
    ),
    "children": schema_with(CatalogRelation(name=BELOW, inherits=(BELOW,))),
    "views": schema_with(
        CatalogRelation(name=ABOVE, kind="view", reads=(CatalogReads(relation=BELOW),)),
        CatalogRelation(name=BELOW, kind="view", reads=(CatalogReads(relation=ABOVE),)),
    ),
    "indexes": schema_with(indexes=(CatalogIndex(name=BELOW, table=ABOVE, parent=BELOW),)),
    "types": schema_with(
        types=(
            CatalogType(name=ABOVE, form="domain", base="public.below"),
            CatalogType(name=BELOW, form="domain", base="public.above"),
        )
    ),
}


@pytest.mark.parametrize("circle", CIRCLES)
def test_what_is_below_itself_is_refused(circle: str) -> None:
    with pytest.raises(SetupError, match="is below itself"):
        schema_of(read(written(CIRCLES[circle]), "file"))


def test_what_is_below_two_others_is_not() -> None:
    diamond = {ABOVE: [BELOW, Name("a", "x")], Name("a", "x"): [BELOW], BELOW: []}
    assert below_itself(diamond) is None
    assert below_itself({BELOW: [BELOW]}) == BELOW
    assert below_itself({Name("a", str(n)): [Name("a", str(n + 1))] for n in range(100_000)}) is None


# Merging


def test_of_several_databases_the_greatest_figures_count() -> None:
    small = orders(10, heap_bytes=100, cache_hit_share=0.5, last_analysed="2026-01-02")
    large = orders(30, heap_bytes=50, cache_hit_share=0.9, last_analysed="2026-01-01")
    merged = merge([snapshot(small), snapshot(large)])
    (table,) = merged.statistics.tables
    assert (table.rows, table.heap_bytes, table.cache_hit_share, table.last_analysed) == (30, 100, 0.5, "2026-01-01")


def test_what_one_shard_does_not_know_is_unknown() -> None:
    assert merge([snapshot(orders(10)), snapshot(orders(None))]).statistics.tables[0].rows is None


def test_what_only_one_has_is_taken() -> None:
    users = TableStatistics(name=Name("public", "users"), rows=5)
    assert {table.name for table in merge([snapshot(orders()), snapshot(users)]).statistics.tables} == {
        ORDERS,
        users.name,
    }


def test_the_oldest_capture_and_the_oldest_server_count() -> None:
    one = snapshot(
        captured_at="2026-02-01T00:00:00Z", server=ServerStatistics(version=16, settings=(("a", "1"), ("b", "1")))
    )
    two = snapshot(
        captured_at="2026-01-01T00:00:00Z", server=ServerStatistics(version=14, settings=(("a", "1"), ("b", "2")))
    )
    merged = merge([one, two]).statistics
    assert (merged.captured_at, merged.server.version, merged.server.settings) == (
        "2026-01-01T00:00:00Z",
        14,
        (("a", "1"),),
    )


def test_versions_that_differ_stay_side_by_side() -> None:
    here, there = (AppliedVersions(tool="goose", table=Name("public", "g"), versions=v) for v in (("1", "2"), ("1",)))
    assert merge([snapshot(applied=(here,)), snapshot(applied=(there,))]).statistics.applied == (here, there)
    assert merge([snapshot(applied=(here,)), snapshot(applied=(here,))]).statistics.applied == (here,)


def test_a_relation_that_differs_is_not_fully_known() -> None:
    one = Snapshot(catalog=Catalog(relations=(CatalogRelation(name=ORDERS),)))
    two = Snapshot(catalog=Catalog(relations=(CatalogRelation(name=ORDERS, rules=("r",)),)))
    merged = merge([one, two])
    assert merged.catalog is not None
    assert merged.catalog.relations[0].locked
    assert merged.statistics.unseen == ("The schemas of the snapshots differ in public.orders.",)
