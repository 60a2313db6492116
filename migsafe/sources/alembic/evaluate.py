"""One revision evaluated, behind the border: plain data in, plain data out (the worker of interpreter/pool.py).

What is returned says for each direction what is sent, in order and with the place of each call, and what could not
be found out. `down` is None when the file defines no `downgrade`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from migsafe.sources.alembic.concerns import concerns
from migsafe.sources.alembic.connection import BIND
from migsafe.sources.alembic.constructs import ANY_TABLES
from migsafe.sources.alembic.domain import AlembicDomain
from migsafe.sources.alembic.operations import OP
from migsafe.sources.alembic.payloads import Autocommit, NotKnown, Sent
from migsafe.sources.interpreter import Function, HostObject, Interpreter, Reason, Result, Source, Unknown, audit
from migsafe.sources.interpreter.holes import has_hole, replace, split
from migsafe.sources.interpreter.result import Event, Unresolved

Plain = dict[str, object]

_OPERATIONS: Final = frozenset(
    (
        *("add_column", "alter_column", "batch_alter_table", "bulk_insert", "create_check_constraint", "execute"),
        *("create_exclude_constraint", "create_foreign_key", "create_index", "create_primary_key", "create_table"),
        *("create_table_comment", "create_unique_constraint", "drop_column", "drop_constraint", "drop_index"),
        *("drop_table", "drop_table_comment", "rename_table", "exec_driver_sql"),
    )
)
_AT_IMPORT: Final = frozenset((Reason.SYNTAX_UNSUPPORTED, Reason.BUDGET_EXCEEDED, Reason.CRASHED))
_LARGEST: Final = 1_000_000  # bytes of a file of the project that is read because it is imported


def handle(request: object) -> object:
    """The worker's handler: `path`, `text`, `root`, `folders` (where modules are looked for), `convention`."""
    assert isinstance(request, dict)
    source = Source(request["path"], request["text"], _module_name(request["path"]))
    siblings = Siblings(Path(request["root"]), tuple(request["folders"]))
    interpreter = Interpreter(source, AlembicDomain(request["convention"]), siblings=siblings)
    loaded = interpreter.run_module()
    blocking = [_problem(found) for found in loaded.unresolved if found.reason in _AT_IMPORT]
    return {
        "up": _direction(interpreter, "upgrade", blocking),
        "down": _direction(interpreter, "downgrade", blocking, evaluated=not request.get("context")),
        "included": siblings.read,
        "concerns": [] if blocking else concerns(source),
    }


def _direction(interpreter: Interpreter, name: str, blocking: list[Plain], *, evaluated: bool = True) -> Plain | None:
    if name not in interpreter.globals:
        return {"steps": [], "problems": blocking, "raises": None} if blocking and name == "upgrade" else None
    if not evaluated:
        return {"steps": [], "problems": [], "raises": None}
    try:
        result = interpreter.call(name, (), _given(interpreter.globals[name]))
    except KeyError:
        return None
    missed = audit(result, is_wanted)
    steps = [step for event in result.events for step in _step(event, result)]
    problems = [_problem(found) for found in (*result.unresolved, *missed)]
    return {"steps": steps, "problems": [*blocking, *problems], "raises": result.raised}


def _given(function: object) -> dict[str, object]:
    """What a project's own `env.py` hands to the entry by these names: Alembic's operations, the connection, its
    tables. Other parameters stay unknown."""
    if not isinstance(function, Function) or isinstance(function.node, ast.Lambda):
        return {}
    names = {argument.arg for argument in (*function.node.args.args, *function.node.args.kwonlyargs)}
    known = {
        "op": HostObject(OP, "op"),
        "operations": HostObject(OP, "op"),
        "tables": HostObject(ANY_TABLES, "tables"),
        "conn": HostObject(BIND, "bind"),
        "connection": HostObject(BIND, "bind"),
        "bind": HostObject(BIND, "bind"),
    }
    return {name: value for name, value in known.items() if name in names and function.defaults.get(name) is None}


def _module_name(path: str) -> str:
    """`__name__` of a revision: alembic/util/pyfiles.py, load_python_file."""
    return re.sub(r"\W", "_", path.rpartition("/")[2])


def is_wanted(call: ast.Call) -> bool:
    """Whether a call must not be passed over: one on `op`, on a batch, or one that sends SQL."""
    function = call.func
    if isinstance(function, ast.Name):
        return function.id in _OPERATIONS and function.id != "execute"
    if not isinstance(function, ast.Attribute):
        return False
    if function.attr in _OPERATIONS:
        return True
    return isinstance(function.value, ast.Name) and (function.value.id == "op" or function.value.id.endswith("_op"))


def _problem(found: Unresolved) -> Plain:
    return {
        "reason": str(found.reason),
        "detail": found.detail or found.text,
        "text": found.text,
        "start": found.origin.start,
        "end": found.origin.end,
    }


def _step(event: Event, result: Result) -> Iterator[Plain]:
    payload, site = event.payload, event.site
    step: Plain = {
        "start": site.origin.start,
        "end": site.origin.end,
        "certainty": site.certainty.value,
        "caught": [[*handler] for handler in site.caught],
    }
    guards = [replace(guard, lambda _: "…") for guard in site.guards]
    if isinstance(payload, Autocommit):
        yield {**step, "autocommit": payload.value}
    elif isinstance(payload, NotKnown):
        yield {**step, "reason": payload.reason, "detail": payload.detail, "text": site.words, "guards": guards}
    elif isinstance(payload, Sent):
        guards += [payload.guard] if payload.guard else []
        if _is_all_hole(payload.sql):
            missing = _filled(payload.sql, result).strip("⟨⟩ ")
            detail = f"the statement is {missing}, which is not known"
            yield {**step, "reason": "dynamic-sql", "detail": detail, "text": site.words, "guards": guards}
        else:
            holes = payload.holes or has_hole(payload.sql) or "⟨" in payload.sql
            yield {**step, "sql": _filled(payload.sql, result), "holes": holes, "guards": guards}


def _is_all_hole(sql: str) -> bool:
    return has_hole(sql) and not any(isinstance(part, str) and re.search(r"[A-Za-z]{2}", part) for part in split(sql))


def _filled(sql: str, result: Result) -> str:
    return replace(sql, lambda number: placeholder(result.holes[number]))


def placeholder(unknown: Unknown) -> str:
    """A name for what is not known. PostgreSQL takes `⟨` and `⟩` as letters, so that the text still parses."""
    name = re.sub(r"[^A-Za-z0-9_]+", "_", unknown.text.partition("(")[0]).strip("_").lower()
    return f"⟨{name[:40] or 'unknown'}⟩"


class Siblings:
    """The project's own modules, read as text when a revision imports them."""

    def __init__(self, root: Path, folders: tuple[str, ...]) -> None:
        self.root = root.resolve()
        self.folders = folders
        self.read: list[str] = []

    def __call__(self, module: str, level: int, importer: str) -> Source | None:
        for path in self._candidates(module, level, importer):
            source = self._source(path)
            if source is not None:
                return source
        return None

    def _candidates(self, module: str, level: int, importer: str) -> Iterator[str]:
        inside = module.replace(".", "/")
        if level:
            above = importer.split("/")[:-level]
            yield from _files("/".join([*above, inside] if inside else above))
            return
        for folder in self.folders:
            yield from _files(f"{folder}/{inside}" if folder else inside)

    def _source(self, path: str) -> Source | None:
        place = (self.root / path).resolve()
        try:
            if not place.is_relative_to(self.root) or not place.is_file() or place.stat().st_size > _LARGEST:
                return None
            text = place.read_bytes().decode("utf-8", "surrogateescape")
        except (OSError, ValueError):
            return None
        self.read.append(path)
        return Source(path, text)


def _files(path: str) -> Iterator[str]:
    yield f"{path}.py"
    yield f"{path}/__init__.py"
