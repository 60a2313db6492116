"""Figures that do not pretend to be exact, and that stay as they are while they hardly change.

A snapshot is kept under version control: rounded figures and a dead band keep its differences small, and keep a
verdict from flapping from one night to the next.
"""

from __future__ import annotations

import math
from typing import Final, overload

DIGITS: Final = 2
DEAD_BAND: Final = 0.2  # a figure that changed by less keeps its old value


@overload
def rounded(value: int, digits: int = DIGITS) -> int: ...
@overload
def rounded(value: float, digits: int = DIGITS) -> float: ...
@overload
def rounded(value: None, digits: int = DIGITS) -> None: ...


def rounded(value: float | None, digits: int = DIGITS) -> float | None:
    """The value with its significant digits; a whole number stays whole."""
    if value is None:
        return None
    if value == 0:
        return 0
    if not math.isfinite(value):
        return None
    places = digits - 1 - math.floor(math.log10(abs(value)))
    if isinstance(value, int):
        return round(value, min(places, 0))
    result = round(value, places)
    return int(result) if result.is_integer() else result


def kept(old: float | None, new: float | None) -> float | None:
    """The old figure while the new one is within the dead band of it, else the new one.

    Zero and unknown are never kept for something else, nor something else for them.
    """
    if not old or not new or (old < 0) != (new < 0):
        return new
    return old if abs(new - old) < DEAD_BAND * abs(old) else new
