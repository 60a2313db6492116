"""What is otherwise than before: two states of a schema compared, of which one is a branch of the other.

What a way back leaves behind is found so: the schema before a migration against the schema after its way up and its
way back. Only what is certain counts: an object that is not fully known on both sides is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from migsafe.model.definitions import Constraint
from migsafe.model.locks import RelationKind
from migsafe.model.migration import Statement
from migsafe.model.names import Name, quoted
from migsafe.model.record import Record
from migsafe.schema.columns import SERIAL_TYPES
from migsafe.schema.objects import Column, Index, Relation, UserType
from migsafe.schema.origin import Origin
from migsafe.schema.replay import advance_migration
from migsafe.schema.resolve import TEMPORARY
from migsafe.schema.schema import Schema

_WORDS = {
    RelationKind.VIEW: "view",
    RelationKind.MATERIALIZED_VIEW: "materialized view",
    RelationKind.SEQUENCE: "sequence",
    RelationKind.FOREIGN_TABLE: "foreign table",
}


class Difference(Record):
    """One thing that is otherwise, as the subject and the verb of a sentence: "column public.users.phone is left"."""

    words: str
    relation: Name | None = None

    @property
    def is_whole(self) -> bool:
        """Whether an object is left or missing; else one that is there on both sides is otherwise."""
        return self.words.endswith((" is left", " is missing"))


def after_both(schema: Schema, up: Sequence[Statement], down: Sequence[Statement], key: str) -> tuple[Difference, ...]:
    """What is otherwise once the statements of a migration and of its way back have run."""
    branch = schema.overlay()
    for statements in (up, down):
        branch.start_session()
        advance_migration(branch, statements, Origin(key))
    return differences(schema, branch)


def differences(before: Schema, after: Schema) -> tuple[Difference, ...]:
    """What is otherwise in `after`, an overlay of `before`; sorted, whatever the order of the changes was."""
    found = {
        *_of_relations(before, after),
        *_of_indexes(before, after),
        *_of_types(before, after),
        *_of_functions(before, after),
        *(Difference(f"schema {quoted(name)} is left") for name in after.schemas - before.schemas),
        *(Difference(f"schema {quoted(name)} is missing") for name in before.schemas - after.schemas),
    }
    return tuple(sorted(found, key=lambda each: each.words))


def _of_relations(before: Schema, after: Schema) -> Iterator[Difference]:
    for name in after.relations.changed():
        if name.schema == TEMPORARY:  # gone with its session
            continue
        was, now = before.relations.find(name), after.relations.find(name)
        if was is None and now is not None and now.known and now.owned_by is None:
            yield Difference(f"{_word(now)} {name} is left", name)
        elif now is None and was is not None and was.known and was.owned_by is None:
            yield Difference(f"{_word(was)} {name} is missing", name)
        elif was is not None and now is not None and was.known and now.known and was.complete and now.complete:
            yield from (Difference(words, name) for words in _of_relation(was, now))


def _word(relation: Relation) -> str:
    return _WORDS.get(relation.kind, "table")


def _of_relation(was: Relation, now: Relation) -> Iterator[str]:
    yield from _of_columns(was, now)
    yield from _of_constraints(was, now)
    of = f"of {was.name}"
    yield from _left_and_missing((t.name for t in was.triggers), (t.name for t in now.triggers), "trigger", of)
    yield from _left_and_missing((p[0] for p in was.policies), (p[0] for p in now.policies), "policy", of)
    if was.row_security != now.row_security:
        yield f"row-level security of {was.name} is {'on' if now.row_security else 'off'}"


def _left_and_missing(was: Iterable[str], now: Iterable[str], word: str, of: str) -> Iterator[str]:
    earlier, later = set(was), set(now)
    yield from (f"{word} {quoted(name)} {of} is left" for name in later - earlier)
    yield from (f"{word} {quoted(name)} {of} is missing" for name in earlier - later)


def _of_columns(was: Relation, now: Relation) -> Iterator[str]:
    """Their order is not compared: a column that comes back stands at the end."""
    if was.kind in {RelationKind.VIEW, RelationKind.MATERIALIZED_VIEW} and not (was.columns and now.columns):
        return
    earlier, later = ({c.name: c for c in relation.columns} for relation in (was, now))
    for name in later.keys() - earlier.keys():
        yield f"column {was.name}.{quoted(name)} is left"
    for name in earlier.keys() - later.keys():
        yield f"column {was.name}.{quoted(name)} is missing"
    for name in earlier.keys() & later.keys():
        yield from (f"column {was.name}.{quoted(name)} {words}" for words in _of_column(earlier[name], later[name]))


def _of_column(was: Column, now: Column) -> Iterator[str]:
    if was.type is not None and now.type is not None and _plain(was) != _plain(now):
        yield f"is {now.type} instead of {was.type}"
    if was.not_null != now.not_null:
        yield "is NOT NULL" if now.not_null else "is no longer NOT NULL"
    if (was.default is None) != (now.default is None) and was.identity == now.identity:
        yield "has no default" if now.default is None else "has a default"
    if (was.generated is None) != (now.generated is None):
        yield "is generated" if now.generated is not None else "is no longer generated"


def _plain(column: Column) -> object:
    """The type in a form that does not tell how it was written."""
    kind = column.type
    if kind is None:
        return None
    name = "text" if kind.name == "varchar" and not kind.modifiers else SERIAL_TYPES.get(kind.name, kind.name)
    return kind.replace(name=name, schema=None, dimensions=min(kind.dimensions, 1))


def _of_constraints(was: Relation, now: Relation) -> Iterator[str]:
    """Those with another name or other columns; a generated name that is another one is no difference."""
    earlier, later = ({c.name: c for c in relation.constraints} for relation in (was, now))
    gone = {name: _content(earlier[name].definition) for name in earlier.keys() - later.keys()}
    come = {name: _content(later[name].definition) for name in later.keys() - earlier.keys()}
    yield from (f"constraint {quoted(n)} of {was.name} is left" for n, c in come.items() if c not in gone.values())
    yield from (f"constraint {quoted(n)} of {was.name} is missing" for n, c in gone.items() if c not in come.values())


def _content(definition: Constraint) -> Constraint:
    return definition.replace(name=None, not_valid=False)


def _of_indexes(before: Schema, after: Schema) -> Iterator[Difference]:
    left: dict[Name, Index] = {}
    missing: dict[Name, Index] = {}
    for name in after.indexes.changed():
        was, now = before.indexes.find(name), after.indexes.find(name)
        if was is None and now is not None and _counts(now, before):
            left[name] = now
        elif now is None and was is not None and _counts(was, after):
            missing[name] = was
    yield from _unlike(left, missing, "left")
    yield from _unlike(missing, left, "missing")


def _counts(index: Index, other: Schema) -> bool:
    """Not with its table or its constraint, which are told instead."""
    return index.known and index.constraint is None and index.parent is None and index.table in other.relations


def _unlike(some: dict[Name, Index], others: dict[Name, Index], word: str) -> Iterator[Difference]:
    alike = [_keys(index) for index in others.values()]
    yield from (Difference(f"index {n} is {word}", i.table) for n, i in some.items() if _keys(i) not in alike)


def _keys(index: Index) -> tuple[object, ...]:
    return (index.table, index.elements, index.include, index.method, index.unique, index.predicate)


def _of_types(before: Schema, after: Schema) -> Iterator[Difference]:
    for name in after.types.changed():
        was, now = before.types.find(name), after.types.find(name)
        if was is None and now is not None and now.known:
            yield Difference(f"type {name} is left")
        elif now is None and was is not None and was.known:
            yield Difference(f"type {name} is missing")
        elif was is not None and now is not None and was.known and now.known:
            yield from _of_labels(name, was, now)


def _of_labels(name: Name, was: UserType, now: UserType) -> Iterator[Difference]:
    for label in (label for label in now.values if label not in was.values):
        yield Difference(f"the label {_shown(label)} of type {name} is left")
    for label in (label for label in was.values if label not in now.values):
        yield Difference(f"the label {_shown(label)} of type {name} is missing")


def _shown(label: str) -> str:
    return "'" + label.replace("'", "''") + "'"


def _of_functions(before: Schema, after: Schema) -> Iterator[Difference]:
    for name in after.functions.changed():
        was, now = before.functions.find(name) or (), after.functions.find(name) or ()
        if not all(function.known for function in (*was, *now)):
            continue
        if len(now) > len(was):
            yield Difference(f"function {name} is left")
        elif len(now) < len(was):
            yield Difference(f"function {name} is missing")
        elif {_body(f.body) for f in now} != {_body(f.body) for f in was}:
            yield Difference(f"function {name} keeps its new body")


def _body(text: str | None) -> str:
    """Without white space, which a copy of the old text may have otherwise."""
    return "".join((text or "").split()).lower()
