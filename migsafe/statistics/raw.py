"""Rows of the system catalogs, as they were read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

Oid = int
R = TypeVar("R")


class RelationRow(NamedTuple):
    oid: Oid
    schema: str
    name: str
    kind: str  # pg_class.relkind
    persistence: str
    method: str | None
    tablespace: str | None
    replica_identity: str
    populated: bool
    row_security: bool
    owner: str
    extension: str | None
    readable: bool
    of_type: str | None
    bound: str | None
    strategy: str | None
    key_columns: list[int] | None
    has_key_expressions: bool
    rows: float  # reltuples
    pages: int
    toast: Oid
    toast_rows: float
    toast_pages: int


class ColumnRow(NamedTuple):
    relation: Oid
    number: int
    name: str
    type: str
    of_extension: str | None  # the schema's prefix in `type` when the type belongs to an extension
    not_null: bool
    default: Oid | None
    default_text: str | None  # of a column that is not generated
    generated: str
    identity: str
    collation: str | None
    inherited: bool
    local: bool
    storage: str | None
    compression: str
    not_null_name: str | None
    not_null_valid: bool
    not_null_inherits: bool


class ConstraintRow(NamedTuple):
    oid: Oid
    name: str
    kind: str
    relation: Oid
    columns: list[int] | None
    referenced: Oid
    referenced_columns: list[int] | None
    on_delete: str
    on_update: str
    match: str
    on_delete_columns: list[int] | None
    operators: list[str] | None
    temporal: bool
    deferrable: bool
    deferred: bool
    valid: bool
    enforced: bool
    no_inherit: bool
    backing: Oid
    parent: str | None
    inherited: bool
    local: bool


class IndexRow(NamedTuple):
    oid: Oid
    table: Oid
    schema: str
    name: str
    partitioned: bool
    method: str
    tablespace: str | None
    unique: bool
    valid: bool
    clustered: bool
    replica_identity: bool
    keys: int
    columns: list[int]
    options: list[int]
    classes: list[str | None]
    collations: list[str | None]
    has_expressions: bool
    partial: bool
    nulls_not_distinct: bool
    parent: Oid | None
    constraint: str | None
    rows: float
    pages: int
    scans: int


class InheritRow(NamedTuple):
    child: Oid
    parent: Oid
    partition: bool


class TriggerRow(NamedTuple):
    relation: Oid
    name: str
    type: int  # bits, trigger.h
    enabled: str
    function_schema: str
    function: str
    columns: list[int]
    constraint: bool
    inherited: bool
    depends_on: list[int] | None
    has_condition: bool


class NamedColumnsRow(NamedTuple):
    relation: Oid
    name: str
    columns: list[int] | None


class ReadRow(NamedTuple):
    reader: Oid
    relation: Oid
    columns: list[int]


class SequenceRow(NamedTuple):
    oid: Oid
    greatest: int
    least: int
    increment: int
    drawn_by: Oid | None  # the table whose column's default draws from it
    column: int | None
    readable: bool


class OwnedRow(NamedTuple):
    sequence: Oid
    table: Oid
    column: int


class CounterRow(NamedTuple):
    relation: Oid
    scans: int
    inserted: int
    updated: int
    deleted: int
    live: int
    dead: int
    hit: int
    fetched: int
    analysed: str | None
    vacuumed: bool
    toast_live: int
    toast_inserted: int


class Structure(NamedTuple):
    """What the catalogs say without taking a lock on a user's relation."""

    relations: list[RelationRow]
    columns: list[ColumnRow]
    constraints: list[ConstraintRow]
    indexes: list[IndexRow]
    inherits: list[InheritRow]
    triggers: list[TriggerRow]
    policies: list[NamedColumnsRow]
    rules: list[NamedColumnsRow]
    view_reads: list[ReadRow]
    owned: list[OwnedRow]
    outside: Sequence[RelationRow] = ()  # relations of schemas that are left out, which others may name
    outside_columns: Sequence[ColumnRow] = ()


def grouped(rows: Iterable[R], key: Callable[[R], Oid]) -> Mapping[Oid, Sequence[R]]:
    """The rows by the relation that they belong to."""
    found: dict[Oid, list[R]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found
