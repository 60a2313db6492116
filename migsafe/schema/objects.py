"""What the shadow schema remembers of each object: frozen records, replaced when a statement changes them.

Every relation is keyed by its resolved `Name` (schema set). `known` is False for an object that history never
created: it exists as far as anybody knows, with unknown columns, dependants and size.
"""

from __future__ import annotations

from enum import StrEnum

from migsafe.model.definitions import (
    Check,
    Constraint,
    ForeignKey,
    Generated,
    IndexElement,
    PartitionBound,
    PartitionKey,
    Persistence,
)
from migsafe.model.expressions import Expression, Query, TypeName
from migsafe.model.locks import RelationKind
from migsafe.model.names import Name
from migsafe.model.record import KeywordRecord


class Column(KeywordRecord):
    """A column. `type` is None when nothing tells it. `not_null_valid` is False for NOT NULL … NOT VALID."""

    name: str
    type: TypeName | None = None
    not_null: bool = False
    not_null_valid: bool = True
    not_null_name: str | None = None  # the constraint's name (PostgreSQL 18)
    not_null_inherits: bool = True  # False for NO INHERIT (PostgreSQL 18)
    default: Expression | None = None
    generated: Generated | None = None
    identity: str | None = None
    collation: Name | None = None
    inherited: bool = False
    local: bool = True  # False: it goes when the parent's goes
    storage: str | None = None  # None: the type's own
    compression: str | None = None


class Index(KeywordRecord):
    """An index. `table` is resolved; `constraint` names the constraint that owns it."""

    name: Name
    table: Name
    elements: tuple[IndexElement, ...] = ()
    include: tuple[str, ...] = ()
    method: str = "btree"
    unique: bool = False
    predicate: Expression | None = None
    valid: bool = True
    constraint: str | None = None
    parent: Name | None = None  # the partitioned index it is attached to
    partitioned: bool = False  # an index of a partitioned table: no file of its own
    nulls_not_distinct: bool = False
    new: bool = False
    known: bool = True
    tablespace: str | None = None


class Trigger(KeywordRecord):
    name: str
    events: tuple[str, ...] = ()
    timing: str = "after"
    enabled: bool = True
    function: Name | None = None
    update_columns: tuple[str, ...] = ()
    when_columns: tuple[str, ...] = ()
    row: bool = False
    constraint: bool = False
    inherited: bool = False


class TableConstraint(KeywordRecord):
    """A constraint of a table with its final name and its state."""

    name: str
    definition: Constraint
    valid: bool = True
    enforced: bool = True
    index: Name | None = None  # of unique, primary key and exclusion constraints
    parent: str | None = None  # inherited from the parent's constraint of that name
    local: bool = True  # False: it goes when the parent's goes


class ColumnsRead(KeywordRecord):
    """The columns of a relation that a view depends on. `complete` is False when there may be more."""

    relation: Name
    columns: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()  # those that a name in the query may mean
    complete: bool = True


class Relation(KeywordRecord):
    """A table, view, materialized view, sequence or foreign table."""

    name: Name
    kind: RelationKind = RelationKind.TABLE
    known: bool = True  # False: never created by history, columns and dependants unknown
    complete: bool = True  # False: something not analysed may have changed it
    created_by: str | None = None  # key of the migration that created it
    new: bool = False  # created in this focus and still without rows that anybody waits for
    filled: bool = False  # rows were loaded since its creation
    persistence: Persistence = Persistence.PERMANENT
    columns: tuple[Column, ...] = ()
    constraints: tuple[TableConstraint, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    policies: tuple[tuple[str, tuple[str, ...]], ...] = ()  # name and the columns it names
    rules: tuple[str, ...] = ()
    rule_columns: tuple[str, ...] = ()  # that its rules name
    inherits: tuple[Name, ...] = ()  # plain inheritance
    partition_of: Name | None = None
    bound: PartitionBound | None = None
    partition_by: PartitionKey | None = None
    of_type: Name | None = None
    access_method: str | None = None
    tablespace: str | None = None
    replica_identity: str = "default"
    replica_index: str | None = None  # the index of replica identity "index"
    clustered_on: str | None = None
    query: Query | None = None  # of a view or materialized view
    reads: tuple[ColumnsRead, ...] = ()  # what its query depends on
    populated: bool = True  # of a materialized view
    owned_by: tuple[Name, str] | None = None  # of a sequence
    owner: str | None = None  # the role, when history gave the relation away
    extension: str | None = None  # that it was made a member of
    row_security: bool = False

    def column(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.name == name), None)

    def constraint(self, name: str) -> TableConstraint | None:
        return next((c for c in self.constraints if c.name == name), None)

    @property
    def foreign_keys(self) -> tuple[TableConstraint, ...]:
        return tuple(c for c in self.constraints if isinstance(c.definition, ForeignKey))

    @property
    def checks(self) -> tuple[TableConstraint, ...]:
        return tuple(c for c in self.constraints if isinstance(c.definition, Check))


class TypeForm(StrEnum):
    ENUM = "enum"
    DOMAIN = "domain"
    COMPOSITE = "composite"
    RANGE = "range"
    BASE = "base"


class UserType(KeywordRecord):
    """A type of the user's. A domain has `base` and its constraints; a composite type its attributes."""

    name: Name
    form: TypeForm
    base: TypeName | None = None
    constraints: tuple[TableConstraint, ...] = ()
    not_null: bool = False
    values: tuple[str, ...] = ()
    attributes: tuple[tuple[str, TypeName], ...] = ()
    default: Expression | None = None  # of a domain
    known: bool = True

    @property
    def constrained(self) -> bool:
        """Whether values must be checked: a domain with CHECK or NOT NULL."""
        return self.not_null or bool(self.constraints)


class Function(KeywordRecord):
    name: Name
    arguments: tuple[TypeName, ...] = ()
    language: str = "sql"
    volatility: str = "volatile"
    body: str | None = None
    procedure: bool = False
    returns: TypeName | None = None
    strict: bool = False
    never_inlined: bool = False  # SECURITY DEFINER or SET
    reads: tuple[ColumnsRead, ...] = ()  # what an SQL-standard body depends on
    known: bool = True  # False: a guarded statement may or may not have made it as shown


class StatisticsObject(KeywordRecord):
    """What CREATE STATISTICS made."""

    name: Name
    table: Name
    columns: tuple[str, ...] = ()


class OtherObject(KeywordRecord):
    """What history created of a kind without a record of its own: "cast", "operator", "collation" …

    Operators of one name are one record, with the functions of all. A cast has its types, the least explicit
    `context` that uses it ("implicit", "assignment", "explicit"), and its `method` ("function", "input-output",
    "relabel").
    """

    kind: str
    name: Name
    functions: tuple[Name, ...] = ()
    types: tuple[TypeName, ...] = ()
    context: str = ""
    method: str = ""


class Publication(KeywordRecord):
    """`columns` are those that row filters and column lists name, by table."""

    name: str
    tables: tuple[Name, ...] = ()
    columns: tuple[tuple[Name, tuple[str, ...]], ...] = ()
    all_tables: bool = False
    schemas: tuple[str, ...] = ()
