"""From rows of the catalogs and definition texts to the records of the snapshot. Pure: no question is asked here."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from migsafe.model.names import Name, quoted
from migsafe.statistics import raw
from migsafe.statistics.catalog import (
    Catalog,
    CatalogColumn,
    CatalogConstraint,
    CatalogElement,
    CatalogFunction,
    CatalogIndex,
    CatalogNamedColumns,
    CatalogReads,
    CatalogRelation,
    CatalogTrigger,
)
from migsafe.statistics.codec import name_of
from migsafe.statistics.definitions import Definitions, Item, Kind
from migsafe.statistics.programs import Programs, catalog_function
from migsafe.statistics.raw import Oid, Structure, grouped
from migsafe.text.masking import mask_secrets

_KINDS: Final = {
    "r": "table",
    "p": "partitioned-table",
    "m": "materialized-view",
    "v": "view",
    "S": "sequence",
    "f": "foreign-table",
}
_PERSISTENCE: Final = {"p": "permanent", "u": "unlogged", "t": "temporary"}
_CONSTRAINTS: Final = {"c": "check", "f": "foreign-key", "u": "unique", "p": "primary-key", "x": "exclusion"}
_ACTIONS: Final = {"a": "no action", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}
_MATCHES: Final = {"s": "simple", "f": "full", "p": "partial"}
_STORAGE: Final = {"p": "plain", "e": "external", "m": "main", "x": "extended"}
_COMPRESSION: Final = {"p": "pglz", "l": "lz4"}
_GENERATED: Final = {"s": "stored", "v": "virtual"}
_IDENTITY: Final = {"a": "always", "d": "by default"}
_REPLICA_IDENTITY: Final = {"d": "default", "n": "nothing", "f": "full", "i": "index"}
_STRATEGIES: Final = {"r": "RANGE", "l": "LIST", "h": "HASH"}
# trigger.h
_ROW, _BEFORE, _INSERT, _DELETE, _UPDATE, _TRUNCATE, _INSTEAD = (1 << bit for bit in range(7))
_EVENTS: Final = ((_INSERT, "insert"), (_DELETE, "delete"), (_UPDATE, "update"), (_TRUNCATE, "truncate"))


def wanted(structure: Structure, programs: Programs) -> list[Item]:
    """The definition texts that the records need, each with the relations that the server opens for it."""
    reads: dict[Oid, set[Oid]] = defaultdict(set)
    for row in (*structure.view_reads, *programs.function_reads):
        reads[row.reader].add(row.relation)
    return [
        *(Item(Kind.CHECK, row.oid, frozenset({row.relation})) for row in structure.constraints if row.kind == "c"),
        *(
            Item(Kind.GENERATED, column.default, frozenset({column.relation}))
            for column in structure.columns
            if column.generated and column.default is not None
        ),
        *(item for index in structure.indexes for item in _of_index(index)),
        *(
            Item(Kind.PARTITION_KEY, relation.oid, frozenset({relation.oid}))
            for relation in structure.relations
            if relation.has_key_expressions
        ),
        *(
            Item(Kind.VIEW, relation.oid, frozenset({relation.oid, *reads[relation.oid]}))
            for relation in structure.relations
            if relation.kind in "vm"
        ),
        *(Item(Kind.BODY, each.oid, frozenset(reads[each.oid])) for each in programs.functions if each.has_sql_body),
    ]


def _of_index(index: raw.IndexRow) -> Iterable[Item]:
    if index.has_expressions:
        yield Item(Kind.INDEX_KEY, index.oid, frozenset({index.table}))
    if index.partial:
        yield Item(Kind.PREDICATE, index.oid, frozenset({index.table}))


class _Parts(NamedTuple):
    """What belongs to the relations, by their numbers."""

    names: Mapping[Oid, Name]
    index_names: Mapping[Oid, Name]
    attributes: Mapping[Oid, Mapping[int, str]]
    columns: Mapping[Oid, Sequence[raw.ColumnRow]]
    constraints: Mapping[Oid, Sequence[raw.ConstraintRow]]
    indexes: Mapping[Oid, Sequence[raw.IndexRow]]
    inherits: Mapping[Oid, Sequence[raw.InheritRow]]
    triggers: Mapping[Oid, Sequence[raw.TriggerRow]]
    policies: Mapping[Oid, Sequence[raw.NamedColumnsRow]]
    rules: Mapping[Oid, Sequence[raw.NamedColumnsRow]]
    reads: Mapping[Oid, Sequence[raw.ReadRow]]
    owned: Mapping[Oid, raw.OwnedRow]
    locked: frozenset[Oid]
    definitions: Definitions

    def column_names(self, relation: Oid, numbers: Iterable[int] | None) -> tuple[str, ...]:
        known = self.attributes.get(relation, {})
        return tuple(known[number] for number in numbers or () if number in known)


def catalog_of(structure: Structure, programs: Programs, definitions: Definitions) -> Catalog:
    """The schema part of a snapshot."""
    parts = _parts(structure, programs, definitions)
    owners = Counter(row.owner for row in structure.relations)
    owner = min(owners, key=lambda name: (-owners[name], name), default=None)
    relations = (_relation(row, parts, owner) for row in structure.relations)
    return Catalog(
        owner=owner,
        schemas=programs.schemas,
        extensions=programs.extensions,
        relations=tuple(sorted(relations, key=lambda relation: relation.name)),
        indexes=tuple(sorted((_index(row, parts) for row in structure.indexes), key=lambda index: index.name)),
        types=programs.types,
        functions=tuple(_functions(programs, parts)),
        statistics=programs.statistics,
        publications=programs.publications,
        others=programs.others,
    )


def _parts(structure: Structure, programs: Programs, definitions: Definitions) -> _Parts:
    attributes: dict[Oid, dict[int, str]] = defaultdict(dict)
    columns: dict[Oid, list[raw.ColumnRow]] = defaultdict(list)
    for column in structure.columns:
        columns[column.relation].append(column)
    for column in (*structure.columns, *structure.outside_columns):
        attributes[column.relation][column.number] = column.name
    owner_of = {index.oid: index.table for index in structure.indexes}
    owner_of |= {row.oid: row.relation for row in structure.constraints}
    owner_of |= {row.default: row.relation for row in structure.columns if row.default is not None}
    bodies = {row.oid for row in programs.functions}
    missed = (
        owner_of.get(item.oid, item.oid)
        for item in definitions.missed
        if item.oid not in bodies and item.kind is not Kind.LAST_VALUE
    )
    return _Parts(
        names={row.oid: Name(row.schema, row.name) for row in (*structure.relations, *structure.outside)},
        index_names={row.oid: Name(row.schema, row.name) for row in structure.indexes},
        attributes=attributes,
        columns=columns,
        constraints=grouped(structure.constraints, lambda row: row.relation),
        indexes=grouped(structure.indexes, lambda row: row.table),
        inherits=grouped(structure.inherits, lambda row: row.child),
        triggers=grouped(structure.triggers, lambda row: row.relation),
        policies=grouped(structure.policies, lambda row: row.relation),
        rules=grouped(structure.rules, lambda row: row.relation),
        reads=grouped((*structure.view_reads, *programs.function_reads), lambda row: row.reader),
        owned={row.sequence: row for row in structure.owned},
        locked=frozenset(missed),
        definitions=definitions,
    )


def _relation(row: raw.RelationRow, parts: _Parts, owner: str | None) -> CatalogRelation:
    oid = row.oid
    parents = [(parts.names[link.parent], link.partition) for link in parts.inherits.get(oid, ())]
    owned = parts.owned.get(oid)
    rules = parts.rules.get(oid, ())
    rule_columns = (column for rule in rules for column in parts.column_names(oid, rule.columns))
    indexes = parts.indexes.get(oid, ())
    return CatalogRelation(
        name=parts.names[oid],
        kind=_KINDS[row.kind],
        locked=oid in parts.locked,
        persistence=_PERSISTENCE[row.persistence],
        columns=tuple(_column(each, parts) for each in parts.columns.get(oid, ()) if row.kind != "S"),
        constraints=tuple(_constraint(each, parts) for each in parts.constraints.get(oid, ())),
        triggers=tuple(_trigger(each, parts) for each in parts.triggers.get(oid, ())),
        policies=tuple(
            CatalogNamedColumns(name=each.name, columns=parts.column_names(oid, each.columns))
            for each in parts.policies.get(oid, ())
        ),
        rules=tuple(rule.name for rule in rules),
        rule_columns=tuple(dict.fromkeys(rule_columns)),
        inherits=tuple(name for name, partition in parents if not partition),
        partition_of=next((name for name, partition in parents if partition), None),
        bound=row.bound and mask_secrets(row.bound),
        partition_key=_partition_key(row, parts),
        of_type=None if row.of_type is None else name_of(row.of_type),
        access_method=None if row.method == "heap" else row.method,
        tablespace=row.tablespace,
        replica_identity=_REPLICA_IDENTITY[row.replica_identity],
        replica_index=next((index.name for index in indexes if index.replica_identity), None),
        clustered_on=next((index.name for index in indexes if index.clustered), None),
        query=_text(parts, Kind.VIEW, oid),
        reads=tuple(_reads(each, parts) for each in parts.reads.get(oid, ()) if each.relation in parts.names),
        populated=row.populated,
        owned_by=None if owned is None else parts.names.get(owned.table),
        owned_by_column=None if owned is None else parts.attributes[owned.table].get(owned.column),
        owner=None if row.owner == owner else row.owner,
        extension=row.extension,
        row_security=row.row_security,
    )


def _text(parts: _Parts, kind: Kind, oid: Oid, number: int = 0) -> str | None:
    text = parts.definitions.text(kind, oid, number)
    return None if text is None else mask_secrets(text)


def _partition_key(row: raw.RelationRow, parts: _Parts) -> str | None:
    if row.strategy is None:
        return None
    if row.has_key_expressions:
        return _text(parts, Kind.PARTITION_KEY, row.oid)
    columns = ", ".join(map(quoted, parts.column_names(row.oid, row.key_columns)))
    return f"{_STRATEGIES[row.strategy]} ({columns})"


def _reads(row: raw.ReadRow, parts: _Parts) -> CatalogReads:
    return CatalogReads(relation=parts.names[row.relation], columns=parts.column_names(row.relation, row.columns))


def _column(row: raw.ColumnRow, parts: _Parts) -> CatalogColumn:
    computed = _text(parts, Kind.GENERATED, row.default) if row.generated and row.default is not None else None
    default = row.default_text and mask_secrets(row.default_text)
    prefix = row.of_extension
    return CatalogColumn(
        name=row.name,
        type=row.type.removeprefix(prefix) if prefix else row.type,
        not_null=row.not_null,
        not_null_valid=row.not_null_valid,
        not_null_name=row.not_null_name,
        not_null_inherits=row.not_null_inherits,
        expression=computed if row.generated else default,
        generated=_GENERATED.get(row.generated),
        identity=_IDENTITY.get(row.identity),
        collation=None if row.collation is None else name_of(row.collation),
        inherited=row.inherited,
        local=row.local,
        storage=None if row.storage is None else _STORAGE[row.storage],
        compression=_COMPRESSION.get(row.compression),
    )


def _constraint(row: raw.ConstraintRow, parts: _Parts) -> CatalogConstraint:
    keyed = row.kind == "f"
    return CatalogConstraint(
        name=row.name,
        kind=_CONSTRAINTS[row.kind],
        columns=parts.column_names(row.relation, row.columns),
        expression=_text(parts, Kind.CHECK, row.oid),
        referenced=parts.names.get(row.referenced),
        referenced_columns=parts.column_names(row.referenced, row.referenced_columns),
        on_delete=_ACTIONS[row.on_delete] if keyed else "no action",
        on_delete_columns=parts.column_names(row.relation, row.on_delete_columns),
        on_update=_ACTIONS[row.on_update] if keyed else "no action",
        match=_MATCHES[row.match] if keyed else "simple",
        operators=tuple(row.operators or ()) if row.kind == "x" else (),
        temporal=row.temporal,
        deferrable=row.deferrable,
        deferred=row.deferred,
        valid=row.valid,
        enforced=row.enforced,
        no_inherit=row.no_inherit and row.kind == "c",
        index=None if keyed else parts.index_names.get(row.backing),
        parent=row.parent or (row.name if row.inherited else None),
        local=row.local,
    )


def _index(row: raw.IndexRow, parts: _Parts) -> CatalogIndex:
    return CatalogIndex(
        name=parts.index_names[row.oid],
        table=parts.names[row.table],
        elements=tuple(_element(row, number, parts) for number in range(row.keys)),
        include=parts.column_names(row.table, row.columns[row.keys :]),
        method=row.method,
        unique=row.unique,
        nulls_not_distinct=row.nulls_not_distinct,
        partial=row.partial,
        predicate=_text(parts, Kind.PREDICATE, row.oid),
        valid=row.valid,
        constraint=row.constraint,
        parent=None if row.parent is None else parts.index_names.get(row.parent),
        partitioned=row.partitioned,
        tablespace=row.tablespace,
    )


def _element(row: raw.IndexRow, number: int, parts: _Parts) -> CatalogElement:
    column, option = row.columns[number], row.options[number]
    descending, nulls_first = bool(option & 1), bool(option & 2)
    class_, collation = row.classes[number], row.collations[number]
    return CatalogElement(
        column=parts.attributes[row.table].get(column) if column else None,
        expression=None if column else _text(parts, Kind.INDEX_KEY, row.oid, number + 1),
        operator_class=None if class_ is None else name_of(class_),
        collation=None if collation is None else name_of(collation),
        descending=descending,
        nulls_first=None if nulls_first == descending else nulls_first,
    )


def _trigger(row: raw.TriggerRow, parts: _Parts) -> CatalogTrigger:
    updated = parts.column_names(row.relation, row.columns)
    named = parts.column_names(row.relation, row.depends_on)
    timing = "before" if row.type & _BEFORE else "instead of" if row.type & _INSTEAD else "after"
    return CatalogTrigger(
        name=row.name,
        function=Name(row.function_schema, row.function),
        events=tuple(word for bit, word in _EVENTS if row.type & bit),
        timing=timing,
        enabled=row.enabled != "D",
        row=bool(row.type & _ROW),
        constraint=row.constraint,
        inherited=row.inherited,
        update_columns=updated,
        when_columns=tuple(column for column in named if column not in updated),
    )


def _functions(programs: Programs, parts: _Parts) -> Iterable[CatalogFunction]:
    for row in programs.functions:
        if row.kind in "fp":
            reads = (_reads(read, parts) for read in parts.reads.get(row.oid, ()) if read.relation in parts.names)
            yield catalog_function(row, _text(parts, Kind.BODY, row.oid), reads)
