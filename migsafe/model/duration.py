"""How long something takes, and how much: always a range, never one number."""

from __future__ import annotations

from collections.abc import Iterable

from migsafe.model.record import Record


class Seconds(Record):
    """A time in seconds: it is hardly ever below `low` or above `high`, and as often above `expected` as below."""

    low: float
    expected: float
    high: float

    def plus(self, other: Seconds) -> Seconds:
        """The time of both, one after the other. Ranges add up at their ends: what makes one slow makes both slow."""
        return Seconds(self.low + other.low, self.expected + other.expected, self.high + other.high)

    def times(self, factor: float) -> Seconds:
        return Seconds(self.low * factor, self.expected * factor, self.high * factor)


class Bytes(Record):
    """An amount of storage: it is hardly ever below `low` or above `high`."""

    low: float
    expected: float
    high: float

    def plus(self, other: Bytes) -> Bytes:
        return Bytes(self.low + other.low, self.expected + other.expected, self.high + other.high)


NO_TIME = Seconds(0.0, 0.0, 0.0)


def total(parts: Iterable[Seconds | None]) -> Seconds | None:
    """The sum; None when any part is unknown, because a sum without it would be a lie."""
    sum_ = NO_TIME
    for part in parts:
        if part is None:
            return None
        sum_ = sum_.plus(part)
    return sum_
