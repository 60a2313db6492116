"""The schema part of a snapshot: what the catalogs of the server say, in the catalogs' own words.

These records are a file format (`docs/snapshot.md`): fields may be added, with a default that means what older files
meant, and are never renamed. Expressions are SQL as the server prints it with an empty search path, so every name of
the user's is qualified. Nothing here is derived: `shadow.py` reads the expressions.
"""

from __future__ import annotations

from migsafe.model.names import Name
from migsafe.model.record import KeywordRecord


class CatalogColumn(KeywordRecord):
    """`type` as format_type() prints it. `expression` is the default, or what a generated column computes."""

    name: str
    type: str
    not_null: bool = False
    not_null_valid: bool = True
    not_null_name: str | None = None  # PostgreSQL 18
    not_null_inherits: bool = True
    expression: str | None = None
    generated: str | None = None  # "stored", "virtual"
    identity: str | None = None  # "always", "by default"
    collation: Name | None = None  # None: the type's own
    inherited: bool = False
    local: bool = True
    storage: str | None = None  # None: the type's own
    compression: str | None = None


class CatalogConstraint(KeywordRecord):
    """`kind`: check, foreign-key, unique, primary-key, exclusion. Columns of keys are those of their index."""

    name: str
    kind: str
    columns: tuple[str, ...] = ()
    expression: str | None = None  # of a check; None: locked at capture
    referenced: Name | None = None
    referenced_columns: tuple[str, ...] = ()
    on_delete: str = "no action"
    on_delete_columns: tuple[str, ...] = ()
    on_update: str = "no action"
    match: str = "simple"
    operators: tuple[str, ...] = ()  # of an exclusion
    temporal: bool = False  # WITHOUT OVERLAPS, PERIOD
    deferrable: bool = False
    deferred: bool = False
    valid: bool = True
    enforced: bool = True
    no_inherit: bool = False
    index: Name | None = None
    parent: str | None = None
    local: bool = True


class CatalogElement(KeywordRecord):
    """A key of an index: a column, or an expression (None: locked at capture)."""

    column: str | None = None
    expression: str | None = None
    operator_class: Name | None = None  # None: the type's default
    collation: Name | None = None  # None: the column's
    descending: bool = False
    nulls_first: bool | None = None  # None: as the direction has it


class CatalogIndex(KeywordRecord):
    name: Name
    table: Name
    elements: tuple[CatalogElement, ...] = ()
    include: tuple[str, ...] = ()
    method: str = "btree"
    unique: bool = False
    nulls_not_distinct: bool = False
    partial: bool = False
    predicate: str | None = None  # None although partial: locked at capture
    valid: bool = True
    constraint: str | None = None
    parent: Name | None = None
    partitioned: bool = False
    tablespace: str | None = None


class CatalogTrigger(KeywordRecord):
    name: str
    function: Name
    events: tuple[str, ...] = ()
    timing: str = "after"
    enabled: bool = True
    row: bool = False
    constraint: bool = False
    inherited: bool = False
    update_columns: tuple[str, ...] = ()
    when_columns: tuple[str, ...] = ()


class CatalogNamedColumns(KeywordRecord):
    """A policy with the columns that it names."""

    name: str
    columns: tuple[str, ...] = ()


class CatalogReads(KeywordRecord):
    """The columns of a relation that a view or a function depends on."""

    relation: Name
    columns: tuple[str, ...] = ()


class CatalogRelation(KeywordRecord):
    """`kind` as `RelationKind`. `locked`: a definition could not be read, because somebody held the relation."""

    name: Name
    kind: str = "table"
    locked: bool = False
    persistence: str = "permanent"
    columns: tuple[CatalogColumn, ...] = ()
    constraints: tuple[CatalogConstraint, ...] = ()
    triggers: tuple[CatalogTrigger, ...] = ()
    policies: tuple[CatalogNamedColumns, ...] = ()
    rules: tuple[str, ...] = ()
    rule_columns: tuple[str, ...] = ()
    inherits: tuple[Name, ...] = ()
    partition_of: Name | None = None
    bound: str | None = None  # FOR VALUES …, DEFAULT
    partition_key: str | None = None  # RANGE (created_at)
    of_type: Name | None = None
    access_method: str | None = None  # None: heap
    tablespace: str | None = None  # None: the database's
    replica_identity: str = "default"
    replica_index: str | None = None
    clustered_on: str | None = None
    query: str | None = None  # of a view
    reads: tuple[CatalogReads, ...] = ()
    populated: bool = True
    owned_by: Name | None = None  # the table whose column owns the sequence
    owned_by_column: str | None = None
    owner: str | None = None  # None: the owner of most
    extension: str | None = None
    row_security: bool = False


class CatalogAttribute(KeywordRecord):
    name: str
    type: str


class CatalogType(KeywordRecord):
    """`form` as `TypeForm`."""

    name: Name
    form: str
    base: str | None = None
    constraints: tuple[CatalogConstraint, ...] = ()
    not_null: bool = False
    values: tuple[str, ...] = ()
    attributes: tuple[CatalogAttribute, ...] = ()
    expression: str | None = None  # the default of a domain


class CatalogFunction(KeywordRecord):
    """A function or procedure in SQL, PL/pgSQL or another language, without those of extensions."""

    name: Name
    arguments: tuple[str, ...] = ()
    returns: str | None = None
    language: str = "sql"
    volatility: str = "volatile"
    procedure: bool = False
    strict: bool = False
    never_inlined: bool = False
    body: str | None = None
    reads: tuple[CatalogReads, ...] = ()


class CatalogStatistics(KeywordRecord):
    """CREATE STATISTICS."""

    name: Name
    table: Name
    columns: tuple[str, ...] = ()


class CatalogPublication(KeywordRecord):
    """`columns`: those that row filters and column lists name."""

    name: str
    tables: tuple[Name, ...] = ()
    columns: tuple[CatalogReads, ...] = ()
    all_tables: bool = False
    schemas: tuple[str, ...] = ()


class CatalogObject(KeywordRecord):
    """A cast, operator, aggregate or collation: see `migsafe.schema.objects.OtherObject`."""

    kind: str
    name: Name
    functions: tuple[Name, ...] = ()
    types: tuple[str, ...] = ()
    context: str = ""
    method: str = ""


class Catalog(KeywordRecord):
    """A database's schema. `complete`: all schemas of the database are in it."""

    complete: bool = True
    owner: str | None = None  # of the relations that name none
    schemas: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    relations: tuple[CatalogRelation, ...] = ()
    indexes: tuple[CatalogIndex, ...] = ()
    types: tuple[CatalogType, ...] = ()
    functions: tuple[CatalogFunction, ...] = ()
    statistics: tuple[CatalogStatistics, ...] = ()
    publications: tuple[CatalogPublication, ...] = ()
    others: tuple[CatalogObject, ...] = ()
