"""The schema of a snapshot as the shadow schema, as if history had created it and it had grown old since.

Records are built, no statements replayed: names, validity and parents are what the catalogs say. Only expressions,
types and queries are parsed. What could not be read at capture is not fully known (`complete=False`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, TypeVar

from migsafe.model.definitions import Generated, GeneratedKind, Persistence
from migsafe.model.expressions import Query, TypeName
from migsafe.model.locks import RelationKind
from migsafe.model.names import Name
from migsafe.model.statistics import Statistics
from migsafe.schema.objects import (
    Column,
    ColumnsRead,
    Function,
    OtherObject,
    Publication,
    Relation,
    StatisticsObject,
    Trigger,
    TypeForm,
    UserType,
)
from migsafe.schema.schema import Schema, other_key
from migsafe.statistics import catalog as cat
from migsafe.statistics.catalog import Catalog, CatalogRelation
from migsafe.statistics.shadow_constraints import index_of, table_constraint
from migsafe.statistics.shadow_cycles import refuse_cycles
from migsafe.statistics.shadow_texts import (
    expression,
    expression_of_unread,
    numeric_bound,
    partition_bound,
    partition_key,
    query,
    type_named,
)
from migsafe.statistics.snapshot import Snapshot

CERTAIN_ROWS: Final = 1000
"""A table that had so many rows by the planner's estimate certainly has some."""
E = TypeVar("E", bound=StrEnum)


def schema_of(snapshot: Snapshot) -> Schema:
    """The shadow schema of the snapshot; an empty open one when the snapshot has none.

    It is `closed` (what is not in it does not exist) when the snapshot covers the whole database.
    Raises SetupError for a snapshot that contradicts itself.
    """
    schema = Schema()
    catalog = snapshot.catalog
    if catalog is None:
        return schema
    schema.closed = catalog.complete
    schema.schemas = set(catalog.schemas)
    schema.extensions = set(catalog.extensions)
    _fill_types(schema, catalog)
    _fill_relations(schema, catalog, snapshot.statistics)
    _fill_programs(schema, catalog)
    refuse_cycles(schema)
    return schema


def _fill_types(schema: Schema, catalog: Catalog) -> None:
    for each in catalog.types:
        schema.types[each.name] = UserType(
            name=each.name,
            form=_member(TypeForm, each.form, TypeForm.BASE),
            base=None if each.base is None else type_named(each.base),
            constraints=tuple(table_constraint(constraint, {}) for constraint in each.constraints),
            not_null=each.not_null,
            values=each.values,
            attributes=tuple((attribute.name, type_named(attribute.type)) for attribute in each.attributes),
            default=expression(each.expression),
        )


def _member(kind: type[E], word: str, otherwise: E) -> E:
    """The member of that value; files of later versions may hold others."""
    return next((member for member in kind if member.value == word), otherwise)


def _fill_relations(schema: Schema, catalog: Catalog, statistics: Statistics) -> None:
    indexes = {each.name: each for each in catalog.indexes}
    records = {each.name: index_of(each) for each in catalog.indexes}
    for relation in catalog.relations:
        schema.relations[relation.name] = _relation(relation, indexes, catalog.owner)
    for name, record in records.items():
        schema.indexes[name] = record
    for table in statistics.tables:
        if table.rows is not None and table.rows >= CERTAIN_ROWS:
            schema.loaded[table.name] = int(table.rows)
    for relation in catalog.relations:
        if relation.partition_of is not None and relation.bound is not None:
            _number_bound(schema, relation.name, relation.partition_of)


def _number_bound(schema: Schema, partition: Name, whole: Name) -> None:
    """Bounds as a migration writes them. With several keys a number may be the text of another key: left as it is."""
    member, parent = schema.relations.find(partition), schema.relations.find(whole)
    if member is None or member.bound is None or parent is None or parent.partition_by is None:
        return
    keys = [element.column for element in parent.partition_by.elements]
    column = parent.column(keys[0]) if len(keys) == 1 and keys[0] is not None else None
    if column is not None:
        schema.relations[partition] = member.replace(bound=numeric_bound(member.bound, column.type))


def _relation(relation: CatalogRelation, indexes: dict[Name, cat.CatalogIndex], owner: str | None) -> Relation:
    owned = (relation.owned_by, relation.owned_by_column)
    return Relation(
        name=relation.name,
        kind=_member(RelationKind, relation.kind, RelationKind.TABLE),
        complete=not relation.locked,
        persistence=_member(Persistence, relation.persistence, Persistence.PERMANENT),
        columns=tuple(map(_column, relation.columns)),
        constraints=tuple(table_constraint(each, indexes) for each in relation.constraints),
        triggers=tuple(map(_trigger, relation.triggers)),
        policies=tuple((each.name, each.columns) for each in relation.policies),
        rules=relation.rules,
        rule_columns=relation.rule_columns,
        inherits=relation.inherits,
        partition_of=relation.partition_of,
        bound=partition_bound(relation.bound),
        partition_by=partition_key(relation.partition_key),
        of_type=relation.of_type,
        access_method=relation.access_method,
        tablespace=relation.tablespace,
        replica_identity=relation.replica_identity,
        replica_index=relation.replica_index,
        clustered_on=relation.clustered_on,
        query=_query(relation),
        reads=tuple(ColumnsRead(relation=each.relation, columns=each.columns) for each in relation.reads),
        filled=relation.kind in ("table", "materialized-view"),
        populated=relation.populated,
        owned_by=(owned[0], owned[1]) if owned[0] is not None and owned[1] is not None else None,
        owner=relation.owner or owner,
        extension=relation.extension,
        row_security=relation.row_security,
    )


def _query(relation: CatalogRelation) -> Query | None:
    """The query of a view. What it reads is what the server's dependencies say, whatever its text does."""
    if relation.kind not in ("view", "materialized-view"):
        return None
    found = Query() if relation.query is None else query(relation.query)
    named = tuple(name for name in found.reads if name.schema == "pg_catalog")
    return found.replace(reads=(*(each.relation for each in relation.reads), *named))


def _column(column: cat.CatalogColumn) -> Column:
    read = expression(column.expression)
    return Column(
        name=column.name,
        type=type_named(column.type),
        not_null=column.not_null,
        not_null_valid=column.not_null_valid,
        not_null_name=column.not_null_name,
        not_null_inherits=column.not_null_inherits,
        default=None if column.generated else read,
        generated=_generated(column),
        identity=column.identity,
        collation=column.collation,
        inherited=column.inherited,
        local=column.local,
        storage=column.storage,
        compression=column.compression,
    )


def _generated(column: cat.CatalogColumn) -> Generated | None:
    if column.generated is None:
        return None
    kind = _member(GeneratedKind, column.generated, GeneratedKind.STORED)
    return Generated(expression(column.expression) or expression_of_unread(), kind)


def _trigger(trigger: cat.CatalogTrigger) -> Trigger:
    return Trigger(
        name=trigger.name,
        events=trigger.events,
        timing=trigger.timing,
        enabled=trigger.enabled,
        function=trigger.function,
        update_columns=trigger.update_columns,
        when_columns=trigger.when_columns,
        row=trigger.row,
        constraint=trigger.constraint,
        inherited=trigger.inherited,
    )


def _fill_programs(schema: Schema, catalog: Catalog) -> None:
    for function in catalog.functions:
        held = schema.functions.find(function.name) or ()
        schema.functions[function.name] = (*held, _function(function))
    for each in catalog.statistics:
        schema.statistics[each.name] = StatisticsObject(name=each.name, table=each.table, columns=each.columns)
    for publication in catalog.publications:
        schema.publications[publication.name] = Publication(
            name=publication.name,
            tables=publication.tables,
            columns=tuple((read.relation, read.columns) for read in publication.columns),
            all_tables=publication.all_tables,
            schemas=publication.schemas,
        )
    for other in map(_other, catalog.others):
        schema.others[other_key(other.kind, other.name)] = other


def _function(function: cat.CatalogFunction) -> Function:
    return Function(
        name=function.name,
        arguments=tuple(map(type_named, function.arguments)),
        language=function.language,
        volatility=function.volatility,
        body=function.body,
        procedure=function.procedure,
        returns=None if function.returns is None else type_named(function.returns),
        strict=function.strict,
        never_inlined=function.never_inlined,
        reads=tuple(ColumnsRead(relation=read.relation, columns=read.columns) for read in function.reads),
    )


def _as_written(kind: TypeName) -> str:
    """A cast has no name but the types of its text, where `public` is hardly ever written."""
    return str(kind.replace(schema=None) if kind.schema == "public" else kind)


def _other(each: cat.CatalogObject) -> OtherObject:
    types = tuple(map(type_named, each.types))
    name = Name(None, " as ".join(map(_as_written, types))) if each.kind == "cast" else each.name
    return OtherObject(
        kind=each.kind, name=name, functions=each.functions, types=types, context=each.context, method=each.method
    )
