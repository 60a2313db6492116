"""CREATE INDEX and REINDEX, and the elements that index-like constraints share with them."""

from __future__ import annotations

from migsafe.model.definitions import IndexElement
from migsafe.model.names import Name
from migsafe.model.operations import CreateIndex, Operation, Reindex
from migsafe.parsers.postgresql.dispatch import operation
from migsafe.parsers.postgresql.expressions import optional_expression
from migsafe.parsers.postgresql.source import Source
from migsafe.parsers.postgresql.tree import (
    Node,
    bodies,
    child,
    flag,
    is_only,
    name_of,
    names,
    option,
    option_is_on,
    option_text,
    optional_text,
    relation_name,
    text,
)

_NULLS = {"SORTBY_NULLS_FIRST": True, "SORTBY_NULLS_LAST": False}


def index_element(body: Node, source: Source) -> IndexElement:
    """The body of an IndexElem or a PartitionElem."""
    return IndexElement(
        column=optional_text(body, "name"),
        expression=optional_expression(body, "expr", source),
        operator_class=_optional_name(body, "opclass"),
        collation=_optional_name(body, "collation"),
        descending=text(body, "ordering") == "SORTBY_DESC",
        nulls_first=_NULLS.get(text(body, "nulls_ordering")),
    )


def _optional_name(body: Node, field: str) -> Name | None:
    parts = names(body, field)
    return name_of(parts) if parts else None


@operation("IndexStmt")
def create_index(body: Node, source: Source) -> Operation:
    relation = child(body, "relation")
    return CreateIndex(
        table=relation_name(relation),
        name=optional_text(body, "idxname"),
        elements=tuple(index_element(element, source) for element in bodies(body, "indexParams")),
        include=tuple(text(element, "name") for element in bodies(body, "indexIncludingParams")),
        method=text(body, "accessMethod") or "btree",
        unique=flag(body, "unique"),
        nulls_not_distinct=flag(body, "nulls_not_distinct"),
        predicate=optional_expression(body, "whereClause", source),
        concurrently=flag(body, "concurrent"),
        if_not_exists=flag(body, "if_not_exists"),
        only=is_only(relation),
        tablespace=optional_text(body, "tableSpace"),
    )


@operation("ReindexStmt")
def reindex(body: Node, source: Source) -> Operation:
    relation = child(body, "relation")
    tablespace = option(body, "params", "tablespace")
    keyword = text(body, "kind").removeprefix("REINDEX_OBJECT_").lower()
    schema = Name(None, text(body, "name")) if keyword == "schema" else None
    return Reindex(
        keyword=keyword,
        target=relation_name(relation) if relation else schema,
        concurrently=option_is_on(body, "params", "concurrently"),
        options=source.written_options(),
        tablespace=option_text(tablespace) if tablespace else None,
    )
