"""How the schema of a live database differs from the one that the applied migrations build.

Only what can be compared is: tables that the migrations created and that both sides know fully; of their columns,
types, NOT NULL, constraints and indexes those that both name. Tables that no migration made are nobody's mistake here:
extensions, other applications and the version tables of tools live in the same database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migsafe.model.expressions import TypeName
from migsafe.model.locks import RelationKind
from migsafe.model.names import Name, quoted
from migsafe.schema.objects import Column, Index, Relation, TableConstraint
from migsafe.schema.schema import Schema

_COMPARED = (RelationKind.TABLE, RelationKind.PARTITIONED_TABLE)


def drift(replayed: Schema, live: Schema) -> tuple[str, ...]:
    """Sentences without their full stop, in the order of the names: `public.orders has no column note`."""
    tables = sorted((name, relation) for name, relation in replayed.relations.items() if _is_known(relation))
    return tuple(line for name, relation in tables for line in _of_table(name, relation, replayed, live))


def _is_known(relation: Relation) -> bool:
    return relation.known and relation.complete and relation.kind in _COMPARED and relation.extension is None


def _of_table(name: Name, made: Relation, replayed: Schema, live: Schema) -> Iterator[str]:
    if name.schema == "pg_temp":
        return
    there = live.relations.find(name)
    if there is None:
        if live.closed:
            yield f"there is no table {name}"
        return
    if not _is_known(there):
        return
    yield from _columns(name, made, there)
    yield from _constraints(name, made, there)
    if made.partition_of is None:  # those of partitions follow their parents, with names of the server's choice
        yield from _indexes(name, replayed.indexes_of(name), live.indexes_of(name))


def _columns(table: Name, made: Relation, there: Relation) -> Iterator[str]:
    for column in made.columns:
        found = there.column(column.name)
        if found is None:
            yield f"{table} has no column {quoted(column.name)}"
        else:
            yield from _column(f"{table}.{quoted(column.name)}", column, found)
    yield from (f"{table} has a column {quoted(c.name)} more" for c in there.columns if made.column(c.name) is None)


def _column(name: str, made: Column, there: Column) -> Iterator[str]:
    one, other = _type(made.type), _type(there.type)
    if one is not None and other is not None and one != other:
        yield f"{name} is {other} and not {one}"
    if made.not_null != there.not_null:
        yield f"{name} is {'NOT NULL' if there.not_null else 'nullable'}"


def _type(written: TypeName | None) -> str | None:
    """The type without what can be written in two ways: the schema, dimensions of arrays, a scale of zero, serial."""
    if written is None:
        return None
    modifiers = written.modifiers
    if written.name == "numeric" and len(modifiers) == 2 and modifiers[1] == "0":
        modifiers = modifiers[:1]
    name = _SERIAL.get(written.name, written.name)
    if name in _OPTIONAL_MODIFIER and not modifiers:
        modifiers = _OPTIONAL_MODIFIER[name]
    return str(TypeName(name, None, modifiers, min(written.dimensions, 1)))


_SERIAL = {
    **dict.fromkeys(("serial", "serial4"), "int4"),
    **dict.fromkeys(("bigserial", "serial8"), "int8"),
    **dict.fromkeys(("smallserial", "serial2"), "int2"),
}
_OPTIONAL_MODIFIER = {"bpchar": ("1",), "bit": ("1",)}


def _constraints(table: Name, made: Relation, there: Relation) -> Iterator[str]:
    for constraint in made.constraints:
        found = there.constraint(constraint.name)
        if found is None:
            yield f"{table} has no constraint {quoted(constraint.name)}"
        elif found.valid != constraint.valid:
            state = "valid" if found.valid else "not valid"
            yield f"the constraint {quoted(constraint.name)} of {table} is {state}"
    extra = (c for c in there.constraints if made.constraint(c.name) is None and not _is_not_null(c))
    yield from (f"{table} has a constraint {quoted(c.name)} more" for c in extra)


def _is_not_null(constraint: TableConstraint) -> bool:
    return type(constraint.definition).__name__ == "NotNull"


def _indexes(table: Name, made: Iterable[Index], there: Iterable[Index]) -> Iterator[str]:
    built = {index.name: index for index in made if index.known}
    found = {index.name: index for index in there}
    yield from (f"{table} has no index {name}" for name in sorted(built.keys() - found.keys()))
    yield from (f"{table} has an index {name} more" for name in sorted(found.keys() - built.keys()))
    for name in sorted(built.keys() & found.keys()):
        if built[name].valid and not found[name].valid:
            yield f"the index {name} of {table} is INVALID"
