"""Text of which a part is not known: the unknown part is a marker of private-use characters inside of an ordinary str.

So a text with holes goes through joins, formatting and a renderer like any other, and whoever reads the result finds
the holes again. A marker has no letter, digit or blank that a string method could change. Source text that contains
the marker's own characters is never taken for a hole: such a literal is an unknown value as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from migsafe.text.holes import END, START, has_hole

_ZERO = 0xE5D0
_MARKER = re.compile(f"{START}([{chr(_ZERO)}-{chr(_ZERO + 9)}]+){END}")
_RESERVED = re.compile(f"[{START}{END}{chr(_ZERO)}-{chr(_ZERO + 9)}]")


def marker(number: int) -> str:
    """The text that stands for the hole with this number (from 0, `Result.holes` says what is missing)."""
    return START + "".join(chr(_ZERO + int(digit)) for digit in str(number)) + END


def numbers(text: str) -> tuple[int, ...]:
    """The numbers of the holes in the order of the text; one that is repeated is listed again."""
    return tuple(_number(match) for match in _MARKER.finditer(text)) if START in text else ()


def replace(text: str, filling: Callable[[int], str]) -> str:
    """The text with each hole filled with what `filling` returns for its number."""
    return _MARKER.sub(lambda match: filling(_number(match)), text) if START in text else text


def split(text: str) -> tuple[str | int, ...]:
    """The known parts (also empty ones are left out) and the numbers of the holes, in order."""
    parts: list[str | int] = []
    place = 0
    for match in _MARKER.finditer(text):
        parts += [text[place : match.start()], _number(match)]
        place = match.end()
    return tuple(part for part in (*parts, text[place:]) if part != "")


def uses_reserved(text: str) -> bool:
    """Whether a text from outside contains characters of which markers are made."""
    return not text.isascii() and _RESERVED.search(text) is not None


def _number(match: re.Match[str]) -> int:
    return int("".join(str(ord(character) - _ZERO) for character in match[1]))


__all__ = ["END", "START", "has_hole"]
