"""Foreign keys: the check of all rows, and the look-up of one."""

from __future__ import annotations

from migsafe.verify.calibration.probe import Probe

_LOOKED_UP = 40_000
_NEAR = 5_000  # referenced rows whose hash table is in the processor's cache


def measure(probe: Probe) -> dict[str, float]:
    """Rows that reference few cost look-ups in a near hash table. Rows in the order of what they reference cost the
    same and a large hash table; in no order, they cost look-ups in a far one."""
    few = probe.scaled(_NEAR)
    probe.run(
        f"CREATE TABLE near AS SELECT id FROM narrow WHERE id <= {few}",
        "CREATE TABLE far AS SELECT id FROM narrow",
        "CREATE TABLE ordered AS SELECT id, id AS ref FROM narrow",
        f"CREATE TABLE many AS SELECT id, 1 + (random() * {few - 1})::bigint AS ref FROM narrow",
        "CREATE TABLE spread AS SELECT a.id, 1 + (random() * (b.n - 1))::bigint AS ref "
        "FROM narrow a, (SELECT count(*) AS n FROM narrow) b",
        "ALTER TABLE near ADD PRIMARY KEY (id)",
        "ALTER TABLE far ADD PRIMARY KEY (id)",
        *(f"VACUUM ANALYZE {table}" for table in ("near", "far", "ordered", "many", "spread")),
    )
    rows, referenced = probe.size("many").rows, probe.size("far").rows
    near = _check(probe, "many", "near") / rows
    hashed = max(_check(probe, "ordered", "far") - near * rows, 0.0) / referenced
    found = {
        "hashed_row": hashed,
        "probe_row": near,
        "probe_row_far": max(_check(probe, "spread", "far") - hashed * referenced, 0.0) / rows,
        "lookup": _lookup(probe),
    }
    probe.run("DROP TABLE near, far, ordered, many, spread CASCADE")
    return found


def _check(probe: Probe, referencing: str, referenced: str) -> float:
    """The whole time without the reading of both tables."""
    seconds = probe.seconds(
        f"ALTER TABLE {referencing} ADD CONSTRAINT probed FOREIGN KEY (ref) REFERENCES {referenced}",
        (f"ALTER TABLE {referencing} DROP CONSTRAINT probed",),
        2,
    )
    for table in (referencing, referenced):
        size = probe.size(table)
        seconds -= size.rows * probe.known["read_row"] + size.bytes * probe.known["read_byte"]
    return max(seconds, 0.0)


def _lookup(probe: Probe) -> float:
    rows = probe.scaled(_LOOKED_UP)
    probe.run("CREATE TABLE looking (ref bigint)")
    statement = f"INSERT INTO looking SELECT ref FROM spread LIMIT {rows}"
    plain = probe.seconds(statement, ("TRUNCATE looking",), 2)
    probe.run("ALTER TABLE looking ADD FOREIGN KEY (ref) REFERENCES far")
    checked = probe.seconds(statement, ("TRUNCATE looking",), 2)
    probe.run("DROP TABLE looking")
    return max(checked - plain, 0.0) / rows
