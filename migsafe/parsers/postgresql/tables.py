"""CREATE TABLE in its forms, and partition bounds."""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import (
    Constraint,
    LikeClause,
    PartitionBound,
    PartitionKey,
    Persistence,
)
from migsafe.model.operations import CreateTable, Operation
from migsafe.parsers.postgresql.columns import column_definition
from migsafe.parsers.postgresql.constraints import table_constraint
from migsafe.parsers.postgresql.dispatch import operation
from migsafe.parsers.postgresql.expressions import expression
from migsafe.parsers.postgresql.indexes import index_element
from migsafe.parsers.postgresql.predicates import constant_of
from migsafe.parsers.postgresql.source import Source
from migsafe.parsers.postgresql.tree import (
    Node,
    bodies,
    body_of,
    child,
    children,
    flag,
    kind_of,
    name_of,
    names,
    number,
    optional_text,
    relation_name,
    relation_names,
    text,
)


def persistence(relation: Node) -> Persistence:
    """What the body of a RangeVar says; a table in the schema pg_temp is temporary as well."""
    written = text(relation, "relpersistence")
    if written == "t" or text(relation, "schemaname") == "pg_temp":
        return Persistence.TEMPORARY
    return Persistence.UNLOGGED if written == "u" else Persistence.PERMANENT


@operation("CreateStmt")
def create_table(body: Node, source: Source) -> Operation:
    return _create_table(body, source, foreign=False)


@operation("CreateForeignTableStmt")
def create_foreign_table(body: Node, source: Source) -> Operation:
    return _create_table(child(body, "base"), source, foreign=True)


def _create_table(body: Node, source: Source, *, foreign: bool) -> Operation:
    relation = child(body, "relation")
    elements = children(body, "tableElts")
    parents = relation_names(body, "inhRelations")
    bound = child(body, "partbound")
    of_type = names(child(body, "ofTypename"), "names")
    return CreateTable(
        table=relation_name(relation),
        columns=tuple(column_definition(body_of(e), source) for e in elements if kind_of(e) == "ColumnDef"),
        constraints=tuple(_table_constraints(elements, source)),
        like=tuple(_like(body_of(e)) for e in elements if kind_of(e) == "TableLikeClause"),
        inherits=() if bound else parents,
        partition_of=parents[0] if bound and parents else None,
        bound=partition_bound(bound, source) if bound else None,
        partition_by=_partition_key(child(body, "partspec"), source),
        of_type=name_of(of_type) if of_type else None,
        persistence=persistence(relation),
        if_not_exists=flag(body, "if_not_exists"),
        foreign=foreign,
        access_method=optional_text(body, "accessMethod"),
        tablespace=optional_text(body, "tablespacename"),
    )


def _table_constraints(elements: list[Node], source: Source) -> Iterator[Constraint]:
    for element in elements:
        if kind_of(element) == "Constraint":
            built = table_constraint(body_of(element), source)
            if built is not None:
                yield built


# The bits of TableLikeOption in nodes/parsenodes.h.
_LIKE_OPTIONS = (
    "comments", "compression", "constraints", "defaults", "generated", "identity", "indexes", "statistics", "storage",
)  # fmt: skip
_LIKE_ALL = 0x7FFFFFFF


def _like(body: Node) -> LikeClause:
    bits = number(body, "options")
    chosen = tuple(word for bit, word in enumerate(_LIKE_OPTIONS) if bits & (1 << bit))
    return LikeClause(relation_name(child(body, "relation")), ("all",) if bits == _LIKE_ALL else chosen)


def _partition_key(body: Node, source: Source) -> PartitionKey | None:
    if not body:
        return None
    strategy = text(body, "strategy").removeprefix("PARTITION_STRATEGY_").lower()
    return PartitionKey(strategy, tuple(index_element(e, source) for e in bodies(body, "partParams")))


def partition_bound(body: Node, source: Source) -> PartitionBound:
    """The body of a PartitionBoundSpec."""
    is_hash = text(body, "strategy") == "h" and not flag(body, "is_default")
    return PartitionBound(
        default=flag(body, "is_default"),
        values=tuple(_value(item, source) or "" for item in children(body, "listdatums")),
        lower=tuple(_value(item, source) for item in children(body, "lowerdatums")),
        upper=tuple(_value(item, source) for item in children(body, "upperdatums")),
        modulus=number(body, "modulus") if is_hash else None,
        remainder=number(body, "remainder") if is_hash else None,
    )


def _value(wrapped: Node, source: Source) -> str | None:
    """A bound as SQL; None for MINVALUE and MAXVALUE, which the grammar reads as columns."""
    if kind_of(wrapped) == "ColumnRef" and names(body_of(wrapped), "fields") in (("minvalue",), ("maxvalue",)):
        return None
    constant = constant_of(wrapped)
    return constant if constant is not None else expression(wrapped, source).sql
