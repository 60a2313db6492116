"""Functions, procedures, DO and CALL."""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.expressions import TypeName
from migsafe.model.names import Name
from migsafe.model.operations import CallProcedure, CreateFunction, DoBlock, Operation
from migsafe.parsers.postgresql.designators import parameter_types
from migsafe.parsers.postgresql.dispatch import operation
from migsafe.parsers.postgresql.scopes import scope_of
from migsafe.parsers.postgresql.source import Source
from migsafe.parsers.postgresql.tree import (
    Node,
    bodies,
    body_of,
    child,
    children,
    flag,
    items,
    kind_of,
    name_of,
    names,
    option,
    option_is_on,
    option_text,
    relation_name,
    strings,
    text,
)
from migsafe.parsers.postgresql.types import type_name
from migsafe.parsers.postgresql.walk import Walk


@operation("CreateFunctionStmt")
def create_function(body: Node, source: Source) -> Operation:
    atomic = child(body, "sql_body")
    returns = child(body, "returnType")
    return CreateFunction(
        function=name_of(names(body, "funcname")),
        arguments=parameter_types(body),
        returns=_returned(body, returns),
        language=_written(body, "language", "sql").lower(),
        body=_standard_body(source) if atomic else _string_body(body),
        volatility=_written(body, "volatility", "volatile").lower(),
        strict=option_is_on(body, "options", "strict"),
        never_inlined=option_is_on(body, "options", "security") or bool(option(body, "options", "set")),
        procedure=flag(body, "is_procedure"),
        or_replace=flag(body, "replace"),
        reads=_relations_in(atomic),
        scopes=tuple(scope_of(select) for select in _queries(atomic)),
    )


def _queries(value: object) -> Iterator[Node]:
    """The outermost queries of an SQL-standard body."""
    for key, inner in value.items() if isinstance(value, dict) else ():
        if key == "SelectStmt" and isinstance(inner, dict):
            yield inner
        else:
            yield from _queries(inner)
    for inner in value if isinstance(value, list) else ():
        yield from _queries(inner)


def _returned(body: Node, returns: Node) -> TypeName | None:
    if returns:
        return type_name(returns)
    outputs = [p for p in bodies(body, "parameters") if text(p, "mode") in ("FUNC_PARAM_OUT", "FUNC_PARAM_INOUT")]
    return type_name(child(outputs[0], "argType")) if len(outputs) == 1 else None


def _written(body: Node, name: str, default: str) -> str:
    found = option(body, "options", name)
    return option_text(found) if found else default


def _string_body(body: Node) -> str | None:
    """The source text; a C function's object file and symbol are no body."""
    written = option(body, "options", "as")
    parts = strings(items(child(written, "arg"))) if written else ()
    return parts[0] if len(parts) == 1 else None


def _standard_body(source: Source) -> str | None:
    """The text from BEGIN ATOMIC or RETURN, which only the last one of the words can be."""
    depth, start = 0, None
    for piece, token in source.words(0):
        depth += (piece == "(") - (piece == ")")
        if depth == 0 and piece in ("begin", "return"):
            start = token.start
            break
    return source.sql[start:].strip() if start is not None else None


_TARGETS = ("InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt")


def _relations_in(atomic: Node) -> tuple[Name, ...]:
    """The relations of an SQL-standard body; those that its statements change are locked as well."""
    if not atomic:
        return ()
    walk = Walk()
    found: list[Name] = []
    for statement in _statements(atomic):
        if kind_of(statement) in _TARGETS:
            found.append(relation_name(child(body_of(statement), "relation")))
            walk.statement(body_of(statement))
        else:
            walk.visit(statement)
    return tuple(dict.fromkeys((*walk.reads, *found)))


def _statements(node: Node) -> list[Node]:
    if kind_of(node) != "List":
        return [node]
    return [statement for item in children(body_of(node), "items") for statement in _statements(item)]


@operation("DoStmt")
def do_block(body: Node, _: Source) -> Operation:
    language = option(body, "args", "language")
    written = option(body, "args", "as")
    return DoBlock(
        body=option_text(written) if written else "",
        language=option_text(language).lower() if language else "plpgsql",
    )


@operation("CallStmt")
def call_procedure(body: Node, _: Source) -> Operation:
    call = child(body, "funccall")
    return CallProcedure(procedure=name_of(names(call, "funcname")), arguments=len(children(call, "args")))
