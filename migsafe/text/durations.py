"""Lengths of time as people and PostgreSQL's settings write them: `2s`, `500 ms`, `1.5min`."""

from __future__ import annotations

import re

# Manual, 20.1.1 "Parameter Names and Values": these units, and no others.
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_WRITTEN = re.compile(r"\s*([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)\s*([a-z]*)\s*")


def seconds(text: str, unit: str | None = None) -> float | None:
    """The length in seconds; None for what is no length of time. A bare number is in `unit`, if one is given."""
    written = _WRITTEN.fullmatch(text)
    factor = _UNITS.get((written[2] or unit or "") if written else "")
    return float(written[1]) * factor if written is not None and factor is not None else None


_SMALLEST = 0.001
_SECONDS, _MINUTES, _HOURS, _DAYS = 99.5, 59.5 * 60, 47.5 * 3600, 86400.0


def in_words(length: float) -> str:
    """A length in seconds for people, with two significant digits: `40 ms`, `1.2 s`, `38 s`, `2 min`, `1 h 40 min`."""
    number, unit = _written_as(length)
    return f"{number} {unit}" if unit else number


def in_words_range(low: float, high: float) -> str:
    """`21 to 70 s`, `50 ms to 1.2 s`, `up to 5 s`; one length when both read the same."""
    if low < _SMALLEST <= high:
        return f"up to {in_words(high)}"
    (first, unit), (last, other) = _written_as(low), _written_as(high)
    if (first, unit) == (last, other):
        return in_words(low)
    shared = unit == other and unit
    return f"{first} to {last} {unit}" if shared else f"{in_words(low)} to {in_words(high)}"


def _written_as(length: float) -> tuple[str, str]:  # noqa: PLR0911  # one line for each unit
    """The number and its unit; both in the first where they cannot be told apart."""
    if length < _SMALLEST:
        return "less than 1 ms", ""
    if length < 0.0995:
        return _two_digits(length * 1000), "ms"
    if length < _SECONDS:
        return _two_digits(length), "s"
    if length < _MINUTES:
        return _two_digits(length / 60), "min"
    if length < 9.75 * 3600:
        hours, minutes = divmod(round(length / 600) * 10, 60)
        return (f"{hours} h {minutes} min" if minutes else f"{hours} h"), ""
    if length < _HOURS:
        return _two_digits(length / 3600), "h"
    return _two_digits(length / _DAYS), "days"


def _two_digits(number: float) -> str:
    """`0.24`, `1.2`, `38`, `380`: rounded to two significant digits, never in scientific notation."""
    rounded = float(f"{number:.2g}")
    return f"{rounded:g}" if rounded < 10 else f"{rounded:.0f}"
