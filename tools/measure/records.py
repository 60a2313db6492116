"""What was measured, as a file that predictions can be held against again without a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from migsafe.model.names import Name
from migsafe.model.statistics import (
    ColumnStatistics,
    IndexStatistics,
    ServerStatistics,
    Statistics,
    TableStatistics,
)


class Measured(NamedTuple):
    """One statement: its schema as SQL, the sizes before it, how long it took and how much it logged."""

    shape: str
    sql: str
    history: tuple[str, ...]
    statistics: Statistics
    seconds: float
    log_bytes: float = 0.0  # of write-ahead log


def dump(measured: list[Measured], calibration: str) -> str:
    """JSON with a line for each case, to keep a difference readable."""
    cases = ",\n".join(json.dumps(_case(each)) for each in measured)
    return f'{{"calibration": {json.dumps(json.loads(calibration))},\n"cases": [\n{cases}\n]}}\n'


def _case(measured: Measured) -> dict[str, object]:
    return {
        "shape": measured.shape,
        "sql": measured.sql,
        "seconds": round(measured.seconds, 4),
        "log_bytes": measured.log_bytes,
        "history": list(measured.history),
        "server": {
            "version": measured.statistics.server.version,
            "settings": dict(measured.statistics.server.settings),
        },
        "tables": [_table(table) for table in measured.statistics.tables],
    }


def _table(table: TableStatistics) -> dict[str, object]:
    return {
        "name": table.name.name,
        "rows": table.rows,
        "heap": table.heap_bytes,
        "toast": table.toast_bytes,
        "indexes": {index.name.name: index.bytes for index in table.indexes},
        "columns": [[c.name, c.width, c.nulls, c.distinct, c.correlation] for c in table.columns],
    }


def load(path: Path) -> tuple[list[Measured], str]:
    """The cases, and the text of the calibration that was made on the same machine."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return [_measured(case) for case in document["cases"]], json.dumps(document["calibration"])


def _measured(case: dict[str, Any]) -> Measured:
    server = ServerStatistics(
        version=case["server"]["version"], settings=tuple(sorted(case["server"]["settings"].items()))
    )
    tables = tuple(_statistics(table) for table in case["tables"])
    statistics = Statistics(server=server, tables=tables)
    return Measured(
        case["shape"], case["sql"], tuple(case["history"]), statistics, case["seconds"], case.get("log_bytes", 0.0)
    )


def _statistics(table: dict[str, Any]) -> TableStatistics:
    return TableStatistics(
        name=Name("public", table["name"]),
        rows=table["rows"],
        heap_bytes=table["heap"],
        toast_bytes=table["toast"],
        indexes=tuple(IndexStatistics(name=Name("public", n), bytes=size) for n, size in table["indexes"].items()),
        columns=tuple(
            ColumnStatistics(name=name, width=width, nulls=nulls, distinct=distinct, correlation=correlation)
            for name, width, nulls, distinct, correlation in table["columns"]
        ),
    )
