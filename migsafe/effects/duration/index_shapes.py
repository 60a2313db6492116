"""What an index is made of, whether it is there already or the statement makes it."""

from __future__ import annotations

from migsafe.effects.duration.moment import Moment
from migsafe.effects.duration.widths import INDEX_FILL, INDEX_OVERHEAD, aligned, type_width
from migsafe.model import operations as ops
from migsafe.model.definitions import IndexElement, PrimaryKey, Unique
from migsafe.model.effects import Work
from migsafe.model.expressions import Expression, TypeName
from migsafe.model.names import Name
from migsafe.model.record import KeywordRecord
from migsafe.schema.objects import Column

_DEDUPLICATES = 13
_POINTER = 6  # bytes of a row pointer


class IndexShape(KeywordRecord):
    """`elements` are the keys. `named` is False when nothing tells what the index is like."""

    table: Name
    elements: tuple[IndexElement, ...] = ()
    include: tuple[str, ...] = ()
    method: str = "btree"
    predicate: Expression | None = None
    unique: bool = False
    known: bool = True


def shape_of(work: Work, at: Moment) -> IndexShape:
    """The index of an INDEX_BUILD."""
    there = at.schema.index(work.relation)
    if there is not None and (there.elements or there.method != "btree"):
        return shape_of_index(work.relation, work.table, at)
    return _of_operation(work, at)


def shape_of_index(index: Name, table: Name, at: Moment) -> IndexShape:
    """An index that is there."""
    there = at.schema.index(index)
    assert there is not None
    return IndexShape(
        table=table,
        elements=there.elements,
        include=there.include,
        method=there.method,
        predicate=there.predicate,
        unique=there.unique,
    )


def _of_operation(work: Work, at: Moment) -> IndexShape:
    operation = at.operation(work)
    match operation:
        case ops.CreateIndex():
            return IndexShape(
                table=work.table,
                elements=operation.elements,
                include=operation.include,
                method=operation.method,
                predicate=operation.predicate,
                unique=operation.unique,
            )
        case ops.AddUnique() | ops.AddPrimaryKey():
            key = operation.constraint
            return _of_columns(work.table, key.columns, key.include)
        case ops.AddExclusion():
            exclusion = operation.constraint
            return IndexShape(
                table=work.table,
                elements=exclusion.elements,
                method=exclusion.method,
                predicate=exclusion.predicate,
                unique=True,
            )
        case ops.AddColumn() if _has_key(operation):
            return _of_columns(work.table, (operation.column.name,), ())
        case ops.AttachPartition():
            return _of_parent(work, operation.table, at)
    return IndexShape(table=work.table, known=False)


def _has_key(operation: ops.AddColumn) -> bool:
    return any(isinstance(c, Unique | PrimaryKey) for c in operation.column.constraints)


def _of_columns(table: Name, columns: tuple[str, ...], include: tuple[str, ...]) -> IndexShape:
    elements = tuple(IndexElement(column=column) for column in columns)
    return IndexShape(table=table, elements=elements, include=include, unique=True)


def _of_parent(work: Work, parent: Name, at: Moment) -> IndexShape:
    """The partition gets an index like its parent's; which one, its generated name tells at best."""
    candidates = at.schema.indexes_of(at.schema.resolve(parent))
    named = [i for i in candidates if all(e.column is None or e.column in work.relation.name for e in i.elements)]
    for index in (*named, *candidates):
        return IndexShape(
            table=work.table, elements=index.elements, include=index.include, method=index.method, unique=index.unique
        )
    return IndexShape(table=work.table, known=False)


def key_type(element: IndexElement, shape: IndexShape, at: Moment) -> TypeName | None:
    """The type of a key column as the index gets it, after this statement's own changes of types."""
    if element.column is None:
        expression = element.expression
        return expression.casts[-1] if expression is not None and expression.casts else None
    for operation in at.statement.operations:
        if isinstance(operation, ops.AlterColumnType) and operation.column == element.column:
            return operation.type
        if isinstance(operation, ops.AddColumn) and operation.column.name == element.column:
            return operation.column.type
    column = at.relation(shape.table).column(element.column)
    return None if column is None else column.type


def entry_bytes(shape: IndexShape, at: Moment) -> float:
    """Of one entry in a leaf page, or in the sort."""
    keys = sum(_key_width(element, shape, at) for element in shape.elements) or 8.0
    included = sum(at.sizes.width(shape.table, column) for column in shape.include)
    return INDEX_OVERHEAD + aligned(keys + included)


def _key_width(element: IndexElement, shape: IndexShape, at: Moment) -> float:
    """A function of a text is about as long as the text."""
    table = at.relation(shape.table)
    if element.column is not None and table.column(element.column) is not None:
        return at.sizes.width(shape.table, element.column)
    kind = key_type(element, shape, at)
    if kind is None and element.expression is not None and element.expression.columns:
        return max(at.sizes.width(shape.table, column) for column in element.expression.columns)
    return type_width(kind)


def built_bytes(shape: IndexShape, rows: float, at: Moment) -> float:
    """What the index takes on disk when it is new."""
    match shape.method:
        case "brin":
            return 3 * 8192.0
        case "gin":
            return rows * items(shape, at) * _POINTER * 1.2
        case "hash":
            return rows * 20 / 0.75
    return _keys(shape, rows, at) / INDEX_FILL


def _keys(shape: IndexShape, rows: float, at: Moment) -> float:
    """Equal keys share one entry with a list of row pointers (nbtdedup.c, since PostgreSQL 13)."""
    version = at.sizes.statistics.server.version
    whole = rows * entry_bytes(shape, at)
    if shape.unique or shape.include or len(shape.elements) != 1 or (version is not None and version < _DEDUPLICATES):
        return whole
    kind = key_type(shape.elements[0], shape, at)
    if kind is not None and kind.name in ("numeric", "float4", "float8", "jsonb"):
        return whole  # equal values may look different
    distinct = distinct_keys(shape, rows, at)
    return min(whole, distinct * entry_bytes(shape, at) + rows * _POINTER)


def distinct_keys(shape: IndexShape, rows: float, at: Moment) -> float:
    """Different values of the first key; all, if nobody tells."""
    column = shape.elements[0].column if shape.elements else None
    statistics = at.sizes.statistics.table(at.schema.resolve(shape.table))
    known = None if statistics is None or column is None else statistics.column(column)
    if known is None or not known.distinct:
        return rows
    return min(known.distinct, rows) if known.distinct > 0 else -known.distinct * rows


def items(shape: IndexShape, at: Moment) -> float:
    """Elements that a GIN index takes from one row: about one for each dozen bytes; of keys with their values, half as
    many."""
    widths = [at.sizes.width(shape.table, e.column) for e in shape.elements if e.column is not None]
    hashed = any(e.operator_class is not None and e.operator_class.name == "jsonb_path_ops" for e in shape.elements)
    return max(sum(widths) / (24 if hashed else 12), 1.0)


def disorder(shape: IndexShape, at: Moment) -> float:
    """How far the rows are from lying in the order of the first key: 0 in order, 1 in none. The snapshot says so, or a
    sequence or a clock gave the keys. Rows that a rewrite has copied from the middle on, as synchronized scans do, are
    in order but for one place, and their correlation is about a half."""
    column = shape.elements[0].column if shape.elements else None
    if column is None:
        return 1.0
    statistics = at.sizes.statistics.table(at.schema.resolve(shape.table))
    known = None if statistics is None else statistics.column(column)
    if known is not None and known.correlation is not None:
        return 1 - min(abs(known.correlation), 1.0)
    return 0.0 if _numbered(at.relation(shape.table).column(column)) else 1.0


def _numbered(column: Column | None) -> bool:
    if column is None or column.identity is not None:
        return column is not None
    default = column.default
    return default is not None and (any(c.function.name == "nextval" for c in default.calls) or bool(default.special))
