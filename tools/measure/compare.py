"""Predicted against measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from migsafe.effects.duration import timed
from migsafe.effects.duration.ranges import WIDEST
from migsafe.effects.postgresql import predict
from migsafe.model.constants import Constants
from migsafe.model.duration import Seconds
from migsafe.model.effects import Effect
from migsafe.model.migration import Statement
from migsafe.model.text import Span
from migsafe.parsers.postgresql import parse_statement
from migsafe.schema.origin import Origin
from migsafe.schema.replay import advance
from migsafe.schema.schema import Schema
from tools.measure.records import Measured

FACTOR = 2.0


class Verdict(NamedTuple):
    measured: Measured
    predicted: Seconds | None

    @property
    def ratio(self) -> float:
        """Predicted over measured; infinite when nothing was predicted."""
        return float("inf") if self.predicted is None else self.predicted.expected / self.measured.seconds

    @property
    def near(self) -> bool:
        return 1 / FACTOR <= self.ratio <= FACTOR

    @property
    def inside(self) -> bool:
        """In the range, which is not wider than it may be."""
        seconds = self.predicted
        if seconds is None or seconds.high > seconds.low * WIDEST * 1.0001:
            return False
        return seconds.low <= self.measured.seconds <= seconds.high


def compare(measured: Iterable[Measured], constants: Constants) -> tuple[Verdict, ...]:
    return tuple(Verdict(each, prediction(each, constants).seconds) for each in measured)


def prediction(measured: Measured, constants: Constants) -> Effect:
    """The effect with its times. The tables are those of an earlier deploy: they may hold rows."""
    schema = Schema()
    schema.closed = True
    for sql in measured.history:
        advance(schema, _statement(sql), Origin("history"))
    schema.start_migration(Origin("measured"))
    statement = _statement(measured.sql)
    version = measured.statistics.server.version
    assert version is not None
    effect = predict(statement, schema, version)
    assert isinstance(effect, Effect), (measured.sql, effect)
    return timed(effect, statement, schema, measured.statistics, constants, 3.0)


def _statement(sql: str) -> Statement:
    return Statement(index=0, sql=sql, span=Span(0, len(sql)), clauses=parse_statement(sql).clauses)


def table(verdicts: Sequence[Verdict]) -> str:
    lines = [_line(verdict) for verdict in verdicts]
    near, inside = (sum(chosen) for chosen in ([v.near for v in verdicts], [v.inside for v in verdicts]))
    count = len(verdicts)
    lines.append(f"within a factor of {FACTOR:g}: {near} of {count} ({near / count:.0%})")
    lines.append(f"inside the range: {inside} of {count} ({inside / count:.0%})")
    return "\n".join(lines) + "\n"


def _line(verdict: Verdict) -> str:
    mark = f"{' ' if verdict.near else '!'}{' ' if verdict.inside else '*'}"
    seconds = verdict.predicted
    shown = "unknown" if seconds is None else f"{seconds.low:8.3f} {seconds.expected:8.3f} {seconds.high:8.3f}"
    return f"{mark} {verdict.measured.seconds:8.3f}  {shown}  {verdict.ratio:5.2f}  {verdict.measured.sql}"
