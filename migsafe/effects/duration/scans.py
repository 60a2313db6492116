"""How long it takes to read a table and to test its rows."""

from __future__ import annotations

from migsafe.effects.duration import expressions
from migsafe.effects.duration.foreign_keys import checked_keys, key_check
from migsafe.effects.duration.moment import Moment
from migsafe.effects.duration.queries import query_seconds
from migsafe.effects.duration.ranges import around
from migsafe.effects.duration.sizes import Size
from migsafe.model import operations as ops
from migsafe.model.definitions import Check
from migsafe.model.duration import NO_TIME, Seconds
from migsafe.model.effects import Work, WorkKind
from migsafe.model.expressions import Expression
from migsafe.model.names import Name


def scan(work: Work, at: Moment) -> Seconds | None:
    """One SCAN: nothing when the work that it is part of counts the reading, which is its rewrite or its build."""
    if _is_part(work, at):
        return NO_TIME
    queried = query_seconds(work, at)
    if queried is not None:
        return queried.seconds
    keys = checked_keys(work.table, at)
    if keys:
        return key_check(work.table, keys, at)
    size = at.size(work.table)
    if size is None:
        return None
    return around(read_seconds(size, at) + size.rows * checks(work.table, at), at.constants.spread * size.spread)


def _is_part(work: Work, at: Moment) -> bool:
    """The builder notes a scan with the same reason beside each rewrite and build."""
    kinds = (WorkKind.REWRITE, WorkKind.INDEX_BUILD)
    return any(w.kind in kinds and w.table == work.table and w.reason == work.reason for w in at.effect.work)


def read_seconds(size: Size, at: Moment) -> float:
    """Reading every row."""
    return at.bytes_read(size) + size.rows * at.constants.read_row


def checks(table: Name, at: Moment) -> float:
    """Seconds for one row to test what the statement's clauses demand of it."""
    not_null = [op.column for op in at.statement.operations if isinstance(op, ops.SetNotNull)]
    tested = sum(expressions.cost(expression, table, at) for expression in _checked(table, at))
    return tested + expressions.position(not_null, table, at)


def _checked(table: Name, at: Moment) -> list[Expression]:
    found: list[Expression] = []
    for operation in at.statement.operations:
        match operation:
            case ops.AddCheck():
                found.append(operation.constraint.expression)
            case ops.AddColumn():
                found += [c.expression for c in operation.column.constraints if isinstance(c, Check)]
            case ops.ValidateConstraint():
                constraint = at.relation(table).constraint(operation.name)
                if constraint is not None and isinstance(constraint.definition, Check):
                    found.append(constraint.definition.expression)
    return found
