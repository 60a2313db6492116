"""The model against real servers: what `tools/measure` recorded, predicted with the calibration of the same machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.statistics.calibration import parse
from tools.measure.compare import Verdict, compare
from tools.measure.records import load

RECORDS = sorted((Path(__file__).parents[2] / "benchmarks" / "durations").glob("*.json"))


@pytest.fixture(scope="module")
def verdicts() -> tuple[Verdict, ...]:
    """Of all records together; docs/time-model.md has the figures of each."""
    found: list[Verdict] = []
    for path in RECORDS:
        measured, calibration = load(path)
        found += compare(measured, parse(calibration, path.name))
    assert len(found) > 100
    return tuple(found)


def test_nine_of_ten_times_are_within_a_factor_of_two(verdicts: tuple[Verdict, ...]) -> None:
    far = [verdict.measured.sql for verdict in verdicts if not verdict.near]
    assert len(far) <= 0.1 * len(verdicts), far


def test_nineteen_of_twenty_times_are_inside_their_range(verdicts: tuple[Verdict, ...]) -> None:
    outside = [verdict.measured.sql for verdict in verdicts if not verdict.inside]
    assert len(outside) <= 0.05 * len(verdicts), outside
