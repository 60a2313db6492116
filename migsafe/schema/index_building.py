"""Indexes as the server makes them: its names, the copies on partitions, matching what is there already.

Source: src/backend/commands/indexcmds.c, DefineIndex; src/backend/catalog/index.c, CompareIndexInfo.
"""

from __future__ import annotations

from collections.abc import Sequence

from migsafe.model.definitions import Constraint, Exclusion, IndexElement, PrimaryKey, Unique
from migsafe.model.expressions import Expression
from migsafe.model.locks import RelationKind
from migsafe.model.names import Name
from migsafe.model.record import KeywordRecord
from migsafe.schema.editing import append_constraint, edit_constraint
from migsafe.schema.generated_names import choose_name, index_column_names, joined_columns
from migsafe.schema.objects import Index, Relation, TableConstraint
from migsafe.schema.schema import Schema


class IndexPlan(KeywordRecord):
    """An index to be made on a table and its partitions, each time under a name of its own."""

    elements: tuple[IndexElement, ...]
    include: tuple[str, ...] = ()
    method: str = "btree"
    unique: bool = False
    nulls_not_distinct: bool = False
    predicate: Expression | None = None
    tablespace: str | None = None
    constraint: Constraint | None = None

    @property
    def label(self) -> str:
        """The last part of a generated name (ChooseIndexName)."""
        if isinstance(self.constraint, PrimaryKey):
            return "pkey"
        if isinstance(self.constraint, Exclusion):
            return "excl"
        return "idx" if self.constraint is None else "key"


def plan_of_key(constraint: Unique | PrimaryKey | Exclusion) -> IndexPlan:
    """The index that a UNIQUE, PRIMARY KEY or EXCLUDE constraint needs."""
    if isinstance(constraint, Exclusion):
        return IndexPlan(
            elements=constraint.elements,
            method=constraint.method,
            predicate=constraint.predicate,
            constraint=constraint,
        )
    return IndexPlan(
        elements=tuple(IndexElement(column=column) for column in constraint.columns),
        include=constraint.include,
        method="gist" if constraint.without_overlaps else "btree",
        unique=True,
        nulls_not_distinct=isinstance(constraint, Unique) and constraint.nulls_not_distinct,
        tablespace=constraint.tablespace,
        constraint=constraint,
    )


def choose_index_name(schema: Schema, table: Name, plan: IndexPlan) -> str:
    def taken(name: str) -> bool:
        full = Name(table.schema, name)
        return schema.name_taken(full) or (plan.constraint is not None and schema.constraint_name_taken(full))

    if plan.label == "pkey":
        return choose_name(table.name, None, "pkey", taken)
    columns = joined_columns(index_column_names(plan.elements, plan.include))
    return choose_name(table.name, columns, plan.label, taken)


def place_index(
    schema: Schema,
    table: Relation,
    plan: IndexPlan,
    *,
    name: str | None = None,
    parent: Index | None = None,
    only: bool = False,
) -> None:
    """Make the index on the table, and on every partition that has none like it (unless ONLY).

    A given name that something else certainly has changes nothing: the statement fails, or IF NOT EXISTS.
    """
    chosen = name or choose_index_name(schema, table.name, plan)
    full = Name(table.name.schema, chosen)
    if _occupied(schema, full):
        return
    partitions = schema.partitions_of(table.name)
    index = Index(
        name=full,
        table=table.name,
        elements=plan.elements,
        include=plan.include,
        method=plan.method,
        unique=plan.unique,
        predicate=plan.predicate,
        valid=not (only and partitions),
        constraint=chosen if plan.constraint is not None else None,
        parent=None if parent is None else parent.name,
        partitioned=table.kind is RelationKind.PARTITIONED_TABLE,
        nulls_not_distinct=plan.nulls_not_distinct,
        new=True,
        tablespace=plan.tablespace,
    )
    schema.indexes[full] = index
    schema.mark_created(full)
    if plan.constraint is not None:
        _add_key_constraint(schema, index, plan.constraint, parent)
    if not only:
        extend_to_partitions(schema, index, plan, partitions)


def _occupied(schema: Schema, name: Name) -> bool:
    index = schema.indexes.find(name)
    return name in schema.relations or (index is not None and index.known)


def _add_key_constraint(schema: Schema, index: Index, definition: Constraint, parent: Index | None) -> None:
    constraint = TableConstraint(
        name=index.name.name,
        definition=definition.replace(name=index.name.name),
        index=index.name,
        parent=None if parent is None else parent.constraint,
        local=parent is None,
    )
    append_constraint(schema, index.table, constraint)


def extend_to_partitions(schema: Schema, index: Index, plan: IndexPlan, partitions: Sequence[Relation]) -> None:
    """Give each partition its part of a partitioned index: a matching index is attached, else one is made."""
    for partition in partitions:
        if partition.kind is RelationKind.FOREIGN_TABLE:
            continue
        match = matching_index(schema, index, partition.name)
        if match is None:
            place_index(schema, partition, plan, parent=index)
        else:
            attach_index(schema, index, match)


def matching_index(schema: Schema, index: Index, partition: Name) -> Index | None:
    """The partition's own index that can become part of the partitioned one."""
    wanted = _shape(index)
    candidates = (c for c in schema.indexes_of(partition) if c.parent is None and c.valid and _shape(c) == wanted)
    return next((c for c in candidates if index.constraint is None or c.constraint is not None), None)


def _shape(index: Index) -> tuple[object, ...]:
    """What must agree; the direction of the sort does not count (CompareIndexInfo)."""
    keys = tuple((e.column, e.expression and e.expression.sql, e.operator_class, e.collation) for e in index.elements)
    predicate = index.predicate.sql if index.predicate else None
    return keys, index.include, index.method, index.unique, index.nulls_not_distinct, predicate


def attach_index(schema: Schema, parent: Index, child: Index) -> None:
    """Make an index part of a partitioned one, with its constraint if both have one."""
    schema.indexes[child.name] = child.replace(parent=parent.name)
    if parent.constraint is not None and child.constraint is not None:
        edit_constraint(schema, child.table, child.constraint, parent=parent.constraint, local=False)


def plan_like(schema: Schema, index: Index) -> IndexPlan:
    """The plan that makes another index like this one, with its constraint."""
    definition: Constraint | None = None
    if index.constraint is not None:
        owner = schema.relation(index.table).constraint(index.constraint)
        definition = None if owner is None else owner.definition
    return IndexPlan(
        elements=index.elements,
        include=index.include,
        method=index.method,
        unique=index.unique,
        nulls_not_distinct=index.nulls_not_distinct,
        predicate=index.predicate,
        tablespace=index.tablespace,
        constraint=definition,
    )
