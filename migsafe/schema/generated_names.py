"""The names that the server makes up for indexes, constraints and sequences.

Source: src/backend/commands/indexcmds.c (makeObjectName, ChooseRelationName, ChooseIndexName,
ChooseIndexColumnNames), src/backend/catalog/pg_constraint.c (ChooseConstraintName),
src/backend/parser/parse_target.c (FigureIndexColname).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from migsafe.model.definitions import IndexElement
from migsafe.schema.expression_names import column_name_of

MAX_BYTES: Final = 63  # NAMEDATALEN - 1

Taken = Callable[[str], bool]


def truncated(identifier: str, limit: int = MAX_BYTES) -> str:
    """The identifier cut to the server's length in bytes, never inside a character (pg_mbcliplen)."""
    if len(identifier) <= limit and identifier.isascii():
        return identifier
    encoded = identifier.encode("utf-8", "surrogatepass")
    if len(encoded) <= limit:
        return identifier
    return encoded[:limit].decode("utf-8", "ignore")


def make_object_name(first: str, second: str | None, label: str | None) -> str:
    """`first_second_label`; the longer of the two names is shortened until the whole fits (makeObjectName)."""
    name = "_".join(part for part in (first, second, label) if part)
    if len(name) <= MAX_BYTES and name.isascii() and first and second != "":
        return name
    overhead = (second is not None) + (len(label.encode()) + 1 if label else 0)
    available = MAX_BYTES - overhead
    first_bytes = len(first.encode("utf-8", "surrogatepass"))
    second_bytes = len(second.encode("utf-8", "surrogatepass")) if second is not None else 0
    while first_bytes + second_bytes > available:
        if first_bytes > second_bytes:
            first_bytes -= 1
        else:
            second_bytes -= 1
    parts = [truncated(first, first_bytes)]
    if second is not None:
        parts.append(truncated(second, second_bytes))
    if label:
        parts.append(label)
    return "_".join(parts)


def choose_name(first: str, second: str | None, label: str, taken: Taken) -> str:
    """The first free one of `…_label`, `…_label1`, `…_label2` … (ChooseRelationName, ChooseConstraintName)."""
    name = make_object_name(first, second, label)
    number = 0
    while taken(name):
        number += 1
        name = make_object_name(first, second, f"{label}{number}")
    return name


def joined_columns(columns: Iterable[str]) -> str:
    """The middle part of an index's or foreign key's name: columns joined by "_", cut to a name's length."""
    joined = ""
    for column in columns:
        joined = f"{joined}_{column}" if joined else column
        if len(joined.encode("utf-8", "surrogatepass")) > MAX_BYTES:
            break
    return joined


def index_column_names(elements: Iterable[IndexElement], include: Iterable[str] = ()) -> tuple[str, ...]:
    """The names of the index's own columns: columns, functions, "expr"; numbered where they would repeat.

    The columns of INCLUDE count: `CREATE INDEX ON t (a) INCLUDE (b)` makes `t_a_b_idx`.
    """
    names: list[str] = []
    for wanted in (*(column_name_of(element) for element in elements), *include):
        names.append(_without_conflict(wanted, names))
    return tuple(names)


def _without_conflict(wanted: str, names: list[str]) -> str:
    name, number = wanted, 0
    while name in names:
        number += 1
        name = truncated(wanted, MAX_BYTES - len(str(number))) + str(number)
    return name
