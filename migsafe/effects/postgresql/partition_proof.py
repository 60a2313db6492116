"""Whether a table's constraints prove that its rows fit a partition bound, which saves ATTACH the scan.

Source: tablecmds.c, `PartConstraintImpliedByRelConstraint`; partbounds.c, `get_qual_from_partbound`. A range key
must not be null, so the proof needs `IS NOT NULL` besides the bounds; a hash bound is never proved.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd

from migsafe.effects.postgresql.not_null import is_not_null, proved_not_null
from migsafe.effects.postgresql.pruning import constant, order
from migsafe.model.definitions import Check, PartitionBound, PartitionKey
from migsafe.model.expressions import Comparison
from migsafe.schema.objects import Relation
from migsafe.schema.schema import Schema

_LOWER = frozenset({">", ">=", "="})
_UPPER = frozenset({"<", "<=", "="})


def bound_is_proved(table: Relation, key: PartitionKey, bound: PartitionBound) -> bool:
    """Whether every row of the table certainly lies within the bound."""
    names = tuple(element.column for element in key.elements)
    if bound.default or key.strategy == "hash" or len(names) != 1 or names[0] is None:
        return False
    column = names[0]
    tests = tuple(_tests(table, column))
    if key.strategy == "list":
        return _list_is_proved(table, column, bound, tests)
    return _never_null(table, column) and _range_is_proved(bound, tests)


def bound_is_excluded(table: Relation, key: PartitionKey, bound: PartitionBound) -> bool:
    """Whether no row of the table can lie within the bound, which saves the scan of a default partition."""
    names = tuple(element.column for element in key.elements)
    if key.strategy == "list" and len(names) == 1 and names[0] is not None:
        return _list_is_excluded(table, names[0], bound)
    if key.strategy != "range" or len(names) != 1 or names[0] is None or not bound.lower or not bound.upper:
        return False
    lower, upper = bound.lower[0], bound.upper[0]
    for test in _tests(table, names[0]):
        below = test.operator in {"<", "<="} and _compare(test.value, lower) in _at_most(test.operator == "<")
        above = test.operator in {">", ">="} and _compare(test.value, upper) in {0, 1}
        if below or above:
            return True
    return False


def _list_is_excluded(table: Relation, column: str, bound: PartitionBound) -> bool:
    taken = {constant(value) for value in bound.values}
    refused = {constant(test.value) for test in _tests(table, column) if test.operator == "<>"}
    listed = [values for values in map(_listed, _tests(table, column)) if values is not None]
    apart = any(taken.isdisjoint(values) for values in listed)
    return _never_null(table, column) and (taken <= refused or apart)


def strategy_of(bound: PartitionBound) -> str:
    """The partitioning that FOR VALUES is written for."""
    if bound.modulus is not None:
        return "hash"
    return "list" if bound.values else "range"


def overlapping(schema: Schema, parent: Relation, bound: PartitionBound) -> Relation | None:
    """A partition of the parent that takes some of the bound's rows, as far as constants tell."""
    partitions = (p for p in schema.partitions_of(parent.name) if p.bound is not None and not p.bound.default)
    return next((p for p in partitions if p.bound is not None and _overlap(p.bound, bound)), None)


def _overlap(one: PartitionBound, other: PartitionBound) -> bool:
    if one.modulus and other.modulus and one.remainder is not None and other.remainder is not None:
        return (one.remainder - other.remainder) % gcd(one.modulus, other.modulus) == 0
    if one.values and other.values:
        return not {constant(v) for v in one.values}.isdisjoint({constant(v) for v in other.values})
    if len(one.lower) != 1 or len(other.lower) != 1 or len(one.upper) != 1 or len(other.upper) != 1:
        return False
    return _begins_below(one.lower[0], other.upper[0]) and _begins_below(other.lower[0], one.upper[0])


def _begins_below(lower: str | None, upper: str | None) -> bool:
    return lower is None or upper is None or _compare(lower, upper) == -1


def _at_most(strict: bool) -> frozenset[int]:
    return frozenset({-1, 0}) if strict else frozenset({-1})


def _tests(table: Relation, column: str) -> Iterator[Comparison]:
    for check in table.checks:
        if check.valid and check.enforced and isinstance(check.definition, Check):
            yield from (c for c in check.definition.expression.conjuncts if c.column == column)


def _never_null(table: Relation, column: str) -> bool:
    return is_not_null(table.column(column)) or proved_not_null(table, column)


def _range_is_proved(bound: PartitionBound, tests: tuple[Comparison, ...]) -> bool:
    if not bound.lower or not bound.upper:
        return False
    lower, upper = bound.lower[0], bound.upper[0]
    above = lower is None or any(_at_least(test, lower) for test in tests)
    below = upper is None or any(_less(test, upper) for test in tests)
    return above and below


def _at_least(test: Comparison, limit: str) -> bool:
    """column (> or >= or =) value, value >= limit, gives column >= limit."""
    return test.operator in _LOWER and _compare(test.value, limit) in {0, 1}


def _less(test: Comparison, limit: str) -> bool:
    """column < value, value <= limit, gives column < limit; with <= or = the value must lie below it."""
    if test.operator not in _UPPER:
        return False
    order = _compare(test.value, limit)
    return order == -1 or (order == 0 and test.operator == "<")


def _list_is_proved(table: Relation, column: str, bound: PartitionBound, tests: tuple[Comparison, ...]) -> bool:
    taken = {constant(value) for value in bound.values}
    takes_null = "null" in taken
    if not takes_null and not _never_null(table, column):
        return False
    for test in tests:
        values = _listed(test)
        if values is not None and values <= taken:
            return True
    return False


def _listed(test: Comparison) -> set[object] | None:
    if test.operator == "=":
        return {constant(test.value)}
    if test.operator == "in" and test.value is not None:
        return {constant(value) for value in test.value.strip("()").split(",")}
    return None


def _compare(left: str | None, right: str | None) -> int | None:
    one, two = constant(left), constant(right)
    return None if one is None or two is None else order(one, two)
