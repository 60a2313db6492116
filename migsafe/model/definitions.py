"""Definitions that several operations share: columns, constraints, index elements, partition bounds."""

from __future__ import annotations

from enum import StrEnum

from migsafe.model.expressions import Expression, TypeName
from migsafe.model.names import Name
from migsafe.model.record import KeywordRecord, Record


class Persistence(StrEnum):
    PERMANENT = "permanent"
    UNLOGGED = "unlogged"
    TEMPORARY = "temporary"


class GeneratedKind(StrEnum):
    STORED = "stored"
    VIRTUAL = "virtual"  # PostgreSQL 18, and MySQL


class Generated(Record):
    """GENERATED ALWAYS AS (expression)."""

    expression: Expression
    kind: GeneratedKind


class Constraint(KeywordRecord):
    """What all table constraints have. `name` is None when the server generates it."""

    name: str | None = None
    deferrable: bool = False
    initially_deferred: bool = False
    not_valid: bool = False  # NOT VALID: existing rows are not checked
    enforced: bool = True  # NOT ENFORCED (PostgreSQL 18)
    no_inherit: bool = False


class NotNull(Constraint):
    column: str


class Check(Constraint):
    expression: Expression


class Unique(Constraint):
    columns: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    nulls_not_distinct: bool = False
    using_index: str | None = None
    without_overlaps: bool = False
    tablespace: str | None = None


class PrimaryKey(Constraint):
    columns: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    using_index: str | None = None
    without_overlaps: bool = False
    tablespace: str | None = None


class Exclusion(Constraint):
    method: str = "gist"
    elements: tuple[IndexElement, ...] = ()
    operators: tuple[str, ...] = ()
    predicate: Expression | None = None


class ForeignKey(Constraint):
    columns: tuple[str, ...]
    referenced: Name
    referenced_columns: tuple[str, ...] = ()  # empty: the primary key
    on_delete: str = "no action"
    on_delete_columns: tuple[str, ...] = ()  # SET NULL (…) and SET DEFAULT (…) of some columns (PostgreSQL 15)
    on_update: str = "no action"
    match: str = "simple"
    period: bool = False


class IndexElement(KeywordRecord):
    """One key of an index: a column or an expression."""

    column: str | None = None
    expression: Expression | None = None
    operator_class: Name | None = None
    collation: Name | None = None
    descending: bool = False
    nulls_first: bool | None = None


class ColumnDef(KeywordRecord):
    """A column as CREATE TABLE and ADD COLUMN define it; constraints written inline are in `constraints`."""

    name: str
    type: TypeName
    default: Expression | None = None
    generated: Generated | None = None
    identity: str | None = None  # "always" or "by default"
    collation: Name | None = None
    storage: str | None = None
    compression: str | None = None
    constraints: tuple[Constraint, ...] = ()

    @property
    def not_null(self) -> bool:
        """Whether the text says NOT NULL or PRIMARY KEY (serial and identity columns are NOT NULL besides)."""
        return any(isinstance(c, NotNull | PrimaryKey) for c in self.constraints)


class LikeClause(Record):
    """LIKE source INCLUDING …; `including` holds lower-case words such as "indexes", "constraints", "all"."""

    source: Name
    including: tuple[str, ...] = ()


class PartitionKey(Record):
    """PARTITION BY strategy (elements)."""

    strategy: str  # "range", "list", "hash"
    elements: tuple[IndexElement, ...]


class PartitionBound(KeywordRecord):
    """FOR VALUES … or DEFAULT. Values are SQL text; `None` in a range stands for MINVALUE or MAXVALUE."""

    default: bool = False
    values: tuple[str, ...] = ()  # IN (…)
    lower: tuple[str | None, ...] = ()
    upper: tuple[str | None, ...] = ()
    modulus: int | None = None
    remainder: int | None = None
