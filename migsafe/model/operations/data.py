"""Statements about rows."""

from __future__ import annotations

from migsafe.model.expressions import Expression, Query
from migsafe.model.names import Name
from migsafe.model.operations.base import Operation


class Select(Operation):
    query: Query


class Insert(Operation):
    """`rows` is the number of VALUES rows, None for INSERT … SELECT."""

    table: Name
    columns: tuple[str, ...] = ()
    rows: int | None = None
    query: Query | None = None
    on_conflict: str | None = None  # "nothing", "update"


class Update(Operation):
    table: Name
    columns: tuple[str, ...] = ()
    where: Expression | None = None
    query: Query | None = None  # what FROM, WITH and sub-queries read
    only: bool = False


class Delete(Operation):
    table: Name
    where: Expression | None = None
    query: Query | None = None
    only: bool = False


class Merge(Operation):
    table: Name
    actions: tuple[str, ...] = ()  # "insert", "update", "delete", "nothing"
    query: Query | None = None


class Truncate(Operation):
    table: Name
    only: bool = False
    cascade: bool = False
    restart_identity: bool = False


class Copy(Operation):
    """COPY table FROM (loads) or COPY table | (query) TO."""

    table: Name | None
    loads: bool
    query: Query | None = None
