"""Who depends on whom: the reverse of what the records say, kept up to date as records change."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from migsafe.model.definitions import ForeignKey
from migsafe.model.expressions import Expression
from migsafe.model.names import Name
from migsafe.schema.layers import LayeredMap
from migsafe.schema.objects import Column, Index, Relation, UserType

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

_NEXT_VALUE_OF = re.compile(
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
        for part in _RELATION_PARTS:
            self._replace(part(old, new), part(new, old))

    def index_changed(self, old: Index | None, new: Index | None) -> None:
        self._replace(_of_index(old), _of_index(new))

    def type_changed(self, old: UserType | None, new: UserType | None) -> None:
        self._replace(_of_type(old), _of_type(new))

    def _replace(self, old: Iterator[Edge], new: Iterator[Edge]) -> None:
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


# Each part below yields a relation's edges of one group of fields, and nothing when the other version of the
# relation has the same group: most changes of a relation leave most groups alone.


def _of_columns(relation: Relation | None, other: Relation | None) -> Iterator[Edge]:
    if relation is None or _same(relation, other, "columns"):
        return
    for column in relation.columns:
        link = (relation.name, column.name)
        if column.type is not None and column.type.schema is not None:
            yield TYPE, Name(column.type.schema, column.type.name), link
        sequence = next_value_of(column)
        if sequence is not None:
            yield NEXT_VALUE, sequence, link


def _of_constraints(relation: Relation | None, other: Relation | None) -> Iterator[Edge]:
    if relation is None or _same(relation, other, "constraints"):
        return
    for constraint in relation.constraints:
        link = (relation.name, constraint.name)
        yield CONSTRAINT_NAME, Name(relation.name.schema, constraint.name), link
        if isinstance(constraint.definition, ForeignKey):
            yield REFERENCE, constraint.definition.referenced, link


def _of_parents(relation: Relation | None, other: Relation | None) -> Iterator[Edge]:
    if relation is None or (_same(relation, other, "inherits") and _same(relation, other, "partition_of")):
        return
    for parent in parents_of(relation):
        yield CHILD, parent, (relation.name, "")


def _of_query(relation: Relation | None, other: Relation | None) -> Iterator[Edge]:
    if relation is None or relation.query is None or _same(relation, other, "query"):
        return
    for read in relation.query.reads:
        yield VIEW, read, (relation.name, "")


def _of_owner(relation: Relation | None, other: Relation | None) -> Iterator[Edge]:
    if relation is None or relation.owned_by is None or _same(relation, other, "owned_by"):
        return
    table, column = relation.owned_by
    yield SEQUENCE, table, (relation.name, column)


def _of_of_type(relation: Relation | None, other: Relation | None) -> Iterator[Edge]:
    if relation is not None and relation.of_type is not None and not _same(relation, other, "of_type"):
        yield TYPED, relation.of_type, (relation.name, "")


def _of_triggers(relation: Relation | None, other: Relation | None) -> Iterator[Edge]:
    if relation is None or _same(relation, other, "triggers"):
        return
    for trigger in relation.triggers:
        if trigger.function is not None:
            yield TRIGGER, trigger.function, (relation.name, trigger.name)


_RELATION_PARTS = (_of_columns, _of_constraints, _of_parents, _of_query, _of_owner, _of_of_type, _of_triggers)


def _same(relation: Relation, other: Relation | None, field: str) -> bool:
    return other is not None and relation.name == other.name and relation.__dict__[field] is other.__dict__[field]


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


def parents_of(relation: Relation) -> tuple[Name, ...]:
    """The partitioned table that it is a partition of, or the tables that it inherits from."""
    return (relation.partition_of,) if relation.partition_of is not None else relation.inherits


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
