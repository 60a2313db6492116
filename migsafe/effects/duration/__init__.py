"""How long a statement takes once it has its locks: `timed` puts the times into an effect.

Pure: sizes come from statistics, speeds from constants. The formulas are in `docs/time-model.md`, one file for each
kind of work here.
"""

from __future__ import annotations

from collections.abc import Callable

from migsafe.effects.duration.changes import change
from migsafe.effects.duration.index_builds import build
from migsafe.effects.duration.moment import Moment
from migsafe.effects.duration.ranges import WIDEST, around
from migsafe.effects.duration.rewrites import rewrite
from migsafe.effects.duration.scans import scan
from migsafe.effects.duration.sizes import Sizes
from migsafe.effects.duration.unlisted import unlinking, unlisted
from migsafe.model.constants import Constants
from migsafe.model.duration import Seconds, total
from migsafe.model.effects import Effect, Work, WorkKind
from migsafe.model.migration import Certainty, Statement
from migsafe.model.statistics import Statistics
from migsafe.schema.schema import Schema

FLOOR_SPREAD = WIDEST**0.5
"""A statement that only changes the catalog takes longer when its session has not cached them yet."""
ROUND_TRIP = 0.001
"""Seconds for one row that a program saves by itself: 1.1 to 1.4 ms were measured with Django 5.2 and psycopg 3 over a
local socket, on a machine with other work. A network adds its own."""
Formula = Callable[[Work, Moment], Seconds | None]


def timed(  # noqa: PLR0917  # each is another stage's result, in the order of the stages
    effect: Effect, statement: Statement, schema: Schema, statistics: Statistics, constants: Constants, growth: float
) -> Effect:
    """The effect with its times: of each work today and at `growth` times today's sizes, and of the statement.

    `schema` is the one before the statement. A time is None when it depends on a size that nobody tells.
    """
    today = Moment(effect, statement, Sizes(schema, statistics), constants)
    later = Moment(effect, statement, Sizes(schema, statistics, growth), constants)
    work = tuple(w.replace(seconds=_seconds(w, today), grown=_seconds(w, later)) for w in effect.work)
    floor = around(constants.statement, FLOOR_SPREAD)
    return effect.replace(work=work, seconds=total((floor, unlisted(today), *(w.seconds for w in work))))


def _seconds(work: Work, at: Moment) -> Seconds | None:
    if at.statement.certainty is Certainty.DATA_LOOP:
        return _row_by_row(work, at)
    return _FORMULAS[work.kind](work, at)


def _row_by_row(work: Work, at: Moment) -> Seconds | None:
    """A statement for each row of a table; None where nobody knows how often it runs."""
    size = at.sizes.table(work.table) if at.statement.row_by_row else None
    return None if size is None else total((change(work, at), around(size.rows * ROUND_TRIP, WIDEST**0.5)))


def _emptying(work: Work, at: Moment) -> Seconds | None:
    """TRUNCATE: new files for the table, its TOAST table with index, and each index; the old ones go."""
    files = 3 + len(at.schema.indexes_of(work.table))
    return total((around(files * at.constants.new_file, FLOOR_SPREAD), unlinking(work.table, at)))


_FORMULAS: dict[WorkKind, Formula] = {
    WorkKind.REWRITE: rewrite,
    WorkKind.INDEX_BUILD: build,
    WorkKind.SCAN: scan,
    WorkKind.DATA: change,
    WorkKind.EMPTY: _emptying,
}
