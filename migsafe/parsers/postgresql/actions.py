"""The registry of the actions of ALTER TABLE, INDEX, VIEW, SEQUENCE, MATERIALIZED VIEW and FOREIGN TABLE.

Each handler takes one AlterTableCmd with what all actions of the statement share.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias, TypedDict

from migsafe.model.names import Name
from migsafe.model.operations import (
    Opaque,
    Operation,
)
from migsafe.parsers.postgresql.source import Source
from migsafe.parsers.postgresql.tree import (
    Node,
    body_of,
    child,
    flag,
    items,
    number,
    text,
    unwrapped,
)


class Target(TypedDict):
    """What every action of one statement shares."""

    table: Name
    if_exists: bool
    only: bool
    keyword: str


class Action(NamedTuple):
    """One AlterTableCmd: its body and its surroundings."""

    body: Node
    target: Target
    source: Source

    @property
    def name(self) -> str:
        """The column, constraint, trigger … that the action names. ALTER INDEX names a column by its number."""
        return text(self.body, "name") or str(number(self.body, "num") or "")

    @property
    def definition(self) -> Node:
        return unwrapped(self.body, "def")

    @property
    def missing_ok(self) -> bool:
        return flag(self.body, "missing_ok")


Build: TypeAlias = Callable[[Action], Operation]
_ACTIONS: dict[str, Build] = {}


def action(*subtypes: str) -> Callable[[Build], Build]:
    def register(build: Build) -> Build:
        _ACTIONS.update({f"AT_{subtype}": build for subtype in subtypes})
        return build

    return register


def operation_of(found: Action) -> Operation:
    """The operation of an action; Opaque for a subtype that no function knows."""
    build = _ACTIONS.get(text(found.body, "subtype"))
    if build is None:
        return Opaque(reason=f"the action {text(found.body, 'subtype')} of ALTER TABLE is not analysed")
    return build(found)


def option_names(found: Action) -> tuple[str, ...]:
    return tuple(_option_name(body_of(item)) for item in items(child(found.body, "def")))


def _option_name(definition: Node) -> str:
    space = text(definition, "defnamespace")
    name = text(definition, "defname").lower()
    return f"{space}.{name}" if space else name
