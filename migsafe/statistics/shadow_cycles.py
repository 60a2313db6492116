"""A damaged or hostile snapshot may say that something is below itself; whoever walks down from it would never end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from migsafe.errors import SetupError
from migsafe.model.names import Name
from migsafe.schema.schema import Schema
from migsafe.text.masking import printable

Links = Mapping[Name, Sequence[Name]]


def refuse_cycles(schema: Schema) -> None:
    """Raises SetupError when a relation, an index or a type is, through others, its own parent or part."""
    for links in (_parents(schema), _indexes(schema), _types(schema)):
        name = below_itself(links)
        if name is not None:
            raise SetupError(
                f"the snapshot is damaged: {printable(str(name))} is below itself",
                "write it anew with 'migsafe snapshot'",
            )


def _parents(schema: Schema) -> Links:
    found = {}
    for name, relation in schema.relations.items():
        above = [*relation.inherits, *(read.relation for read in relation.reads)]
        found[name] = [*above, relation.partition_of] if relation.partition_of is not None else above
    return found


def _indexes(schema: Schema) -> Links:
    return {name: [index.parent] for name, index in schema.indexes.items() if index.parent is not None}


def _types(schema: Schema) -> Links:
    found = {}
    for name, each in schema.types.items():
        parts = (each.base, *(kind for _, kind in each.attributes))
        found[name] = [Name(part.schema, part.name) for part in parts if part is not None and part.schema is not None]
    return found


def below_itself(links: Links) -> Name | None:
    """A name from which the links lead back to it; None when there is none. Looks at each link once."""
    done: set[Name] = set()
    for start in links:
        path: dict[Name, Iterator[Name]] = {}
        _enter(start, links, path, done)
        while path:
            name, following = next(reversed(path.items()))
            after = next(following, None)
            if after is None:
                done.add(name)
                del path[name]
            elif after in path:
                return after
            else:
                _enter(after, links, path, done)
    return None


def _enter(name: Name, links: Links, path: dict[Name, Iterator[Name]], done: set[Name]) -> None:
    if name not in done and name in links:
        path[name] = iter(links[name])
