"""How statements name an object: a relation, a function with arguments, an object that belongs to a table."""

from __future__ import annotations

from typing import NamedTuple

from migsafe.model.expressions import TypeName
from migsafe.model.names import Name
from migsafe.parsers.postgresql.tree import (
    Node,
    bodies,
    body_of,
    child,
    flag,
    items,
    kind_of,
    name_of,
    names,
    relation_name,
    strings,
    text,
)
from migsafe.parsers.postgresql.types import type_name


class Designator(NamedTuple):
    """A named object: its name, the dotted parts, and the argument types of a function (None: not written)."""

    name: Name
    parts: tuple[str, ...] = ()
    arguments: tuple[TypeName, ...] | None = None

    @property
    def table(self) -> Name:
        """The relation that a column, trigger, rule, policy or constraint belongs to: all parts but the last."""
        return name_of(self.parts[:-1])


def designator(wrapped: Node) -> Designator:
    """Any of the forms in which the grammar hands over an object's name."""
    body = body_of(wrapped)
    match kind_of(wrapped):
        case "String":
            return _of_parts((text(body, "sval"),))
        case "RangeVar":
            return Designator(relation_name(body))
        case "TypeName":
            return _of_parts(names(body, "names"))
        case "ObjectWithArgs":
            return _with_arguments(body)
        case "List":
            return _of_list(items(wrapped))
        case _:
            return Designator(Name(None, ""))


def _of_parts(parts: tuple[str, ...]) -> Designator:
    return Designator(name_of(parts), parts)


def _with_arguments(body: Node) -> Designator:
    parts = names(body, "objname")
    written = None if flag(body, "args_unspecified") else _argument_types(body)
    return Designator(name_of(parts), parts, written)


def _argument_types(body: Node) -> tuple[TypeName, ...]:
    return tuple(type_name(argument) for argument in bodies(body, "objargs"))


def _of_list(members: list[Node]) -> Designator:
    """A dotted name; a cast or transform is named after its types."""
    if any(kind_of(member) == "TypeName" for member in members):
        shown = [str(type_name(body_of(member))) for member in members if kind_of(member) == "TypeName"]
        return _of_parts((" as ".join([*shown, *strings(members)]),))
    return _of_parts(strings(members))


def object_of(node: Node, field: str = "object") -> Designator:
    """The object in a field: wrapped, or the bare body of a RangeVar in `relation`."""
    found = child(node, field)
    if found:
        return designator(found)
    relation = child(node, "relation")
    return Designator(relation_name(relation)) if relation else Designator(Name(None, ""))


def parameter_types(node: Node) -> tuple[TypeName, ...]:
    """The types that identify a routine: those of its input parameters."""
    parameters = bodies(node, "parameters")
    return tuple(
        type_name(child(parameter, "argType"))
        for parameter in parameters
        if text(parameter, "mode") not in ("FUNC_PARAM_OUT", "FUNC_PARAM_TABLE")
    )
