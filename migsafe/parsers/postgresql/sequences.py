"""CREATE and ALTER SEQUENCE."""

from __future__ import annotations

from migsafe.model.names import Name
from migsafe.model.operations import AlterSequence, CreateSequence, Operation
from migsafe.parsers.postgresql.dispatch import operation
from migsafe.parsers.postgresql.source import Source
from migsafe.parsers.postgresql.tables import persistence
from migsafe.parsers.postgresql.tree import (
    Node,
    bodies,
    child,
    flag,
    items,
    name_of,
    option,
    relation_name,
    strings,
    text,
)


@operation("CreateSeqStmt")
def create_sequence(body: Node, _: Source) -> Operation:
    relation = child(body, "sequence")
    return CreateSequence(
        sequence=relation_name(relation),
        owned_by=_owned_by(body),
        if_not_exists=flag(body, "if_not_exists"),
        persistence=persistence(relation),
    )


@operation("AlterSeqStmt")
def alter_sequence(body: Node, _: Source) -> Operation:
    return AlterSequence(
        sequence=relation_name(child(body, "sequence")),
        owned_by=_owned_by(body),
        if_exists=flag(body, "missing_ok"),
        options=tuple(text(option_, "defname").lower() for option_ in bodies(body, "options")),
    )


def _owned_by(body: Node) -> tuple[Name, str] | None:
    """The table and column of OWNED BY; None for OWNED BY NONE too."""
    written = option(body, "options", "owned_by")
    parts = strings(items(child(written, "arg"))) if written else ()
    return (name_of(parts[:-1]), parts[-1]) if len(parts) > 1 else None
