"""Rows that change, and the entries that they make in indexes."""

from __future__ import annotations

from migsafe.model.constants import DEFAULTS
from migsafe.verify.calibration.probe import Probe, split

_CHANGED = 200_000
_FUNCTION = """CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN NEW.value := NEW.value + 1; RETURN NEW; END'"""


def measure(probe: Probe) -> dict[str, float]:
    narrow, wide = probe.size("narrow"), probe.size("wide")
    update = split(
        (_update(probe, "narrow") - _reading(probe, "narrow"), narrow),
        (_update(probe, "wide") - _reading(probe, "wide"), wide),
        (DEFAULTS.update_row, DEFAULTS.change_byte),
    )
    insert = split(
        (_insert(probe, "narrow"), narrow),
        (_insert(probe, "wide"), wide),
        (DEFAULTS.insert_row, DEFAULTS.change_byte),
    )
    entries = _entries(probe)
    return {
        "update_row": update[0],
        "change_byte": (update[1] + insert[1]) / 2,
        "insert_row": insert[0],
        **entries,
        "delete_row": _delete(probe),
        "trigger": _trigger(probe),
    }


def _reading(probe: Probe, table: str) -> float:
    size = probe.size(table)
    return size.rows * probe.known["read_row"] + size.bytes * probe.known["read_byte"]


def _update(probe: Probe, table: str) -> float:
    return probe.seconds(f"UPDATE {table} SET value = value + 1", (f"VACUUM FULL {table}",), 1)


def _insert(probe: Probe, table: str) -> float:
    probe.run(f"CREATE TABLE target (LIKE {table})")
    seconds = probe.seconds(f"INSERT INTO target SELECT * FROM {table}", ("TRUNCATE target",), 2)
    probe.run("DROP TABLE target")
    return seconds - _reading(probe, table)


def _entries(probe: Probe) -> dict[str, float]:
    """An update of every row with an index in the order of the rows, and one in no order."""
    rows = probe.scaled(_CHANGED)
    probe.run(f"CREATE TABLE target AS SELECT id, number, token FROM keyed LIMIT {rows}", "VACUUM target")
    plain = _change(probe)
    probe.run("CREATE INDEX probed ON target (id)")
    near = _change(probe)
    probe.run("DROP INDEX probed", "CREATE INDEX probed ON target (token)")
    anywhere = _change(probe)
    probe.run("DROP TABLE target")
    return {
        "index_entry": max(near - plain, 0.0) / rows,
        "index_entry_random": max(anywhere - plain, 0.0) / rows,
    }


def _change(probe: Probe) -> float:
    return probe.seconds("UPDATE target SET number = number + 1", ("VACUUM FULL target",), 2)


def _delete(probe: Probe) -> float:
    rows = probe.scaled(_CHANGED)
    probe.run(f"CREATE TABLE target AS SELECT * FROM narrow LIMIT {rows}", "VACUUM target")
    reading = _reading(probe, "target")
    seconds = probe.seconds("DELETE FROM target", times=1) - reading
    probe.run("DROP TABLE target")
    return seconds / rows


def _trigger(probe: Probe) -> float:
    rows = probe.scaled(_CHANGED // 4)
    probe.run(
        f"CREATE TABLE target AS SELECT * FROM narrow LIMIT {rows}",
        _FUNCTION,
    )
    plain = probe.seconds("UPDATE target SET value = 1", times=2)
    probe.run("CREATE TRIGGER touched BEFORE UPDATE ON target FOR EACH ROW EXECUTE PROCEDURE touched()")
    fired = probe.seconds("UPDATE target SET value = 1", times=2)
    probe.run("DROP TABLE target")
    return max(fired - plain, 0.0) / rows
