"""The floor of a statement, reading, and expressions."""

from __future__ import annotations

from math import sqrt
from statistics import median

from migsafe.model.constants import DEFAULTS
from migsafe.verify.calibration.probe import Probe, Sized, split

_DROP = "ALTER TABLE {0} DROP CONSTRAINT probed"


def measure(probe: Probe) -> dict[str, float]:
    narrow, wide, keyed = (probe.size(table) for table in ("narrow", "wide", "keyed"))
    read_row, read_byte = split(
        (_scan(probe, "narrow"), narrow), (_scan(probe, "wide"), wide), (DEFAULTS.read_row, DEFAULTS.read_byte)
    )
    plain = _scan(probe, "keyed", "number")

    def each(condition: str, tests: int = 1) -> float:
        return (_check(probe, "keyed", condition) - plain) / keyed.rows / tests

    probe.run(
        "CREATE FUNCTION probed(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 IS NOT NULL; END'"
    )
    operator = each("number >= 0 AND few >= 0 AND number <> -1 AND few <> -1", 4)
    return {
        **_floor(probe),
        "read_row": read_row,
        "read_byte": read_byte,
        "read_column": max(_scan(probe, "keyed", "span") - plain, 0.0) / keyed.rows / 7,
        "operator": operator,
        "call": each("length(name) > 2 AND length(name) < 90", 2),
        "pattern": each("name ~ '^[0-9a-f]+$'"),
        "user_call": each("probed(number)"),
        "convert": each("number::text <> '' AND few::text <> ''", 2) - operator,
        "parse_byte": each("document::jsonb IS NOT NULL")
        / probe.number("SELECT avg(length(document))::float FROM keyed"),
        "detoast_byte": _detoast(probe),
        "random_uuid": _generated(probe, "md5(random()::text)::uuid", "gen_random_uuid()", keyed),
        "next_value": _sequence(probe, keyed),
    }


def _scan(probe: Probe, table: str, column: str = "value") -> float:
    return probe.seconds(
        f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL",
        (f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL",),
    )


def _check(probe: Probe, table: str, condition: str) -> float:
    return probe.seconds(f"ALTER TABLE {table} ADD CONSTRAINT probed CHECK ({condition})", (_DROP.format(table),))


def _floor(probe: Probe) -> dict[str, float]:
    """Changes of the catalog, with the flush of a commit: between the first one in a session, which has to read the
    catalog, and the next ones."""
    probe.run("CREATE TABLE empty (a int)")
    probe.fsync("on")
    changes = tuple(f"ALTER TABLE {probe.schema}.empty ADD COLUMN c{n} int" for n in range(8))
    first = median([probe.fresh_seconds(change) for change in changes[:4]])
    later = min(probe.seconds(change, times=1) for change in changes[4:])
    file = probe.seconds("CREATE INDEX probed ON empty (a)", ("DROP INDEX probed",), 5)
    probe.fsync("off")
    return {"statement": sqrt(first * later), "new_file": max(file - later, later / 10)}


def _detoast(probe: Probe) -> float:
    size = probe.size("documents")
    without = _scan(probe, "documents", "id")
    return max(_check(probe, "documents", "length(body) > 2") - without, 0.0) / size.toast_bytes


def _generated(probe: Probe, instead: str, function: str, keyed: Sized) -> float:
    """gen_random_uuid() is built in from PostgreSQL 13; before, an extension's function cost about the same as this."""
    known = probe.has("SELECT 1 FROM pg_proc WHERE proname = 'gen_random_uuid'")
    return _evaluated(probe, function if known else instead, keyed)


def _sequence(probe: Probe, keyed: Sized) -> float:
    probe.run("CREATE SEQUENCE probed_values")
    return _evaluated(probe, "nextval('probed_values')", keyed)


def _evaluated(probe: Probe, expression: str, keyed: Sized) -> float:
    plain = probe.seconds("SELECT count(x) FROM (SELECT id AS x FROM keyed OFFSET 0) s")
    return (
        max(probe.seconds(f"SELECT count(x) FROM (SELECT {expression} AS x FROM keyed OFFSET 0) s") - plain, 0.0)
        / keyed.rows
    )
