"""The registry of statement kinds: each family registers its handlers by the parse tree's node name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from migsafe.model.migration import Clause
from migsafe.model.operations import Opaque, Operation
from migsafe.parsers.postgresql.source import Source
from migsafe.parsers.postgresql.tree import Node, body_of, kind_of

Clauses: TypeAlias = tuple[Clause, ...]
StatementHandler: TypeAlias = Callable[[Node, Source], Clauses]
OperationHandler: TypeAlias = Callable[[Node, Source], Operation]

HANDLERS: dict[str, StatementHandler] = {}


def statement(*kinds: str) -> Callable[[StatementHandler], StatementHandler]:
    """Register what turns the body of such nodes into clauses."""

    def register(handler: StatementHandler) -> StatementHandler:
        HANDLERS.update(dict.fromkeys(kinds, handler))
        return handler

    return register


def operation(*kinds: str) -> Callable[[OperationHandler], OperationHandler]:
    """Register what turns the body of such nodes into the one operation of the whole statement."""

    def register(handler: OperationHandler) -> OperationHandler:
        def whole(body: Node, source: Source) -> Clauses:
            return (source.clause(handler(body, source)),)

        HANDLERS.update(dict.fromkeys(kinds, whole))
        return handler

    return register


def clauses_of(wrapped: Node, source: Source) -> Clauses:
    """The clauses of a wrapped statement node; Opaque for a kind that no family knows."""
    handler = HANDLERS.get(kind_of(wrapped))
    if handler is None:
        reason = f"statements of the kind {kind_of(wrapped).removesuffix('Stmt')} are not analysed"
        return (source.clause(Opaque(reason=reason)),)
    return handler(body_of(wrapped), source)
