"""python -m tools.measure: calibrate, measure, and say how far the predictions are from it.

python -m tools.measure --version 16 --record measured.json     measure the judged shapes on a new server
python -m tools.measure --set unseen --setting fsync=off        the others, with another setting
python -m tools.measure --compare measured.json                 hold the model against an earlier measurement
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg

from migsafe.model.constants import Constants
from migsafe.statistics.calibration import dump as dump_constants
from migsafe.statistics.calibration import parse
from migsafe.verify.calibration import calibrate
from migsafe.verify.calibration.probe import Probe
from tools.measure import cases, shapes, unseen, varied
from tools.measure.cases import Case
from tools.measure.compare import compare, table
from tools.measure.measuring import measure
from tools.measure.records import Measured, dump, load
from tools.measure.servers import Connection, session
from tools.measure.shapes import Shape

SETS: dict[str, tuple[tuple[Shape, ...], tuple[Case, ...], dict[str, int]]] = {
    "judged": (shapes.JUDGED, cases.JUDGED, shapes.ROWS),
    "varied": (varied.SHAPES, varied.CASES, varied.ROWS),
    "unseen": (unseen.SHAPES, unseen.CASES, unseen.ROWS),
}


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    if options.compare is not None:
        measured, calibration = load(options.compare)
        print(table(compare(measured, parse(calibration, str(options.compare)))), end="")
        return 0
    settings = dict(setting.split("=", 1) for setting in options.setting)
    with session(options.version, settings) as (connection, connect):
        constants = _calibrated(connection, connect)
        measured = _measured(connection, options)
    if options.record is not None:
        options.record.write_text(dump(measured, dump_constants(constants)), encoding="utf-8")
    print(table(compare(measured, constants)), end="")
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.measure", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--version", type=int, default=16, help="major version of the server")
    parser.add_argument("--set", choices=sorted(SETS), default="judged")
    parser.add_argument("--shapes", nargs="*", default=[], help="only these")
    parser.add_argument("--setting", action="append", default=[], metavar="NAME=VALUE", help="of the server")
    parser.add_argument("--scale", type=float, default=1.0, help="times the usual number of rows")
    parser.add_argument("--record", type=Path, help="write what was measured to this file")
    parser.add_argument("--compare", type=Path, help="measure nothing, compare with this file")
    return parser.parse_args(arguments)


def _calibrated(connection: Connection, connect: Callable[[], Connection]) -> Constants:
    """With fsync as the server has it afterwards: the measurement switches it."""
    (fsync,) = connection.execute("SHOW fsync").fetchone() or ("on",)
    probe = Probe(connection, connect, own=True)
    found = calibrate(probe, lambda what: print(what, file=sys.stderr))
    probe.fsync(str(fsync))
    return found


def _measured(connection: Connection, options: argparse.Namespace) -> list[Measured]:
    chosen, all_cases, rows = SETS[options.set]
    found: list[Measured] = []
    for shape in chosen:
        if options.shapes and shape.name not in options.shapes:
            continue
        own = [case for case in all_cases if case.shape == shape.name]
        try:
            found += measure(connection, shape, own, int(rows[shape.name] * options.scale))
        except psycopg.Error as error:
            print(f"{shape.name}: {error}", file=sys.stderr)
            connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
