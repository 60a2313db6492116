"""Names of relations and other objects, and how they are written."""

from __future__ import annotations

from typing import NamedTuple


class Name(NamedTuple):
    """A possibly schema-qualified name, already case-folded as the server folds it.

    In a parsed operation `schema` is None when the text does not say it; after resolution it is always set.
    """

    schema: str | None
    name: str

    def __str__(self) -> str:
        if self.schema is None:
            return quoted(self.name)
        return f"{quoted(self.schema)}.{quoted(self.name)}"


_PLAIN_START = frozenset("abcdefghijklmnopqrstuvwxyz_")
_PLAIN = _PLAIN_START | frozenset("0123456789$")


def quoted(identifier: str) -> str:
    """The identifier as SQL text: bare when plain, in double quotes when it needs them.

    Reserved words are left bare: this form is for people and reports. Writers of SQL use `text.identifiers`.
    """
    if identifier and identifier[0] in _PLAIN_START and all(c in _PLAIN for c in identifier):
        return identifier
    return '"' + identifier.replace('"', '""') + '"'
