"""How sure a time is: the arithmetic of ranges.

A range whose ends are more than `WIDEST` apart says nothing, so it is never wider: what is less certain than that is
unknown, and None.
"""

from __future__ import annotations

from collections.abc import Iterable

from migsafe.model.duration import NO_TIME, Seconds

WIDEST = 5.9
"""Between `high` and `low`; a little less than 6, so that three digits of each, as a report has them, are not more."""
_HALF = WIDEST**0.5


def around(expected: float, spread: float) -> Seconds:
    """A range of that factor to both sides of the expected time."""
    factor = min(max(spread, 1.0), _HALF)
    return Seconds(expected / factor, expected, expected * factor)


def between(low: float, high: float) -> Seconds:
    """A range that is known by its ends, kept within `WIDEST`; what is expected is their geometric mean."""
    middle = (low * high) ** 0.5 if low > 0 else high / 2
    if low <= 0 or high / low > WIDEST:
        return around(middle, _HALF)
    return Seconds(low, middle, high)


def added(parts: Iterable[Seconds]) -> Seconds:
    """The sum of known times."""
    sum_ = NO_TIME
    for part in parts:
        sum_ = sum_.plus(part)
    return sum_
