"""The sign of a part of a text that is not known: `sources/interpreter/holes.py` makes and fills such parts."""

from __future__ import annotations

import re

START, END = "\ue5ca", "\ue5cb"


def has_hole(text: str) -> bool:
    """Whether a part of the text is not known. Two such texts may be the same or not, whatever they look like."""
    return START in text


def shown(text: str) -> str:
    """The text as a person reads it."""
    return _HOLE.sub("…", text) if START in text else text


_HOLE = re.compile(f"{START}[^{END}]*{END}")
