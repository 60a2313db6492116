"""One migration file: the attributes of its `Migration` class, without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from django.db import migrations

from migsafe.model.migration import Problem
from migsafe.model.record import KeywordRecord
from migsafe.model.text import Span
from migsafe.sources.django.domain import DjangoDomain
from migsafe.sources.django.operations import ReadOperation, as_operation, failed
from migsafe.sources.django.python_steps import arguments, steps
from migsafe.sources.django.values import UnbuildableError, real, words
from migsafe.sources.interpreter import HostObject, Interpreter, Source
from migsafe.sources.interpreter.interpreter import Siblings, no_siblings
from migsafe.sources.interpreter.values_defined import MISSING, Class, Function

Node = tuple[str, str]
"""A migration: its app's label and its name."""


class ReadMigration(KeywordRecord):
    """What a file says. `problems` are parts that could not be read, each with its place."""

    app_label: str
    name: str
    path: str
    dependencies: tuple[Node, ...] = ()
    run_before: tuple[Node, ...] = ()
    replaces: tuple[Node, ...] = ()
    atomic: bool = True
    operations: tuple[ReadOperation, ...] = ()
    problems: tuple[Problem, ...] = ()
    source: Source

    @property
    def node(self) -> Node:
        return (self.app_label, self.name)


def read(
    source: Source, app_label: str, name: str, domain: DjangoDomain, siblings: Siblings = no_siblings
) -> ReadMigration:
    """The migration in a file."""
    interpreter = Interpreter(source, domain, siblings=siblings)
    result = interpreter.run_module()
    found = ReadMigration(app_label=app_label, name=name, path=source.path, source=source)
    problems = [Problem(f"{u.reason}: {u.detail or u.text}", u.origin) for u in result.unresolved]
    migration = interpreter.globals.get("Migration")
    if not isinstance(migration, Class):
        missing = Problem("no class Migration could be read", Span(0, 0))
        return found.replace(problems=tuple(problems or [missing]))
    operations = [_with_steps(read, interpreter, problems) for read in _operations(migration, source)]
    return found.replace(
        dependencies=tuple(_nodes(migration, "dependencies")),
        run_before=tuple(_nodes(migration, "run_before")),
        replaces=tuple(_nodes(migration, "replaces")),
        atomic=migration.find("atomic") is not False,
        operations=tuple(operations),
        problems=tuple(problems),
    )


def _with_steps(read: ReadOperation, interpreter: Interpreter, problems: list[Problem]) -> ReadOperation:
    """The operation with what its Python does, evaluated with stand-ins for its arguments."""
    if read.code is None or _does_nothing(read.code.forward):
        return read
    forward = read.code.forward
    name = forward.name if isinstance(forward, Function) else ""
    if not name or interpreter.globals.get(name) is not forward:
        problems.append(Problem(f"external-helper: the code of {words(forward)} is not in this file", read.span))
        return read
    result = interpreter.call(name, arguments())
    problems += [Problem(f"{u.reason}: {u.detail or u.text}", u.origin) for u in result.unresolved]
    return read._replace(steps=steps(result.events))


def _does_nothing(code: object) -> bool:
    return isinstance(code, HostObject) and code.payload is migrations.RunPython.noop


def _nodes(migration: Class, attribute: str) -> Iterator[Node]:
    value = migration.find(attribute)
    for item in value if isinstance(value, (list, tuple, set)) else ():
        try:
            pair = real(item)
        except UnbuildableError:
            continue
        if isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(part, str) for part in pair):
            yield (str(pair[0]), str(pair[1]))


def _operations(migration: Class, source: Source) -> list[ReadOperation]:
    value = migration.find("operations")
    if value is MISSING:
        return []
    places = _places(migration, source)
    whole = source.span(migration.node)
    if not isinstance(value, (list, tuple)):
        return [failed("operations", whole, f"{words(value)} is not known")]
    items: Sequence[object] = value
    same = len(places) == len(items)
    return [as_operation(item, places[number] if same else whole) for number, item in enumerate(items)]


def _places(migration: Class, source: Source) -> list[Span]:
    """Where the items of a literal list `operations` stand."""
    for statement in migration.node.body:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        if isinstance(statement, ast.AnnAssign):
            target = statement.target
        if isinstance(target, ast.Name) and target.id == "operations":
            assert isinstance(statement, ast.Assign | ast.AnnAssign)
            if isinstance(statement.value, ast.List | ast.Tuple):
                return [source.span(item) for item in statement.value.elts]
    return []
