"""What a database would tell of a table's constraints and sequences, from a shadow schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from migsafe.model.definitions import Check, ForeignKey, PrimaryKey, Unique
from migsafe.model.names import Name
from migsafe.model.record import KeywordRecord
from migsafe.schema.objects import Index, TableConstraint
from migsafe.schema.schema import Schema


class ConstraintFacts(KeywordRecord):
    """A constraint or an index of a table, as Django's introspection describes it."""

    columns: tuple[str, ...]
    primary_key: bool = False
    unique: bool = False
    foreign_key: tuple[str, str] | None = None
    check: bool = False
    index: bool = False
    method: str | None = None


class Catalog:
    """Answers from a schema as it stands when it is asked; `catch_up` is called before, to do to it what was sent."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.catch_up: Callable[[], None] = lambda: None

    def constraints(self, table: str) -> Iterator[tuple[str, ConstraintFacts]]:
        """The constraints by name, then the indexes that belong to none, as Django's two queries do."""
        self.catch_up()
        name = self.schema.resolve(Name(None, table))
        relation = self.schema.relation(name)
        for constraint in sorted(relation.constraints, key=lambda c: c.name):
            facts = _of_constraint(constraint, self._primary_key(constraint))
            if facts is not None:
                yield constraint.name, facts
        for index in sorted(self.schema.indexes_of(name), key=lambda index: index.name):
            if index.constraint is None:
                yield index.name.name, _of_index(index)

    def sequences(self, table: str) -> Iterator[tuple[str, str]]:
        """The sequences of serial and identity columns, with their columns."""
        self.catch_up()
        relation = self.schema.relation(self.schema.resolve(Name(None, table)))
        owned = {owner[1]: s.name.name for s in self.schema.sequences_owned_by(relation.name) if (owner := s.owned_by)}
        for column in relation.columns:
            if column.identity is not None or _draws(column.default is not None and column.default.sql):
                yield owned.get(column.name, f"{table}_{column.name}_seq"), column.name

    def has_extension(self, name: str) -> bool:
        """Whether history has created it. The server may have it all the same, before the first migration."""
        return name in self.schema.extensions

    def _primary_key(self, constraint: TableConstraint) -> str:
        """The column that a foreign key means when it names none."""
        if not isinstance(constraint.definition, ForeignKey):
            return ""
        referenced = self.schema.relation(self.schema.resolve(constraint.definition.referenced))
        keys = [c.definition.columns for c in referenced.constraints if isinstance(c.definition, PrimaryKey)]
        return keys[0][0] if keys and keys[0] else "id"


def _draws(default: str | bool) -> bool:
    return isinstance(default, str) and default.startswith("nextval(")


def _of_constraint(constraint: TableConstraint, primary_key: str) -> ConstraintFacts | None:
    definition = constraint.definition
    if isinstance(definition, PrimaryKey):
        return ConstraintFacts(columns=definition.columns, primary_key=True, unique=True)
    if isinstance(definition, Unique):
        return ConstraintFacts(columns=definition.columns, unique=True)
    if isinstance(definition, Check):
        return ConstraintFacts(columns=definition.expression.columns, check=True)
    if isinstance(definition, ForeignKey):
        column = definition.referenced_columns[0] if definition.referenced_columns else primary_key
        return ConstraintFacts(columns=definition.columns, foreign_key=(definition.referenced.name, column))
    return None


def _of_index(index: Index) -> ConstraintFacts:
    keys = tuple(element.column for element in index.elements if element.column is not None)
    method = "idx" if index.method == "btree" else index.method
    return ConstraintFacts(columns=keys, unique=index.unique, index=True, method=method)
