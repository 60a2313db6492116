"""Regular expressions that are compiled when they are first used.

A start of migsafe loads well over a hundred patterns, and a run uses a third of them. Compiling one takes about as long
as a statement takes to be judged, so a pattern that only some conventions, operations or findings need is `late`.
"""

from __future__ import annotations

import re
from typing import Any, cast


class _Late:
    """Stands for a compiled pattern. What is asked of it once is kept, so that it costs nothing the next time."""

    def __init__(self, source: str, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:  # the method of a pattern, as it is
        found = getattr(re.compile(self._source, self._flags), name)
        self.__dict__[name] = found
        return found


def late(source: str, flags: int = 0) -> re.Pattern[str]:
    """Like `re.compile`, but mistakes in the pattern show on first use."""
    return cast("re.Pattern[str]", _Late(source, flags))
