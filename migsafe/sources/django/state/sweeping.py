"""Rendered states are cycles of classes, half a megabyte for a migration, and a run never searches for garbage.

A few migrations end before that matters. A thousand of them would take a gigabyte, and time as well: Django looks
through what it still knows of each (`Signal.connect` goes over its receivers, living and dead).
"""

from __future__ import annotations

import gc
from typing import Final

EVERY: Final = 128
"""Rendered migrations between two searches."""


class Sweeper:
    """Told of each rendered migration, it searches now and then; what is left then is not looked at again
    (`gc.freeze`). Where Python searches by itself it does nothing."""

    def __init__(self, every: int = EVERY) -> None:
        self._every = every
        self._rendered = 0
        self._needed = not gc.isenabled()
        if self._needed:
            gc.freeze()

    def rendered(self) -> None:
        """One more migration."""
        self._rendered += 1
        if self._needed and self._rendered % self._every == 0:
            gc.collect()
            gc.freeze()
