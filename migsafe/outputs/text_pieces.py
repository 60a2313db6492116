"""Styled pieces of lines: what the text report is made of before it is printed with or without colour."""

from __future__ import annotations

from typing import NamedTuple

INDENT = "   "


class Piece(NamedTuple):
    """Text in one style; the style is rich's notation, empty for none."""

    text: str
    style: str = ""


Line = tuple[Piece, ...]
