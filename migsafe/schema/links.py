"""Who depends on whom: the reverse of what the records say, kept up to date as records change."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from migsafe.model.definitions import ForeignKey
from migsafe.model.expressions import Expression
from migsafe.model.names import Name
from migsafe.schema.layers import LayeredMap
from migsafe.schema.objects import Column, Index, Relation, UserType
from migsafe.text.patterns import late

Link = tuple[Name, str]  # the dependant, and what of it: a constraint, column or trigger, "" for the whole
Edge = tuple[str, Name, Link]  # kind, what is depended on, the dependant

INDEX: Final = "index"  # table -> index
INDEX_CHILD: Final = "index child"  # partitioned index -> index of a partition
REFERENCE: Final = "reference"  # table -> foreign key that points at it
CHILD: Final = "child"  # table -> partition or inheritance child
VIEW: Final = "view"  # relation -> view that reads it
SEQUENCE: Final = "sequence"  # table -> sequence that its column owns
NEXT_VALUE: Final = "next value"  # sequence -> column whose default draws from it
TYPE: Final = "type"  # user type -> column, domain or composite type that is made of it
TYPED: Final = "typed"  # composite type -> table OF it
TRIGGER: Final = "trigger"  # function -> trigger that calls it
CONSTRAINT_NAME: Final = "constraint name"  # schema and constraint name -> table or domain

KINDS: Final = (
    INDEX,
    INDEX_CHILD,
    REFERENCE,
    CHILD,
    VIEW,
    SEQUENCE,
    NEXT_VALUE,
    TYPE,
    TYPED,
    TRIGGER,
    CONSTRAINT_NAME,
)

_NEXT_VALUE_OF = late(
    r"""nextval\(\s*\(?'(?:(?P<schema>"[^"]+"|[^'".]+)\.)?(?P<name>"[^"]+"|[^'".]+)'""", re.IGNORECASE
)


class Links:
    """The dependants of each object, sorted, so that their order does not tell how they came about."""

    def __init__(self, below: Links | None = None) -> None:
        self.maps: dict[str, LayeredMap[Name, tuple[Link, ...]]] = {
            kind: LayeredMap(below.maps[kind] if below else None) for kind in KINDS
        }

    def to(self, kind: str, target: Name) -> tuple[Link, ...]:
        return self.maps[kind].find(target) or ()

    def relation_changed(self, old: Relation | None, new: Relation | None) -> None:
        """Bring the links up to date. Fields that are the same object in both versions are passed over."""
        same_name = old is not None and new is not None and old.name == new.name
        for field, edges in _EDGES_OF_FIELD:
            before = None if old is None else old.__dict__[field]
            after = None if new is None else new.__dict__[field]
            if (before is after and same_name) or not (before or after):
                continue
            self._replace(edges(old) if old is not None else (), edges(new) if new is not None else ())

    def index_changed(self, old: Index | None, new: Index | None) -> None:
        self._replace(_of_index(old), _of_index(new))

    def type_changed(self, old: UserType | None, new: UserType | None) -> None:
        self._replace(_of_type(old), _of_type(new))

    def _replace(self, old: Iterable[Edge], new: Iterable[Edge]) -> None:
        before, after = set(old), set(new)
        for kind, target, link in before - after:
            self._remove(kind, target, link)
        for kind, target, link in after - before:
            self._add(kind, target, link)

    def _add(self, kind: str, target: Name, link: Link) -> None:
        links = self.to(kind, target)
        at = bisect_left(links, link)
        self.maps[kind][target] = (*links[:at], link, *links[at:])

    def _remove(self, kind: str, target: Name, link: Link) -> None:
        links = tuple(other for other in self.to(kind, target) if other != link)
        if links:
            self.maps[kind][target] = links
        else:
            self.maps[kind].discard(target)


def _of_columns(relation: Relation) -> Iterator[Edge]:
    for column in relation.columns:
        if column.type is not None and column.type.schema is not None:
            yield TYPE, Name(column.type.schema, column.type.name), (relation.name, column.name)
        if column.not_null_name is not None:  # a constraint of its own in PostgreSQL 18
            yield CONSTRAINT_NAME, Name(relation.name.schema, column.not_null_name), (relation.name, column.name)
        if column.default is not None and column.default.calls:
            sequence = drawn_from(column.default)
            if sequence is not None:
                yield NEXT_VALUE, sequence, (relation.name, column.name)


def _of_constraints(relation: Relation) -> Iterator[Edge]:
    for constraint in relation.constraints:
        link = (relation.name, constraint.name)
        yield CONSTRAINT_NAME, Name(relation.name.schema, constraint.name), link
        if isinstance(constraint.definition, ForeignKey):
            yield REFERENCE, constraint.definition.referenced, link


def _of_inherits(relation: Relation) -> Iterator[Edge]:
    return ((CHILD, parent, (relation.name, "")) for parent in relation.inherits)


def _of_partition_of(relation: Relation) -> Iterator[Edge]:
    if relation.partition_of is not None:
        yield CHILD, relation.partition_of, (relation.name, "")


def _of_query(relation: Relation) -> Iterator[Edge]:
    if relation.query is not None:
        yield from ((VIEW, read, (relation.name, "")) for read in relation.query.reads)


def _of_owner(relation: Relation) -> Iterator[Edge]:
    if relation.owned_by is not None:
        yield SEQUENCE, relation.owned_by[0], (relation.name, relation.owned_by[1])


def _of_of_type(relation: Relation) -> Iterator[Edge]:
    if relation.of_type is not None:
        yield TYPED, relation.of_type, (relation.name, "")


def _of_triggers(relation: Relation) -> Iterator[Edge]:
    for trigger in relation.triggers:
        if trigger.function is not None:
            yield TRIGGER, trigger.function, (relation.name, trigger.name)


_EDGES_OF_FIELD: Final[tuple[tuple[str, Callable[[Relation], Iterator[Edge]]], ...]] = (
    ("columns", _of_columns),
    ("constraints", _of_constraints),
    ("inherits", _of_inherits),
    ("partition_of", _of_partition_of),
    ("query", _of_query),
    ("owned_by", _of_owner),
    ("of_type", _of_of_type),
    ("triggers", _of_triggers),
)


def _of_index(index: Index | None) -> Iterator[Edge]:
    if index is None:
        return
    yield INDEX, index.table, (index.name, "")
    if index.parent is not None:
        yield INDEX_CHILD, index.parent, (index.name, "")


def _of_type(user_type: UserType | None) -> Iterator[Edge]:
    if user_type is None:
        return
    parts = (user_type.base, *(kind for _, kind in user_type.attributes))
    for part in parts:
        if part is not None and part.schema is not None:
            yield TYPE, Name(part.schema, part.name), (user_type.name, "")
    for constraint in user_type.constraints:
        yield CONSTRAINT_NAME, Name(user_type.name.schema, constraint.name), (user_type.name, "")


def next_value_of(column: Column) -> Name | None:
    """The sequence that the column's default draws from, as `nextval('schema.name')` writes it."""
    return drawn_from(column.default)


def drawn_from(default: Expression | None) -> Name | None:
    """The sequence whose next value the expression takes."""
    if default is None or not _calls_nextval(default):
        return None
    found = _NEXT_VALUE_OF.search(default.sql)
    if found is None:
        return None
    schema = found["schema"]
    return Name(_bare(schema) if schema else None, _bare(found["name"]))


def _calls_nextval(expression: Expression) -> bool:
    return any(call.function.name == "nextval" for call in expression.calls)


def _bare(written: str) -> str:
    return written[1:-1] if written.startswith('"') else written.lower()
