"""Changes whose condition does not say that it meets few rows: a join and nothing more, an open range, a NULL test."""

from __future__ import annotations

from migsafe.model.effects import Work
from migsafe.model.expressions import Comparison, Expression, Query
from migsafe.model.findings import Severity
from migsafe.model.migration import Certainty
from migsafe.model.names import Name
from migsafe.rules import severity
from migsafe.rules.base import StatementSituation
from migsafe.rules.wording import listed
from migsafe.text.patterns import late

_LOWER = frozenset((">", ">="))
_UPPER = frozenset(("<", "<="))
_NULL_TESTS = frozenset(("is null", "is not null"))
_NAME = r'(?:[^\W\d][\w$]*|"[^"]+")'
_COLUMN = rf"{_NAME}(?:\s*\.\s*{_NAME}){{0,2}}"
_TERM = rf"\(?\s*{_COLUMN}\s*(?:=\s*{_COLUMN}|is\s+(?:not\s+)?null)\s*\)?"
_ONLY_EQUAL_COLUMNS = late(rf"(?i)\s*{_TERM}(?:\s+and\s+{_TERM})*\s*\Z")


def partners(where: Expression | None, query: Query | None) -> tuple[Name, ...]:
    """The tables that are joined, where all rows that have a partner are changed: the join is the only condition, but
    for tests for NULL."""
    if query is None or query.has_limit or not query.reads:
        return ()
    if where is None:
        return query.reads
    joins = "=" in where.operators and not where.calls and not where.reads
    return query.reads if joins and _ONLY_EQUAL_COLUMNS.match(where.sql) else ()


def rows_in_words(table: Name, where: Expression | None, query: Query | None) -> str:
    """Which rows of the table are changed, as the subject of a sentence; empty where the condition is made for few."""
    others = partners(where, query)
    if others:
        return f"Every row of {table} with a match in {listed(others)}"
    return f"Each row of {table} that fits" if is_open(where, query) else ""


def is_open(where: Expression | None, query: Query | None) -> bool:
    """Whether the condition is a range without another end, an inequality or a test for NULL: it may fit any number
    of rows. One that gives a value, both ends of a range or a LIMIT is taken to be made for few."""
    if where is None or where.reads or (query is not None and query.has_limit):
        return False
    if where.whole:
        return all(_is_open(one, where.conjuncts) for one in where.conjuncts)
    found = set(where.operators)
    return "=" not in found and not where.conjuncts and bool(found & _LOWER) != bool(found & _UPPER)


def _is_open(one: Comparison, every: tuple[Comparison, ...]) -> bool:
    if one.operator in _NULL_TESTS or one.operator in ("<>", "!="):
        return True
    other_end = _UPPER if one.operator in _LOWER else _LOWER
    same = [other for other in every if other.column == one.column]
    return one.operator in _LOWER | _UPPER and not any(other.operator in other_end for other in same)


def level(work: tuple[Work, ...], situation: StatementSituation) -> Severity | None:
    """A warning, as nobody knows how many rows it will be; None where even all of them are within the budget, and in
    a loop, whose steps are the batches."""
    if situation.statement.certainty is Certainty.DATA_LOOP:
        return None
    every = severity.of_blocking_work(work, situation.statement, situation.target)
    return None if every is Severity.INFO else Severity.WARNING
