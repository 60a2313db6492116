"""Whether a type's input function takes a text, for the types of which that is easily told.

Sources: the manual, 8.1 "Numeric Types", 8.6 "Boolean Type", 8.12 "UUID Type", 8.14 "JSON Types". In doubt it does.
"""

from __future__ import annotations

import json
import re

from migsafe.text.patterns import late

# Underscores and 0x, 0o, 0b are taken from 16 on; an older server is not held to be stricter.
_INTEGER = late(r"\s*[+-]?(?:\d[\d_]*|0[xob][\da-f_]+)\s*", re.IGNORECASE)
_NUMBER = late(
    r"\s*[+-]?(?:(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[+-]?\d+)?|0[xob][\da-f_]+|nan|inf(?:inity)?)\s*", re.IGNORECASE
)
_UUID = late(r"\{?[\da-f]{4}(?:-?[\da-f]{4}){7}\}?", re.IGNORECASE)
_TRUE_OR_FALSE = ("true", "false", "yes", "no", "on", "off")

_PATTERNS = {
    "int2": _INTEGER,
    "int4": _INTEGER,
    "int8": _INTEGER,
    "numeric": _NUMBER,
    "float4": _NUMBER,
    "float8": _NUMBER,
    "uuid": _UUID,
}


def is_valid_input(text: str, kind: str) -> bool:
    """Whether the built-in type takes the text."""
    pattern = _PATTERNS.get(kind)
    if pattern is not None:
        return pattern.fullmatch(text) is not None
    if kind == "bool":
        return _is_boolean(text.strip().lower())
    if kind in {"json", "jsonb"}:
        return _is_json(text)
    return True


def _is_boolean(text: str) -> bool:
    """Any unique beginning of a word will do (bool.c, `parse_bool_with_len`)."""
    return text in {"1", "0"} or (text not in {"", "o"} and any(word.startswith(text) for word in _TRUE_OR_FALSE))


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_constant=_no_constant)
    except ValueError:
        return False
    except RecursionError:
        return True
    return True


def _no_constant(name: str) -> None:
    """JSON knows no NaN and no Infinity."""
    raise ValueError(name)
