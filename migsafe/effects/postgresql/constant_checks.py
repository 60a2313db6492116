"""Whether a constant certainly violates a CHECK, so that every row with it does."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from migsafe.model.expressions import Comparison, Expression

_COMPARES: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def certainly_violated(check: Expression, column: str, value: Expression) -> bool:
    """`column` is what the check calls the value: a column's name, or "value" in a domain. Numbers only."""
    number = _number(value.sql) if value.constant and not value.casts else None
    return number is not None and any(_is_false(one, number) for one in check.conjuncts if one.column == column)


def _is_false(comparison: Comparison, value: Decimal) -> bool:
    compares, limit = _COMPARES.get(comparison.operator), _number(comparison.value)
    return compares is not None and limit is not None and not compares(value, limit)


def _number(sql: str | None) -> Decimal | None:
    try:
        found = None if sql is None else Decimal(sql)
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() else None
