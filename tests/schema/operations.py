"""Any operation of the vocabulary, made from its own annotations, with few names so that they meet each other."""

from __future__ import annotations

import types
import typing
from collections.abc import Hashable
from enum import Enum
from functools import cache

from hypothesis import strategies as st

from migsafe.model import definitions
from migsafe.model.expressions import Expression, TypeName
from migsafe.model.names import Name
from migsafe.model.operations import Operation, TableAction
from migsafe.model.record import KeywordRecord, Record
from migsafe.model.scopes import ColumnUse, Scope, Source

WORDS = ("a", "b", "c", "a_pkey", "a_b_key", "idx")
ACTIONS = [
    "rename",
    "drop",
    "add",
    "alter",
    "set",
    "add-constraint",
    "drop-constraint",
    "validate-constraint",
    "rename-constraint",
    "set-not-null",
    "function",
    "type",
    "domain",
    "procedure",
    "schema",
    "extension",
    "publication",
    "statistics",
    "index",
    "view",
    "insert",
    "disable",
]

Made = typing.TypeVar("Made")

TEXTS = st.sampled_from((*WORDS, *WORDS, *ACTIONS))
SCHEMAS = st.sampled_from((None, None, None, "public", "s", "pg_temp"))
NAMES = st.builds(Name, SCHEMAS, st.sampled_from(WORDS))
TYPES = st.builds(TypeName, st.sampled_from(("int4", "text", "serial", "a", "b")), SCHEMAS)
EXPRESSIONS = st.builds(
    lambda columns: Expression(" + ".join(columns) or "1", columns=columns, constant=not columns),
    st.lists(st.sampled_from(WORDS[:3]), max_size=2).map(tuple),
)
SCOPES = st.builds(
    lambda relation, columns: Scope((Source(None, relation),), uses=tuple(ColumnUse((c,)) for c in columns)),
    NAMES,
    st.lists(st.sampled_from(WORDS[:3]), max_size=2),
)
CONSTRAINTS = (
    definitions.NotNull,
    definitions.Check,
    definitions.Unique,
    definitions.PrimaryKey,
    definitions.ForeignKey,
    definitions.Exclusion,
)


def subclasses(cls: type[Operation]) -> list[type[Operation]]:
    found = [sub for direct in cls.__subclasses__() for sub in (direct, *subclasses(direct))]
    return [sub for sub in found if sub is not TableAction]


OPERATION_TYPES = subclasses(Operation)


@cache
def values_of(hint: object) -> st.SearchStrategy[object]:
    if hint in _KNOWN:
        return _KNOWN[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {types.UnionType, typing.Union}:
        return st.one_of(*map(values_of, arguments))
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(values_of(arguments[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values_of, arguments))
    assert isinstance(hint, type), hint
    if issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    return records_of(hint)


_KNOWN: dict[object, st.SearchStrategy[object]] = {
    str: TEXTS,
    bool: st.booleans(),
    int: st.sampled_from((0, 1, 3, 900)),
    type(None): st.none(),
    Name: NAMES,
    TypeName: TYPES,
    Expression: EXPRESSIONS,
    Scope: SCOPES,
    definitions.Constraint: st.deferred(lambda: st.one_of(*map(records_of, CONSTRAINTS))),
}


def _deferred(hint: object) -> st.SearchStrategy[object]:
    """Definitions hold definitions, so that a strategy is looked up when it is drawn from."""
    return st.deferred(lambda: values_of(hint))


@cache
def _fields_of(cls: Hashable) -> dict[str, st.SearchStrategy[object]]:
    assert isinstance(cls, type)
    hints = typing.get_type_hints(cls)
    fields = cls.fields if issubclass(cls, Record | KeywordRecord) else getattr(cls, "_fields", ())
    return {name: _deferred(hints[name]) for name in fields}


def records_of(cls: type[Made]) -> st.SearchStrategy[Made]:
    return st.builds(cls, **_fields_of(cls))  # type: ignore[arg-type]  # a class is hashable


def operations() -> st.SearchStrategy[Operation]:
    every = st.sampled_from(OPERATION_TYPES).flatmap(records_of)
    shaping = [cls for cls in OPERATION_TYPES if cls.__name__.startswith(("Create", "Add", "Rename", "Attach", "Drop"))]
    return st.one_of(every, st.sampled_from(shaping).flatmap(records_of))


SEQUENCES = st.lists(operations(), max_size=25)
