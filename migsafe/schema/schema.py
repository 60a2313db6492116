"""The shadow schema: what exists before each statement.

One mutable `Schema` is advanced statement by statement (`replay.advance`). Asking never changes it. The world is
open: asking for a relation that history never created gives a placeholder with `known=False`, unless the schema is
`closed` (a complete dump was given) and the question was "does it exist". Every question is a look-up.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from migsafe.model.locks import RelationKind
from migsafe.model.names import Name
from migsafe.schema import links as kinds
from migsafe.schema.layers import LayeredMap
from migsafe.schema.links import Link
from migsafe.schema.objects import (
    Function,
    Index,
    OtherObject,
    Publication,
    Relation,
    StatisticsObject,
    TypeForm,
    UserType,
)
from migsafe.schema.resolve import BUILT_IN, CATALOG, NOWHERE, clipped, creation_schema
from migsafe.schema.storage import Presence, Storage
from migsafe.schema.uncertainty import either_index, either_relation, same_but_for_age
from migsafe.text.holes import has_hole

T = TypeVar("T")


def other_key(kind: str, name: Name) -> str:
    return f"{kind} {name}"


class Schema(Storage):
    """Relations, indexes, types and functions by their resolved names."""

    # Names

    def resolve(self, name: Name) -> Name:
        """The full name of a relation or index as the server finds it on the search path; the first schema of
        the path when nothing of that name is known."""
        if name.schema is not None:
            return clipped(name)
        bare = clipped(name).name
        for schema in self._lookup_path if self.temporary else self._search_path:
            candidate = Name(schema, bare)
            if self.relations.find(candidate) is not None or self.indexes.find(candidate) is not None:
                return candidate
        if bare.startswith("pg_"):  # pg_catalog is searched although the path does not say so
            return Name(CATALOG, bare)
        return Name(NOWHERE if self._sees_nothing else self.creation_schema, bare)

    @property
    def _sees_nothing(self) -> bool:
        """The path is empty and the running migration made it so. What an earlier one set, ended with its session."""
        return not self._search_path and self.path_set_by is not None and self.path_set_by == self.origin

    @property
    def creation_schema(self) -> str:
        """Where an unqualified new object goes. A schema that is certainly absent is passed over."""
        present = tuple(s for s in self._search_path if not self._absent_schema(s))
        return creation_schema(present)

    def _absent_schema(self, schema: str) -> bool:
        return schema in self.dropped_schemas or (self.closed and schema not in self.schemas)

    def name_taken(self, name: Name) -> bool:
        """Whether pg_class has the name: tables, indexes, views, sequences and composite types share it."""
        if self.relations.find(name) is not None or self.indexes.find(name) is not None:
            return True
        user_type = self.types.find(name)
        return user_type is not None and user_type.form is TypeForm.COMPOSITE

    def constraint_name_taken(self, name: Name) -> bool:
        """Whether any table or domain of that schema has a constraint of that name."""
        return bool(self.links.to(kinds.CONSTRAINT_NAME, name))

    # Relations and indexes

    def relation(self, name: Name) -> Relation:
        """The relation, or an unknown placeholder of that name."""
        full = self.resolve(name)
        return self.relations.find(full) or self._placeholder(full)

    def _placeholder(self, full: Name) -> Relation:
        index = self.indexes.find(full)
        kind = RelationKind.TABLE if index is None else RelationKind.INDEX
        return Relation(name=full, kind=kind, known=False, complete=False)

    def exists(self, name: Name) -> bool | None:
        """Whether a relation or index of that name exists; None when the open world does not tell."""
        full = self.resolve(name)
        if full.schema == NOWHERE:
            return False
        presence = self.presence.find(full)
        if presence is Presence.UNCERTAIN or has_hole(full.name):
            return None
        if self.relations.find(full) is not None or self.indexes.find(full) is not None:
            return True
        gone = presence is Presence.GONE or self.closed or full.schema in self.dropped_schemas
        return False if gone and full.schema not in BUILT_IN else None

    def index(self, name: Name) -> Index | None:
        return self.indexes.find(self.resolve(name))

    def indexes_of(self, table: Name) -> tuple[Index, ...]:
        return tuple(self.indexes[name] for name, _ in self._links(kinds.INDEX, table))

    def index_children(self, index: Name) -> tuple[Index, ...]:
        """The indexes of partitions that are attached to a partitioned index, direct ones."""
        return tuple(self.indexes[name] for name, _ in self._links(kinds.INDEX_CHILD, index))

    def partitions_of(self, table: Name) -> tuple[Relation, ...]:
        return tuple(child for child in self.children_of(table) if child.partition_of is not None)

    def children_of(self, table: Name) -> tuple[Relation, ...]:
        """Partitions and inheritance children, direct ones."""
        return self._relations(self._links(kinds.CHILD, table))

    def descendants_of(self, table: Name) -> tuple[Relation, ...]:
        """Partitions and inheritance children of all levels, each once, parents before their children."""
        found: dict[Name, Relation] = {}
        waiting = list(reversed(self.children_of(table)))
        while waiting:
            child = waiting.pop()
            if child.name not in found:
                found[child.name] = child
                waiting.extend(reversed(self.children_of(child.name)))
        return tuple(found.values())

    def referencing(self, table: Name) -> tuple[tuple[Relation, str], ...]:
        """Foreign keys that point at the table: the referencing relation and the constraint's name."""
        return tuple((self.relations[name], key) for name, key in self._links(kinds.REFERENCE, table))

    def views_on(self, table: Name) -> tuple[Relation, ...]:
        """Views and materialized views that read the relation directly."""
        return self._relations(self._links(kinds.VIEW, table))

    def dependent_views(self, table: Name) -> tuple[Relation, ...]:
        """Views and materialized views that read the relation, also through other views, each once."""
        found: dict[Name, Relation] = {}
        waiting = list(reversed(self.views_on(table)))
        while waiting:
            view = waiting.pop()
            if view.name not in found:
                found[view.name] = view
                waiting.extend(reversed(self.views_on(view.name)))
        return tuple(found.values())

    def sequences_owned_by(self, table: Name, column: str | None = None) -> tuple[Relation, ...]:
        """The sequences that belong to the table's columns (serial, identity, OWNED BY), or to one column."""
        owned = self._links(kinds.SEQUENCE, table)
        return self._relations(tuple(link for link in owned if column is None or link[1] == column))

    def drawing_from(self, sequence: Name) -> tuple[tuple[Relation, str], ...]:
        """The columns whose default takes the sequence's next value."""
        return tuple((self.relations[name], column) for name, column in self._links(kinds.NEXT_VALUE, sequence))

    # Types, functions and the rest

    def type_of(self, name: Name) -> UserType | None:
        return self.types.find(self.resolve_type(name))

    def resolve_type(self, name: Name) -> Name:
        """The full name of a type; the first schema of the path when it is not known."""
        if name.schema is not None:
            return clipped(name)
        bare = clipped(name).name
        for schema in self._lookup_path:
            if self.types.find(Name(schema, bare)) is not None:
                return Name(schema, bare)
        return Name(self.creation_schema, bare)

    def type_users(self, name: Name) -> tuple[tuple[Relation, str], ...]:
        """The columns whose type is, or is made of, the given type: also through domains, arrays, composites."""
        found: dict[Link, None] = {}
        waiting = [self.resolve_type(name)]
        seen = set(waiting)
        while waiting:
            for link in self.links.to(kinds.TYPE, waiting.pop()):
                if link[1]:
                    found[link] = None
                elif link[0] not in seen:
                    seen.add(link[0])
                    waiting.append(link[0])
        return tuple((self.relations[table], column) for table, column in found)

    def tables_of_type(self, name: Name) -> tuple[Relation, ...]:
        """The tables made with OF type: they follow each change of the type."""
        return self._relations(self.links.to(kinds.TYPED, self.resolve_type(name)))

    def functions_named(self, name: Name) -> tuple[Function, ...]:
        """All overloads that the search path reaches."""
        if name.schema is not None:
            return self.functions.find(clipped(name)) or ()
        bare = clipped(name).name
        found = (self.functions.find(Name(schema, bare)) or () for schema in self._lookup_path)
        return tuple(function for overloads in found for function in overloads)

    def other(self, kind: str, name: Name) -> OtherObject | None:
        """An object of a kind without a record of its own that history created."""
        if name.schema is not None:
            return self.others.find(other_key(kind, clipped(name)))
        found = (self.others.find(other_key(kind, clipped(Name(schema, name.name)))) for schema in self._lookup_path)
        return next((each for each in found if each is not None), None) or self.others.find(other_key(kind, name))

    def casts(self) -> tuple[OtherObject, ...]:
        return tuple(each for each in self.others.values() if each.kind == "cast")

    def functions_reading(self, relation: Name, column: str) -> tuple[Function, ...]:
        """The functions whose SQL-standard body depends on the column."""
        full = self.resolve(relation)
        return tuple(
            function
            for overloads in self.functions.values()
            for function in overloads
            if any(read.relation == full and column in read.columns for read in function.reads)
        )

    def resolve_function(self, name: Name) -> Name:
        """The full name of a function: where it is known, else as written (perhaps a built-in one)."""
        known = self.functions_named(name)
        return known[0].name if known else clipped(name)

    def triggers_calling(self, function: Name) -> tuple[tuple[Relation, str], ...]:
        links = self._links(kinds.TRIGGER, self.resolve_function(function))
        return tuple((self.relations[table], trigger) for table, trigger in links)

    def resolve_statistics(self, name: Name) -> Name:
        """The full name of an extended statistics object; the first schema of the path when it is not known."""
        if name.schema is not None:
            return clipped(name)
        found = (Name(schema, name.name) for schema in self._lookup_path)
        known = next((full for full in found if full in self.statistics), None)
        return known or clipped(Name(self.creation_schema, name.name))

    def statistics_on(self, table: Name) -> tuple[StatisticsObject, ...]:
        full = self.resolve(table)
        return tuple(s for s in self.statistics.values() if s.table == full)

    def publications_of(self, table: Name) -> tuple[Publication, ...]:
        """The publications that name the table, its schema or all tables."""
        full = self.resolve(table)
        return tuple(
            p for p in self.publications.values() if p.all_tables or full in p.tables or full.schema in p.schemas
        )

    def _links(self, kind: str, target: Name) -> tuple[Link, ...]:
        return self.links.to(kind, self.resolve(target))

    def _relations(self, links: tuple[Link, ...]) -> tuple[Relation, ...]:
        return tuple(self.relations[name] for name, _ in links)

    # Branches

    def overlay(self) -> Schema:
        """A schema that starts as this one and keeps its changes to itself. This one must rest meanwhile."""
        return Schema(self)

    def merge_uncertain(self, branch: Schema) -> None:
        """Take over what an overlay of this schema did, as something that happened or did not."""
        self.merge_sides(self, branch)

    def merge_sides(self, one: Schema, other: Schema) -> None:
        """Take over what two overlays of this schema did, of which one happened. `one` may be this schema itself."""
        branches = (other,) if one is self else (one, other)
        for name in _changed(branch.relations for branch in branches):
            self._merge_relation(name, one.relations.find(name), other.relations.find(name))
        for name in _changed(branch.indexes for branch in branches):
            self._merge_index(name, one.indexes.find(name), other.indexes.find(name))
        for name in _changed(branch.types for branch in branches):
            self._merge_type(name, one.types.find(name), other.types.find(name))
        for name in _changed(branch.functions for branch in branches):
            self._merge_functions(name, one.functions.find(name) or (), other.functions.find(name) or ())
        for branch in branches:
            self._merge_others(branch)
        self.schemas |= one.schemas | other.schemas
        self.dropped_schemas &= one.dropped_schemas & other.dropped_schemas
        self.extensions |= one.extensions | other.extensions

    def _merge_others(self, branch: Schema) -> None:
        for statistics in branch.statistics.values():
            self.statistics.setdefault(statistics.name, statistics)
        for publication in branch.publications.values():
            self.publications.setdefault(publication.name, publication)
        for other in branch.others.values():
            self.others.setdefault(other_key(other.kind, other.name), other)

    def _merge_relation(self, name: Name, without: Relation | None, having: Relation | None) -> None:
        if without is None and having is None:
            if name in self.relations:
                self.forget(name)
            return
        merged = having if same_but_for_age(without, having) else either_relation(without, having)
        if merged is None or same_but_for_age(self.relations.find(name), merged):
            return
        self.relations[name] = merged
        if merged.new:
            self.mark_created(name)
        if without is None or having is None:
            self.presence[name] = Presence.UNCERTAIN

    def _merge_index(self, name: Name, without: Index | None, having: Index | None) -> None:
        if without is None and having is None:
            if name in self.indexes:
                self.forget(name)
            return
        merged = having if same_but_for_age(without, having) else either_index(without, having)
        if merged is None or same_but_for_age(self.indexes.find(name), merged):
            return
        self.indexes[name] = merged
        if merged.new:
            self.mark_created(name)
        if without is None or having is None:
            self.presence[name] = Presence.UNCERTAIN

    def _merge_type(self, name: Name, without: UserType | None, having: UserType | None) -> None:
        held = having or without
        if held is None:
            self.types.discard(name)
            return
        merged = held if having == without else held.replace(known=False)
        if merged != self.types.find(name):
            self.types[name] = merged

    def _merge_functions(self, name: Name, without: tuple[Function, ...], having: tuple[Function, ...]) -> None:
        added = (f.replace(known=False) for f in having if f not in without)
        kept = (f if f in having else f.replace(known=False) for f in without)
        merged = having if having == without else (*kept, *added)
        if merged != (self.functions.find(name) or ()):
            self.functions[name] = merged


def _changed(layers: Iterable[LayeredMap[Name, T]]) -> tuple[Name, ...]:
    """The names that one of the layers has changed, in the order of the changes."""
    return tuple(dict.fromkeys(name for layer in layers for name in layer.changed()))


__all__ = ["Function", "Index", "Presence", "Relation", "RelationKind", "Schema", "TypeForm", "UserType"]
