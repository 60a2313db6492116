"""Column definitions of CREATE TABLE and ADD COLUMN."""

from __future__ import annotations

from migsafe.model.definitions import ColumnDef, Constraint, Generated, GeneratedKind
from migsafe.model.expressions import Expression
from migsafe.model.names import Name
from migsafe.parsers.postgresql.constraints import followed_by, inline_constraint
from migsafe.parsers.postgresql.expressions import expression, optional_expression
from migsafe.parsers.postgresql.source import Source
from migsafe.parsers.postgresql.tree import Node, bodies, child, name_of, names, optional_text, text
from migsafe.parsers.postgresql.types import type_name

_IDENTITY = {"a": "always", "d": "by default"}


def column_definition(body: Node, source: Source) -> ColumnDef:
    """The body of a ColumnDef node."""
    written = bodies(body, "constraints")
    name = text(body, "colname")
    return ColumnDef(
        name=name,
        type=type_name(child(body, "typeName")),
        default=_default(written, source),
        generated=_generated(written, source),
        identity=_identity(written),
        collation=collation(body),
        storage=optional_text(body, "storage_name"),
        compression=optional_text(body, "compression"),
        constraints=_constraints(written, source, name) if written else (),
    )


def collation(body: Node) -> Name | None:
    """The COLLATE clause of a column."""
    parts = names(child(body, "collClause"), "collname")
    return name_of(parts) if parts else None


def _constraints(written: list[Node], source: Source, column: str) -> tuple[Constraint, ...]:
    built = (inline_constraint(body, source, (column,), attributes) for body, attributes in followed_by(written))
    return tuple(constraint for constraint in built if constraint is not None)


def _of_kind(written: list[Node], kind: str) -> Node | None:
    return next((body for body in written if text(body, "contype") == kind), None)


def _default(written: list[Node], source: Source) -> Expression | None:
    found = _of_kind(written, "CONSTR_DEFAULT")
    return optional_expression(found, "raw_expr", source) if found else None


def _generated(written: list[Node], source: Source) -> Generated | None:
    found = _of_kind(written, "CONSTR_GENERATED")
    if found is None:
        return None
    kind = GeneratedKind.STORED if text(found, "generated_kind") == "s" else GeneratedKind.VIRTUAL
    return Generated(expression(child(found, "raw_expr"), source), kind)


def _identity(written: list[Node]) -> str | None:
    found = _of_kind(written, "CONSTR_IDENTITY")
    return _IDENTITY.get(text(found, "generated_when")) if found else None
