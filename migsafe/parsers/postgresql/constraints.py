"""Constraints as ALTER TABLE, CREATE TABLE and CREATE DOMAIN define them, inline or for the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypedDict

from migsafe.model.definitions import (
    Check,
    Constraint,
    Exclusion,
    ForeignKey,
    NotNull,
    PrimaryKey,
    Unique,
)
from migsafe.parsers.postgresql.expressions import expression, optional_expression
from migsafe.parsers.postgresql.indexes import index_element
from migsafe.parsers.postgresql.source import Source
from migsafe.parsers.postgresql.tree import (
    Node,
    body_of,
    child,
    children,
    flag,
    items,
    names,
    optional_text,
    relation_name,
    strings,
    text,
)


class Attributes(NamedTuple):
    """What is written behind an inline constraint: a node of its own in the tree."""

    deferrable: bool = False
    initially_deferred: bool = False
    enforced: bool = True


def table_constraint(body: Node, source: Source) -> Constraint | None:
    """The body of a table's Constraint node; None for a kind that is no constraint of the catalog."""
    return inline_constraint(body, source, (), Attributes())


def inline_constraint(body: Node, source: Source, column: tuple[str, ...], attributes: Attributes) -> Constraint | None:
    """A constraint written with a column; `column` holds its name, nothing for a table constraint."""
    build = _BUILDERS.get(text(body, "contype"))
    return build(body, source, column, attributes) if build else None


def followed_by(bodies: list[Node]) -> Iterator[tuple[Node, Attributes]]:
    """Inline constraints with the attributes that follow each of them."""
    for index, body in enumerate(bodies):
        if not text(body, "contype").startswith("CONSTR_ATTR_"):
            yield body, _attributes(bodies[index + 1 :])


def _attributes(following: list[Node]) -> Attributes:
    found = Attributes()
    for body in following:
        match text(body, "contype"):
            case "CONSTR_ATTR_DEFERRABLE":
                found = found._replace(deferrable=True)
            case "CONSTR_ATTR_DEFERRED":
                found = found._replace(deferrable=True, initially_deferred=True)
            case "CONSTR_ATTR_NOT_ENFORCED":
                found = found._replace(enforced=False)
            case kind if not kind.startswith("CONSTR_ATTR_"):
                break
    return found


class _Common(TypedDict):
    name: str | None
    deferrable: bool
    initially_deferred: bool
    not_valid: bool
    no_inherit: bool


def _common(body: Node, attributes: Attributes) -> _Common:
    deferred = flag(body, "initdeferred") or attributes.initially_deferred
    return {
        "name": optional_text(body, "conname"),
        "deferrable": flag(body, "deferrable") or deferred or attributes.deferrable,
        "initially_deferred": deferred,
        "not_valid": flag(body, "skip_validation"),
        "no_inherit": flag(body, "is_no_inherit"),
    }


_Column = tuple[str, ...]


def _not_null(body: Node, _: Source, column: _Column, attributes: Attributes) -> Constraint:
    named = names(body, "keys") or column or ("",)  # a domain's constraint names no column
    return NotNull(column=named[0], **_common(body, attributes))


def _check(body: Node, source: Source, _: _Column, attributes: Attributes) -> Constraint:
    enforced = flag(body, "is_enforced") and attributes.enforced
    condition = expression(child(body, "raw_expr"), source)
    return Check(expression=condition, enforced=enforced, **_common(body, attributes))


def _unique(body: Node, _: Source, column: _Column, attributes: Attributes) -> Constraint:
    return Unique(
        columns=names(body, "keys") or (() if "indexname" in body else column),
        include=names(body, "including"),
        nulls_not_distinct=flag(body, "nulls_not_distinct"),
        using_index=optional_text(body, "indexname"),
        without_overlaps=flag(body, "without_overlaps"),
        tablespace=optional_text(body, "indexspace"),
        **_common(body, attributes),
    )


def _primary_key(body: Node, _: Source, column: _Column, attributes: Attributes) -> Constraint:
    return PrimaryKey(
        columns=names(body, "keys") or (() if "indexname" in body else column),
        include=names(body, "including"),
        using_index=optional_text(body, "indexname"),
        without_overlaps=flag(body, "without_overlaps"),
        tablespace=optional_text(body, "indexspace"),
        **_common(body, attributes),
    )


_ACTIONS = {"a": "no action", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}
_MATCHES = {"s": "simple", "f": "full", "p": "partial"}


def _foreign_key(body: Node, _: Source, column: _Column, attributes: Attributes) -> Constraint:
    return ForeignKey(
        columns=names(body, "fk_attrs") or column,
        referenced=relation_name(child(body, "pktable")),
        referenced_columns=names(body, "pk_attrs"),
        on_delete=_ACTIONS.get(text(body, "fk_del_action"), "no action"),
        on_delete_columns=names(body, "fk_del_set_cols"),
        on_update=_ACTIONS.get(text(body, "fk_upd_action"), "no action"),
        match=_MATCHES.get(text(body, "fk_matchtype"), "simple"),
        period=flag(body, "fk_with_period"),
        enforced=flag(body, "is_enforced") and attributes.enforced,
        **_common(body, attributes),
    )


def _exclusion(body: Node, source: Source, _: _Column, attributes: Attributes) -> Constraint:
    pairs = [items(pair) for pair in children(body, "exclusions")]
    return Exclusion(
        method=text(body, "access_method") or "gist",
        elements=tuple(index_element(body_of(pair[0]), source) for pair in pairs),
        operators=tuple(".".join(strings(items(pair[1]))) for pair in pairs),
        predicate=optional_expression(body, "where_clause", source),
        **_common(body, attributes),
    )


_Builder = Callable[[Node, Source, _Column, Attributes], Constraint]
_BUILDERS: dict[str, _Builder] = {
    "CONSTR_NOTNULL": _not_null,
    "CONSTR_CHECK": _check,
    "CONSTR_UNIQUE": _unique,
    "CONSTR_PRIMARY": _primary_key,
    "CONSTR_FOREIGN": _foreign_key,
    "CONSTR_EXCLUSION": _exclusion,
}
