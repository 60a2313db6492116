"""Typed access to libpg_query's parse tree, which arrives as decoded JSON.

A node is `{"Kind": {field: value, …}}`; fields whose type the grammar fixes hold the bare body. Fields with their
default value (false, 0, empty) are left out, enums are their C names, offsets are bytes of the UTF-8 text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from migsafe.model.names import Name

Node: TypeAlias = Mapping[str, object]
EMPTY: Node = {}


def kind_of(wrapped: Node) -> str:
    """The kind of a wrapped node, "" for a missing one."""
    return next(iter(wrapped), "")


def body_of(wrapped: Node) -> Node:
    """The fields of a wrapped node."""
    body = next(iter(wrapped.values()), None)
    return body if isinstance(body, dict) else EMPTY


def child(node: Node, field: str) -> Node:
    """The node in a field, empty when there is none."""
    value = node.get(field)
    return value if isinstance(value, dict) else EMPTY


def unwrapped(node: Node, field: str) -> Node:
    """The body of the wrapped node in a field."""
    return body_of(child(node, field))


def children(node: Node, field: str) -> list[Node]:
    value = node.get(field)
    return value if isinstance(value, list) else []


def bodies(node: Node, field: str) -> list[Node]:
    """The bodies of the wrapped nodes in a list field."""
    return [body_of(item) for item in children(node, field)]


def text(node: Node, field: str) -> str:
    value = node.get(field)
    return value if isinstance(value, str) else ""


def optional_text(node: Node, field: str) -> str | None:
    value = node.get(field)
    return value if isinstance(value, str) else None


def number(node: Node, field: str) -> int:
    value = node.get(field)
    return value if isinstance(value, int) else 0


def flag(node: Node, field: str) -> bool:
    return node.get(field) is True


def items(node: Node) -> list[Node]:
    """What a wrapped List holds; a node that is no list is the only item."""
    if "List" in node:
        return children(child(node, "List"), "items")
    return [node] if node else []


def strings(nodes: list[Node]) -> tuple[str, ...]:
    """The texts of wrapped String nodes; others are left out."""
    return tuple([text(child(node, "String"), "sval") for node in nodes if "String" in node])


def names(node: Node, field: str) -> tuple[str, ...]:
    """A list field of String nodes."""
    found = node.get(field)
    return strings(found) if isinstance(found, list) else ()


def name_of(parts: tuple[str, ...]) -> Name:
    """A name from its dotted parts; a database in front is the current one, as the server insists."""
    if not parts:
        return Name(None, "")
    return Name(parts[-2] if len(parts) > 1 else None, parts[-1])


def relation_name(range_var: Node) -> Name:
    """The name in the body of a RangeVar."""
    return Name(optional_text(range_var, "schemaname"), text(range_var, "relname"))


def relation_names(node: Node, field: str) -> tuple[Name, ...]:
    """A list field of wrapped RangeVars."""
    return tuple(relation_name(body) for body in bodies(node, field))


def is_only(range_var: Node) -> bool:
    """Whether the text says ONLY: `inh` is set for a name without it."""
    return not flag(range_var, "inh")


def cascades(node: Node) -> bool:
    return node.get("behavior") == "DROP_CASCADE"


def option(node: Node, field: str, wanted: str) -> Node | None:
    """The DefElem of that name in a list field of options, None when it is not there. The last one counts."""
    found = [body for body in bodies(node, field) if text(body, "defname") == wanted]
    return found[-1] if found else None


_OFF = frozenset({"false", "off", "0", "no"})


def option_is_on(node: Node, field: str, wanted: str) -> bool:
    """Whether a Boolean option is there and not switched off, as defGetBoolean in commands/define.c reads it."""
    found = option(node, field, wanted)
    if found is None:
        return False
    argument = child(found, "arg")
    if "Boolean" in argument:
        return flag(child(argument, "Boolean"), "boolval")
    if "Integer" in argument:
        return number(child(argument, "Integer"), "ival") != 0
    return option_text(found).lower() not in _OFF


def option_text(definition: Node) -> str:
    """The argument of a DefElem as text, "" when there is none."""
    argument = child(definition, "arg")
    body = body_of(argument)
    match kind_of(argument):
        case "String" | "Float":
            return text(body, "sval") or text(body, "fval")
        case "Integer":
            return str(number(body, "ival"))
        case "Boolean":
            return "true" if flag(body, "boolval") else "false"
        case _:
            return ".".join(names(body, "names")) or ", ".join(strings(children(body, "items")))
