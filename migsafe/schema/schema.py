"""The shadow schema: what exists before each statement.

One mutable `Schema` is advanced statement by statement (`replay.apply`). Reading never changes it. The world is
open: asking for a relation that history never created gives a placeholder with `known=False`, unless the schema is
`closed` (a complete dump was given) and the question was "does it exist".
"""

from __future__ import annotations

from migsafe.model.locks import RelationKind
from migsafe.model.names import Name
from migsafe.schema.objects import Function, Index, Relation, TypeForm, UserType


class Schema:
    """Relations, indexes, types and functions by their resolved names."""

    def __init__(self) -> None:
        self.relations: dict[Name, Relation] = {}
        self.indexes: dict[Name, Index] = {}
        self.types: dict[Name, UserType] = {}
        self.functions: dict[Name, tuple[Function, ...]] = {}
        self.schemas: set[str] = {"public"}
        self.search_path: tuple[str, ...] = ("public",)
        self.closed = False

    # The questions that effects and rules ask; see the package's docstring for their meaning.
    def resolve(self, name: Name) -> Name:
        """The full name of a relation or index as the server finds it on the search path; the first schema of
        the path when nothing of that name is known."""
        raise NotImplementedError

    def relation(self, name: Name) -> Relation:
        """The relation, or an unknown placeholder of that name."""
        raise NotImplementedError

    def exists(self, name: Name) -> bool | None:
        """Whether a relation or index of that name exists; None when the open world does not tell."""
        raise NotImplementedError

    def index(self, name: Name) -> Index | None:
        raise NotImplementedError

    def indexes_of(self, table: Name) -> tuple[Index, ...]:
        raise NotImplementedError

    def partitions_of(self, table: Name) -> tuple[Relation, ...]:
        raise NotImplementedError

    def children_of(self, table: Name) -> tuple[Relation, ...]:
        """Partitions and inheritance children, direct ones."""
        raise NotImplementedError

    def referencing(self, table: Name) -> tuple[tuple[Relation, str], ...]:
        """Foreign keys that point at the table: the referencing relation and the constraint's name."""
        raise NotImplementedError

    def views_on(self, table: Name) -> tuple[Relation, ...]:
        raise NotImplementedError

    def type_of(self, name: Name) -> UserType | None:
        raise NotImplementedError

    def functions_named(self, name: Name) -> tuple[Function, ...]:
        raise NotImplementedError


__all__ = ["Function", "Index", "Relation", "RelationKind", "Schema", "TypeForm", "UserType"]
