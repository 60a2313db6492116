"""One migration file: the attributes of its `Migration` class, without running it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeGuard

from django.contrib.postgres.operations import NotInTransactionMixin
from django.db import migrations
from django.db.migrations.operations.base import Operation

from migsafe.model.migration import Problem
from migsafe.model.record import KeywordRecord
from migsafe.model.text import Span
from migsafe.sources.django.objects.values import words
from migsafe.sources.django.reading.conditions import listed, possible
from migsafe.sources.django.reading.domain import DjangoDomain
from migsafe.sources.django.reading.followed import followed, state_of
from migsafe.sources.django.reading.in_order import in_order
from migsafe.sources.django.reading.libraries.sentry import NOT_ATOMIC
from migsafe.sources.django.reading.older_sql import sql_of
from migsafe.sources.django.reading.operations import OPERATION, ReadOperation, as_operation
from migsafe.sources.django.reading.step_editor import apart
from migsafe.sources.django.steps.python_steps import Around, Course, DataStep, arguments, changes_rows, steps
from migsafe.sources.interpreter import (
    Event,
    HostFunction,
    HostObject,
    Interpreter,
    Reason,
    Source,
    Unknown,
    Unresolved,
    audit,
)
from migsafe.sources.interpreter.interpreter import Siblings, no_siblings
from migsafe.sources.interpreter.values import Either, Guards
from migsafe.sources.interpreter.values_defined import MISSING, Class, Function, Instance, Method, Partial
from migsafe.text.holes import has_hole

Node = tuple[str, str]
"""A migration: its app's label and its name."""


class ReadMigration(KeywordRecord):
    """What a file says. `problems` are parts that could not be read, each with its place; `unread` when nothing of
    it could be. `place` is where its class begins, `parents` where it says what it comes after."""

    app_label: str
    name: str
    path: str
    dependencies: tuple[Node, ...] = ()
    run_before: tuple[Node, ...] = ()
    replaces: tuple[Node, ...] = ()
    atomic: bool = True
    initial: bool = False  # one of those that make the app's first tables
    operations: tuple[ReadOperation, ...] = ()
    problems: tuple[Problem, ...] = ()
    unread: bool = False
    place: Span = Span(0, 0)
    parents: Span = Span(0, 0)

    @property
    def node(self) -> Node:
        return (self.app_label, self.name)


def outline(
    source: Source, app_label: str, name: str, domain: DjangoDomain, siblings: Siblings = no_siblings
) -> ReadMigration:
    """The migration in a file, without what its Python does to rows: all that other migrations need to know."""
    bare = ReadMigration(app_label=app_label, name=name, path=source.path)
    return _never_lost(bare, source, lambda: _Reader(source, bare, domain, siblings).outline())


def read(
    source: Source, app_label: str, name: str, domain: DjangoDomain, siblings: Siblings = no_siblings
) -> ReadMigration:
    """The migration in a file."""
    bare = ReadMigration(app_label=app_label, name=name, path=source.path)
    return _never_lost(bare, source, lambda: _Reader(source, bare, domain, siblings).whole())


def _never_lost(bare: ReadMigration, source: Source, work: Callable[[], ReadMigration]) -> ReadMigration:
    """What the work gives. A mistake of ours is a problem of the file, and the others are read nevertheless."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001  # whatever it is: it must not end the run
        problem = Problem(f"crashed: {type(error).__name__} while the file is read", Span(0, 0))
        parents = tuple(_stated_dependencies(source.text))
        return bare.replace(problems=(problem,), unread=True, dependencies=parents)


class _Reader:
    """One file, evaluated once."""

    def __init__(self, source: Source, bare: ReadMigration, domain: DjangoDomain, siblings: Siblings) -> None:
        self.source = source
        self.bare = bare
        self.interpreter = Interpreter(source, domain, siblings=siblings)
        self.loaded = self.interpreter.run_module()

    def outline(self) -> ReadMigration:
        problems = tuple(map(_problem, self.loaded.unresolved))
        classes = _classes(self.interpreter.globals.get("Migration"))
        if not classes:
            missing = (Problem("no class Migration could be read", Span(0, 0)),)
            parents = tuple(_stated_dependencies(self.source.text))
            return self.bare.replace(problems=problems or missing, unread=True, dependencies=parents)
        migration = classes[-1][1]
        operations = [one for guards, each in classes for one in _operations(each, guards, self.source)]
        places = _assigned(migration, self.source)
        whole = self.source.span(migration.node)
        place = Span(whole.start, min(whole.end, whole.start + len("class Migration")))
        stated = places.get("dependencies", place)
        unknown = (problem for _, each in classes for problem in _unknown_nodes(each, stated))
        return self.bare.replace(
            dependencies=tuple(node for _, each in classes for node in _nodes(each, "dependencies")),
            run_before=tuple(node for _, each in classes for node in _nodes(each, "run_before")),
            replaces=tuple(node for _, each in classes for node in _nodes(each, "replaces")),
            atomic=_is_atomic(migration, operations),
            initial=migration.find("initial") is True,
            operations=tuple(state_of(one, self.bare.app_label, self._evaluated) for one in operations),
            problems=(*problems, *unknown),
            place=place,
            parents=stated,
        )

    def whole(self) -> ReadMigration:
        found = self.outline()
        if found.unread:
            return found
        problems = [*found.problems, *map(_problem, audit(self.loaded, _makes_operation))]
        label = self.bare.app_label
        pieces = (piece for at, one in enumerate(found.operations) for piece in in_order(one, at))
        parts = [part for piece in pieces for part in followed(piece, label, self._evaluated, self._data)]
        operations = tuple(piece for part in parts for piece in apart(self._with_steps(part, problems)))
        return found.replace(operations=operations, problems=tuple(dict.fromkeys(problems)))

    def _evaluated(self, function: object, args: Sequence[object]) -> tuple[Sequence[Event], str]:
        """What a method of an operation records, and what of it is not known."""
        result = self.interpreter.call_value(function, args)
        unknown = dict.fromkeys(found.detail or found.text for found in result.unresolved)
        return result.events, "; ".join(unknown)

    def _with_steps(self, read: ReadOperation, problems: list[Problem]) -> ReadOperation:
        """The operation with what its Python does, evaluated with stand-ins for its arguments."""
        forward = [step for code in read.codes for step in self._steps(read, code.forward, problems)]
        backward = [step for code in read.codes[::-1] for step in self._steps(read, code.backward, problems)]
        return read._replace(steps=(*read.steps, *forward), back=(*backward, *read.back))

    def _steps(self, read: ReadOperation, code: object, problems: list[Problem]) -> Iterable[DataStep]:
        if code is None or is_noop(code):
            return ()
        if not _can_run(code):
            problems.append(
                Problem(f"external-helper: {words(code)} runs, and its code is not in this project", read.span)
            )
            return ()
        result = self.interpreter.call_value(code, arguments())
        missed = audit(result, changes_rows)
        problems += [self._placed(found, read.span) for found in (*result.unresolved, *missed)]
        return self._data(read, result.events)

    def _data(self, read: ReadOperation, events: Sequence[Event]) -> tuple[DataStep, ...]:
        return steps(events, Course(self.source.path, read.span, self.bare.app_label, self._around(read)))

    def _around(self, read: ReadOperation) -> Around:
        """The transaction that Django opens around the operation (Migration.apply)."""
        migration = self.interpreter.globals.get("Migration")
        stated = migration.find("atomic") if isinstance(migration, Class) else None
        if stated is not False:
            return Around.MIGRATION
        return Around.OPERATION if getattr(read.operation, "atomic", None) is True else Around.NOTHING

    def _placed(self, found: Unresolved, place: Span) -> Problem:
        """In this file: at the call, or at the operation that runs code of another file."""
        return _problem(found if found.path == self.source.path else found.replace(origin=place))


def _stated_dependencies(text: str) -> Iterator[Node]:
    """The dependencies of a file that cannot be evaluated, as far as they are written as plain pairs."""
    block = _DEPENDENCIES.search(text)
    yield from ((label, name) for label, name in _PAIR.findall(block[1] if block is not None else ""))


_DEPENDENCIES = re.compile(r"^[ \t]+dependencies[^=\n]*=[ \t]*\[([^\]]*)\]", re.MULTILINE)
_PAIR = re.compile(r"""\(\s*["'](\w+)["']\s*,\s*["'](\w+)["']\s*,?\s*\)""")


def _can_run(code: object) -> bool:
    """Whether its code is here: a function, one with some arguments given, an object that can be called."""
    if isinstance(code, Either):
        return all(_can_run(option) for _, option in code.options)
    return isinstance(code, (Function, Method, Partial, Instance, HostObject, HostFunction))


def is_noop(code: object) -> bool:
    """Whether it is RunPython.noop, which does nothing."""
    return isinstance(code, HostObject) and code.payload is migrations.RunPython.noop


def _problem(found: Unresolved) -> Problem:
    """As a sentence begins: the reason's code, then what it is about."""
    detail = found.detail or found.text
    return Problem(f"{found.reason}: {detail}", found.origin)


def _makes_operation(call: ast.Call) -> bool:
    """Whether a call is written as operations are: `migrations.AddField(…)`."""
    function = call.func
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "migrations"
        and function.attr[:1].isupper()
    )


def _nodes(migration: Class, attribute: str) -> Iterator[Node]:
    for pair in _pairs(migration, attribute):
        if _is_node(pair):
            yield (str(pair[0]), str(pair[1]))


def _pairs(migration: Class, attribute: str) -> Iterator[object]:
    value = migration.find(attribute)
    if value is not MISSING:
        yield from (item for _, item in listed(list(value) if isinstance(value, set) else value))


def _is_node(value: object) -> TypeGuard[Sequence[str]]:
    return isinstance(value, (tuple, list)) and len(value) == 2 and all(map(_is_text, value))


def _unknown_nodes(migration: Class, place: Span) -> Iterator[Problem]:
    """What stands among the dependencies and is no migration that could be told."""
    for attribute in ("dependencies", "run_before", "replaces"):
        for value in _pairs(migration, attribute):
            if not _is_node(value):
                yield Problem(f"{attribute}: {words(value)} is not known", place)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not has_hole(value)


def _classes(value: object) -> list[tuple[Guards, Class]]:
    """The class that a file defines, or one for each side of a condition around it."""
    return [(guards, one) for guards, one in possible(value) if isinstance(one, Class)]


def _is_atomic(migration: Class, operations: Iterable[ReadOperation]) -> bool:
    """What the class says. Where that depends on a condition, or on a base that is not known, what its concurrent
    operations need: Django refuses them in a transaction (contrib/postgres/operations.py, `NotInTransactionMixin`)."""
    stated = migration.find("atomic")
    bases = [base.text for base in migration.lineage() if isinstance(base, Unknown)]
    if isinstance(stated, bool) or (stated is MISSING and not bases):
        return stated is not False
    if not NOT_ATOMIC.isdisjoint(bases):
        return False
    return not any(_is_concurrent(read.operation) for read in operations)


def _is_concurrent(operation: Operation | None) -> bool:
    if isinstance(operation, migrations.RunSQL):
        return any(" concurrently " in text.lower() for text in sql_of(operation))
    return isinstance(operation, NotInTransactionMixin)


def _operations(migration: Class, conditions: Guards, source: Source) -> list[ReadOperation]:
    value = migration.find("operations")
    if value is MISSING:
        return []
    assigned = _values(migration).get("operations")
    elements = assigned.elts if isinstance(assigned, ast.List | ast.Tuple) else []
    places = [source.span(item) for item in elements]
    whole = source.span(migration.node)
    items = list(listed(value, conditions))
    same = len(places) == len(items)
    return [as_operation(item, guards, places[at] if same else whole) for at, (guards, item) in enumerate(items)]


def _values(migration: Class) -> dict[str, ast.expr]:
    """What the class's body assigns to its names, the last of each."""
    found: dict[str, ast.expr] = {}
    for statement in migration.node.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
        found.update({t.id: value for t in targets if isinstance(t, ast.Name) and value is not None})
    return found


def _assigned(migration: Class, source: Source) -> dict[str, Span]:
    return {name: source.span(value) for name, value in _values(migration).items()}


__all__ = ["OPERATION", "Node", "ReadMigration", "Reason", "is_noop", "outline", "read"]
