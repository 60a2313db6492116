"""Indexes."""

from __future__ import annotations

from migsafe.model.definitions import IndexElement
from migsafe.model.expressions import Expression
from migsafe.model.names import Name
from migsafe.model.operations.base import Operation, TableAction


class CreateIndex(Operation):
    table: Name
    name: str | None = None  # None: the server generates it
    elements: tuple[IndexElement, ...] = ()
    include: tuple[str, ...] = ()
    method: str = "btree"
    unique: bool = False
    nulls_not_distinct: bool = False
    predicate: Expression | None = None
    concurrently: bool = False
    if_not_exists: bool = False
    only: bool = False
    tablespace: str | None = None


class DropIndex(Operation):
    """`of` is the table that its index would be of, where who writes the statement tells: then it is known whether
    there is one."""

    index: Name
    concurrently: bool = False
    if_exists: bool = False
    cascade: bool = False
    of: Name | None = None


class AttachIndexPartition(TableAction):
    """ALTER INDEX parent ATTACH PARTITION child; `table` is the parent index."""

    partition: Name


class DependOnExtension(TableAction):
    """ALTER INDEX|MATERIALIZED VIEW|TRIGGER … [NO] DEPENDS ON EXTENSION."""

    extension: str


class Reindex(Operation):
    """REINDEX INDEX|TABLE|SCHEMA|DATABASE|SYSTEM; `target` is None where no relation is named."""

    keyword: str
    target: Name | None
    concurrently: bool = False
    options: tuple[str, ...] = ()  # names inside the parentheses
    tablespace: str | None = None
