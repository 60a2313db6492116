"""python -m tools.facts: write the facts that the catalogs of PostgreSQL 12 to 18 hold; with --check compare them."""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from psycopg import sql

from tools.facts.folding import Row, fold, fold_overloads
from tools.facts.queries import EXTENSIONS, FILES, TYPE_NAME
from tools.observe.binaries import MAJORS, fetched
from tools.observe.servers import scratch_server

FOLDER = Path("migsafe/effects/postgresql/facts")
HEAD = "# From the catalogs of PostgreSQL {first} to {last} by python -m tools.facts; do not edit.\n"
OVERLOADED = ("functions", "operators", "extension_functions")

Catalogs = dict[str, set[Row]]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.facts", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, print what differs")
    check = parser.parse_args(arguments).check
    catalogs = _read_everywhere()
    different = False
    for name in FILES:
        path = FOLDER / f"{name}.txt"
        text = _text(name, {major: catalogs[major][name] for major in MAJORS})
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        different |= text != before
        sys.stdout.writelines(_difference(path, before, text) if check else [f"{path}\n"])
        if not check:
            path.write_text(text, encoding="utf-8")
    return int(check and different)


def _read_everywhere() -> dict[int, Catalogs]:
    for major in MAJORS:
        fetched(major)
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        return dict(zip(MAJORS, pool.map(_read, MAJORS), strict=True))


def _read(major: int) -> Catalogs:
    with scratch_server(major) as server, server.connect() as session:
        for extension in EXTENSIONS:
            session.execute(sql.SQL("CREATE EXTENSION {} CASCADE").format(sql.Identifier(extension)))
        session.execute(TYPE_NAME)
        return {
            name: {tuple(str(value) for value in row) for row in session.execute(query, {"schema": schema})}
            for name, (query, schema) in FILES.items()
        }


def _text(name: str, rows: dict[int, set[Row]]) -> str:
    lines = fold_overloads(rows) if name in OVERLOADED else fold(rows)
    head = HEAD.format(first=MAJORS[0], last=MAJORS[-1])
    return head + "".join(f"{line}\n" for line in sorted(lines))


def _difference(path: Path, before: str, after: str) -> Iterable[str]:
    return difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"{path}", "servers", n=0
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
