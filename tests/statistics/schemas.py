"""Two schemas compared record by record: one that was replayed, one that a snapshot holds.

The server says some things in other words than the migration did. What means the same is brought to one form here;
everything else must be equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from migsafe.model.definitions import Check, Constraint, Exclusion, IndexElement
from migsafe.model.expressions import Expression, TypeName
from migsafe.model.locks import RelationKind
from migsafe.model.names import Name
from migsafe.schema.objects import Column, ColumnsRead, Function, Index, Relation, TableConstraint, Trigger, UserType
from migsafe.schema.schema import Schema


def differences(replayed: Schema, captured: Schema, version: int) -> Iterator[str]:
    """What the snapshot's schema has otherwise than the replayed one, a line for each."""
    parts: tuple[tuple[str, Mapping[Any, object], Mapping[Any, object]], ...] = (
        ("relation", _relations(replayed, version), _relations(captured, version)),
        ("index", _indexes(replayed), _indexes(captured)),
        ("type", _types(replayed), _types(captured)),
        ("function", _functions(replayed), _functions(captured)),
        ("statistics", dict(replayed.statistics.items()), dict(captured.statistics.items())),
        ("publication", dict(replayed.publications.items()), dict(captured.publications.items())),
        ("object", _others(replayed), _others(captured)),
    )
    for kind, left, right in parts:
        for name in sorted(set(left) | set(right), key=str):
            yield from _compared(f"{kind} {name}", left.get(name), right.get(name))
    yield from _compared("schemas", replayed.schemas, captured.schemas)
    yield from _compared("extensions", replayed.extensions - {"plpgsql"}, captured.extensions)


def _compared(what: str, replayed: object, captured: object) -> Iterator[str]:
    if replayed is None or captured is None:
        yield f"{what}: only {'captured' if replayed is None else 'replayed'}"
        return
    if hasattr(replayed, "fields"):
        for field in replayed.fields:
            left, right = getattr(replayed, field), getattr(captured, field)
            if left != right:
                yield f"{what}.{field}: replayed {left!r}, captured {right!r}"
    elif replayed != captured:
        yield f"{what}: replayed {replayed!r}, captured {captured!r}"


def _relations(schema: Schema, version: int) -> dict[Name, Relation]:
    sequences = {name for name, each in schema.relations.items() if each.kind is RelationKind.SEQUENCE}
    found = {name: each for name, each in schema.relations.items() if name.schema != "pg_temp"}
    return {name: _relation(each, version, sequences) for name, each in found.items()}


def _relation(relation: Relation, version: int, sequences: set[Name]) -> Relation:
    is_view = relation.kind in (RelationKind.VIEW, RelationKind.MATERIALIZED_VIEW)
    reads = (r.replace(columns=()) if r.relation in sequences else _reads(r) for r in relation.reads)
    return relation.replace(
        columns=tuple(_column(c, is_view, version) for c in relation.columns),
        constraints=tuple(sorted((_constraint(c) for c in relation.constraints), key=lambda c: c.name)),
        triggers=tuple(sorted(map(_trigger, relation.triggers), key=lambda t: t.name)),
        policies=tuple(sorted((name, tuple(sorted(columns))) for name, columns in relation.policies)),
        rules=tuple(sorted(relation.rules)),
        rule_columns=tuple(sorted(relation.rule_columns)),
        bound=relation.bound and repr(relation.bound).lower().replace("::text", ""),
        partition_by=relation.partition_by
        and (relation.partition_by.strategy, tuple(map(_element, relation.partition_by.elements))),
        reads=tuple(sorted(reads, key=lambda read: read.relation)),
        query=relation.query and tuple(sorted(n for n in relation.query.reads if n.schema != "pg_catalog")),
        # What a snapshot cannot know or history does not: age, owners, what was loaded.
        created_by=None,
        new=False,
        filled=False,
        complete=True,
        owner=None,
        access_method=None if relation.access_method == "heap" else relation.access_method,
        replica_identity=relation.replica_identity if relation.kind in _STORED else "default",
    )


_STORED = (RelationKind.TABLE, RelationKind.PARTITIONED_TABLE)


def _column(column: Column, of_view: bool, version: int) -> Column:
    return column.replace(
        not_null_name=column.not_null_name if version >= 18 else None,  # history names all of them
        type=None if of_view else _type(column.type),
        default=_expression(None if column.default is not None and column.default.null else column.default),
        generated=column.generated and (_expression(column.generated.expression), column.generated.kind),
        collation=None if of_view else column.collation and column.collation.name,
        storage=column.storage and column.storage.lower(),
    )


def _type(written: TypeName | None) -> str | None:
    """Dimensions of arrays and a numeric's scale of zero are said or not."""
    if written is None:
        return None
    modifiers = written.modifiers
    if written.name == "numeric" and len(modifiers) == 2 and modifiers[1] == "0":
        modifiers = modifiers[:1]
    return str(written.replace(dimensions=min(written.dimensions, 1), modifiers=modifiers, setof=False))


def _expression(expression: Expression | None) -> object:
    """The facts that predictions read; the server prints casts and brackets that the text has not."""
    if expression is None:
        return None
    return (
        expression.null,
        tuple(dict.fromkeys(expression.columns)),
        tuple(call.function.name for call in expression.calls),
        expression.special,
        tuple(sorted(expression.proves_not_null)),
    )


def _constraint(constraint: TableConstraint) -> TableConstraint:
    definition: Constraint = constraint.definition
    if isinstance(definition, Check):
        definition = definition.replace(expression=_expression(definition.expression))
    changes: dict[str, object] = {"tablespace": None, "using_index": None, "not_valid": False}
    if isinstance(definition, Exclusion):
        changes |= {
            "elements": tuple(map(_element, definition.elements)),
            "predicate": _expression(definition.predicate),
        }
    fitting = {key: value for key, value in changes.items() if key in definition.fields}
    return constraint.replace(definition=definition.replace(**fitting))


def _element(element: IndexElement) -> object:
    return (
        element.column,
        _expression(element.expression),
        element.operator_class and element.operator_class.name,
        element.collation and element.collation.name,
        element.descending,
        None if element.nulls_first == element.descending else element.nulls_first,
    )


def _trigger(trigger: Trigger) -> Trigger:
    named = set(trigger.when_columns) - set(trigger.update_columns)
    return trigger.replace(
        events=tuple(sorted(trigger.events)),
        update_columns=tuple(sorted(trigger.update_columns)),
        when_columns=tuple(sorted(named)),
    )


def _reads(read: ColumnsRead) -> ColumnsRead:
    return read.replace(columns=tuple(sorted(read.columns)))


def _indexes(schema: Schema) -> dict[Name, Index]:
    return {name: _index(each) for name, each in schema.indexes.items() if name.schema != "pg_temp"}


def _index(index: Index) -> Index:
    return index.replace(
        elements=tuple(map(_element, index.elements)), predicate=_expression(index.predicate), new=False
    )


def _types(schema: Schema) -> dict[Name, UserType]:
    return {name: _user_type(each) for name, each in schema.types.items()}


def _user_type(each: UserType) -> UserType:
    return each.replace(
        base=_type(each.base),
        attributes=tuple((name, _type(kind)) for name, kind in each.attributes),
        constraints=tuple(sorted((_constraint(c) for c in each.constraints), key=lambda c: c.name)),
        default=_expression(each.default),
    )


def _functions(schema: Schema) -> dict[tuple[object, ...], Function]:
    return {
        (name, tuple(map(_type, function.arguments))): _function(function)
        for name, overloads in schema.functions.items()
        for function in overloads
    }


def _function(function: Function) -> Function:
    return function.replace(
        arguments=tuple(map(_type, function.arguments)),
        returns=_type(function.returns),
        body=None,
        language=function.language.lower(),
        reads=tuple(sorted(map(_reads, function.reads), key=lambda read: read.relation)),
    )


def _others(schema: Schema) -> dict[str, object]:
    """Objects of the kinds that a snapshot holds, without the text of their types."""
    held = {"cast", "operator", "collation", "aggregate", "access method", "subscription"}
    return {
        key: (each.kind, each.functions, tuple(map(_type, each.types)), each.context, each.method)
        for key, each in schema.others.items()
        if each.kind in held
    }
