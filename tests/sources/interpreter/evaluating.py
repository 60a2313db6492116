"""A small front end to evaluate test programs with: `op` records, `db` knows nothing, `seen` takes values out."""

from __future__ import annotations

import ast
import textwrap

from migsafe.sources.interpreter import (
    Call,
    Cause,
    HostFunction,
    HostKind,
    HostObject,
    Interpreter,
    Limits,
    NoDomain,
    Result,
    Source,
    audit,
)

PATH = "versions/a.py"


def _run(_: HostObject, call: Call) -> object:
    call.record(call.args[0] if len(call.args) == 1 and not call.kwargs else (call.args, call.kwargs))
    return None


def _ask(_: HostObject, call: Call) -> object:
    return call.unknown(Cause.DATABASE)


OP = HostObject(HostKind(name="op", methods={"run": _run, "execute": _run}, sensitive=True))
DB = HostObject(HostKind(name="db", methods={"ask": _ask, "rows": _ask}, attributes={"name": lambda _: "postgresql"}))


class Front(NoDomain):
    """`from front import op, db`."""

    modules = frozenset({"front"})

    def resolve(self, module: str, name: str) -> object | None:
        return {"op": OP, "db": DB}.get(name) if module == "front" else None


def interpreter(text: str, limits: Limits | None = None, files: dict[str, str] | None = None) -> Interpreter:
    """The interpreter of a text; `files` are other modules of the project by name."""
    others = files or {}

    def siblings(module: str, level: int, importer: str) -> Source | None:
        assert importer
        assert level in (0, 1)
        return Source(f"{module}.py", textwrap.dedent(others[module])) if module in others else None

    return Interpreter(Source(PATH, textwrap.dedent(text)), Front(), limits, siblings)


def upgrade(text: str, limits: Limits | None = None, files: dict[str, str] | None = None) -> Result:
    """What `upgrade()` of the text does, `op` and `db` imported."""
    made = interpreter("from front import op, db\n" + textwrap.dedent(text), limits, files)
    top = made.run_module()
    assert top.unresolved == (), f"the top level: {top.unresolved}"
    return made.call("upgrade")


def body(text: str, limits: Limits | None = None, files: dict[str, str] | None = None) -> Result:
    """What a function with this body does."""
    return upgrade("def upgrade():\n" + textwrap.indent(textwrap.dedent(text), "    "), limits, files)


def recorded(result: Result) -> list[object]:
    """What `op.run(…)` was called with, in order."""
    return [event.payload for event in result.events]


def with_guards(result: Result) -> list[tuple[object, tuple[str, ...]]]:
    """The same with the conditions of each."""
    return [(event.payload, event.site.guards) for event in result.events]


def value(expression: str, limits: Limits | None = None) -> object:
    """What the expression evaluates to."""
    result = body(f"return {expression}", limits)
    assert result.events == ()
    return result.returned


def reasons(result: Result) -> list[str]:
    """Why places are not resolved, those of the audit of all calls of `op` at the end."""
    missed = audit(result, calls_op)
    return [found.reason for found in (*result.unresolved, *missed)]


def calls_op(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) and node.func.value.id == "op"


__all__ = ["DB", "OP", "Front", "HostFunction"]
