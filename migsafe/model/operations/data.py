"""Statements about rows."""

from __future__ import annotations

from migsafe.model.expressions import Expression, Query
from migsafe.model.names import Name
from migsafe.model.operations.base import Operation


class Select(Operation):
    query: Query


class Insert(Operation):
    """`rows` is the number of VALUES rows, None for INSERT … SELECT; DEFAULT VALUES is one row of no values.

    `values` may be left out when there are very many; DEFAULT and NULL stand in it as these words.
    """

    table: Name
    columns: tuple[str, ...] = ()
    rows: int | None = None
    values: tuple[tuple[str | None, ...], ...] = ()  # VALUES rows as SQL text, None for what is no constant
    query: Query | None = None
    on_conflict: str | None = None  # "nothing", "update"
    conflict_target: bool = False  # ON CONFLICT names columns or a constraint
    overriding: str | None = None  # OVERRIDING "system" or "user" VALUE
    twice: str | None = None  # a column that the list names again, as a whole


class Update(Operation):
    table: Name
    columns: tuple[str, ...] = ()
    values: tuple[str | None, ...] = ()  # for each column its new value as SQL text, None for what is no constant
    where: Expression | None = None
    query: Query | None = None  # what FROM, WITH and sub-queries read
    only: bool = False
    twice: str | None = None  # a column that gets two values, each as a whole


class Delete(Operation):
    table: Name
    where: Expression | None = None
    query: Query | None = None
    only: bool = False


class Merge(Operation):
    table: Name
    actions: tuple[str, ...] = ()  # "insert", "update", "delete", "nothing"
    columns: tuple[str, ...] = ()  # that its INSERT and UPDATE write; empty when an INSERT names none
    query: Query | None = None
    by_source: bool = False  # WHEN NOT MATCHED BY SOURCE (PostgreSQL 17)
    returning: bool = False  # PostgreSQL 17


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
