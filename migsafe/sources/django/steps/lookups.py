"""`filter(state=None, id__gte=5)` as conditions on columns, as far as they are told by the text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from migsafe.model.expressions import Comparison
from migsafe.sources.interpreter import Call, Unknown

_VALUE: Final = "…"  # no value of the file is kept: it is data
_OPERATORS: Final = {
    "exact": "=",
    "iexact": "=",
    "in": "in",
    "gt": ">",
    "gte": ">=",
    "lt": "<",
    "lte": "<=",
    **dict.fromkeys(("contains", "icontains", "startswith", "istartswith", "endswith", "regex", "iregex"), "like"),
}


def conditions(call: Call) -> tuple[tuple[Comparison, ...], bool]:
    """The conditions that the keywords state, and whether they are all that the call asks for."""
    found = list(_stated(call.kwargs))
    known = [condition for condition in found if condition is not None]
    return tuple(known), not call.args and call.more is None and len(known) == len(found)


def _stated(keywords: Mapping[str, object]) -> Iterator[Comparison | None]:
    for name, value in keywords.items():
        parts = name.split("__")
        if parts[1:] == ["range"]:
            yield from (Comparison(parts[0], ">=", _VALUE), Comparison(parts[0], "<=", _VALUE))
        else:
            yield _one(parts, value)


def _one(parts: list[str], value: object) -> Comparison | None:
    """None for what goes through a relation, or is no simple test of one column."""
    column, lookups = parts[0], parts[1:]
    if not lookups or lookups == ["exact"]:
        return Comparison(column, "is null", None) if value is None else Comparison(column, "=", _VALUE)
    if lookups == ["isnull"]:
        if isinstance(value, Unknown) or not isinstance(value, bool):
            return None
        return Comparison(column, "is null" if value else "is not null", None)
    operator = _OPERATORS.get(lookups[0]) if len(lookups) == 1 else None
    return Comparison(column, operator, _VALUE) if operator is not None else None
