"""Which partitions a condition on the partition key leaves over, where constants tell it.

The planner locks only these (partprune.c, `prune_append_rel_partitions`); a row goes to one of them
(execPartition.c, `ExecFindPartition`). Anything that is no comparison of a column with a constant keeps all.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from migsafe.model.definitions import PartitionBound
from migsafe.model.expressions import Comparison
from migsafe.schema.objects import Relation
from migsafe.schema.schema import Schema
from migsafe.text.patterns import late

Value = Decimal | str

_CAST = late(r"::\s*[\w. \"()]+$")
_QUOTED = late(r"^(?:[A-Za-z ]+)?'((?:[^']|'')*)'$")
_DATE = late(r"^\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?$")


def partitions_left(schema: Schema, table: Relation, conjuncts: tuple[Comparison, ...]) -> tuple[Relation, ...]:
    """The direct partitions that rows satisfying all comparisons can be in."""
    partitions = schema.partitions_of(table.name)
    key = _single_key(table)
    tests = tuple(c for c in conjuncts if c.column == key)
    if key is None or not tests or table.partition_by is None:
        return partitions
    if table.partition_by.strategy == "list":
        return _left_of_list(partitions, tests)
    if table.partition_by.strategy == "range":
        return _left_of_ranges(partitions, tests)
    return partitions


def _single_key(table: Relation) -> str | None:
    if table.partition_by is None or len(table.partition_by.elements) != 1:
        return None
    return table.partition_by.elements[0].column


def _left_of_list(partitions: tuple[Relation, ...], tests: tuple[Comparison, ...]) -> tuple[Relation, ...]:
    wanted = next((_equal_to(test) for test in tests if _equal_to(test) is not None), None)
    if wanted is None:
        return partitions
    named = tuple(p for p in partitions if p.bound is not None and wanted in _list_values(p.bound))
    return named or _default_of(partitions)


def _equal_to(test: Comparison) -> Value | None:
    if test.operator == "is null":
        return "null"
    return constant(test.value) if test.operator == "=" else None


def _list_values(bound: PartitionBound) -> frozenset[Value]:
    return frozenset(v for v in map(constant, bound.values) if v is not None)


def _default_of(partitions: tuple[Relation, ...]) -> tuple[Relation, ...]:
    return tuple(p for p in partitions if p.bound is not None and p.bound.default)


def _left_of_ranges(partitions: tuple[Relation, ...], tests: tuple[Comparison, ...]) -> tuple[Relation, ...]:
    if any(test.operator == "is null" for test in tests):
        return _default_of(partitions)
    plain = tuple(p for p in partitions if p.bound is not None and not p.bound.default)
    left = tuple(p for p in plain if all(_may_hold(p.bound, test) for test in tests))
    if _inside_one(left, tests):
        return left
    return (*left, *_default_of(partitions)) if len(left) < len(plain) else partitions


def _inside_one(left: tuple[Relation, ...], tests: tuple[Comparison, ...]) -> bool:
    """A single value that a partition takes cannot be in the default partition."""
    exact = any(test.operator == "=" and constant(test.value) is not None for test in tests)
    return exact and len(left) == 1


def _may_hold(bound: PartitionBound | None, test: Comparison) -> bool:
    """Whether the range has room for a value that passes the test."""
    value = constant(test.value)
    if bound is None or value is None or len(bound.lower) != 1 or len(bound.upper) != 1:
        return True
    if test.operator in ("=", ">", ">=") and _not_above(bound.upper[0], value):
        return False
    if test.operator in ("=", "<=") and _above(bound.lower[0], value):
        return False
    return not (test.operator == "<" and _not_below(bound.lower[0], value))


def _not_above(limit: str | None, value: Value) -> bool:
    """limit <= value; None stands for infinity."""
    known = constant(limit)
    return known is not None and order(known, value) in (-1, 0)


def _above(limit: str | None, value: Value) -> bool:
    known = constant(limit)
    return known is not None and order(known, value) == 1


def _not_below(limit: str | None, value: Value) -> bool:
    known = constant(limit)
    return known is not None and order(known, value) in (0, 1)


def order(left: Value, right: Value) -> int | None:
    """-1, 0 or 1, None when the two cannot be compared without knowing the type."""
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return (left > right) - (left < right)
    if isinstance(left, str) and isinstance(right, str) and _DATE.match(left) and _DATE.match(right):
        one, two = _moment(left), _moment(right)
        return (one > two) - (one < two)
    return 0 if left == right else None


def _moment(text: str) -> str:
    stamp = text.replace("T", " ")
    return stamp + " 00:00:00" if len(stamp) == 10 else stamp


def constant(sql: str | None) -> Value | None:
    """The constant that the text stands for, as a number or as its characters; None when it is no plain constant."""
    if sql is None:
        return None
    text = _CAST.sub("", sql.strip()).strip()
    quoted = _QUOTED.match(text)
    if quoted is not None:
        return _number(quoted[1]) or quoted[1].replace("''", "'")
    if text.lower() in ("null", "true", "false"):
        return text.lower()
    return _number(text)


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
