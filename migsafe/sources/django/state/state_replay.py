"""The project's state, advanced migration by migration: what comes before the focus as state, and each migration of
the focus with its SQL both ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from django.db import migrations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from migsafe.model.names import Name
from migsafe.model.text import Span
from migsafe.schema.replay import advance
from migsafe.schema.schema import Schema
from migsafe.sources.django.editor.catalog import Catalog
from migsafe.sources.django.editor.rendering import Renderer, Rendering
from migsafe.sources.django.reading.older_sql import BEFORE, about, doubt, replay_older, sql_of, words_of
from migsafe.sources.django.reading.operations import ReadOperation, every, nested
from migsafe.sources.django.reading.reader import ReadMigration
from migsafe.sources.django.state.branches import Branches, HalfRemoved, Side
from migsafe.sources.django.state.closely import is_about
from migsafe.sources.django.state.data import table_name
from migsafe.sources.django.state.doubts import doubted, left_open
from migsafe.sources.django.state.lingering import Lingering, is_of_lost
from migsafe.sources.django.state.past import PastStates
from migsafe.sources.django.state.pieces import Done, can_be_undone, piece_of
from migsafe.sources.django.state.slices import (
    ModelKey,
    contrib_state,
    reached,
    references,
    referred,
    slice_of,
    stand_in,
    touched,
)
from migsafe.sources.interpreter.values import Guards
from migsafe.sources.rendered import Origin, RenderedStatements


class Replay:
    """The project's state, advanced migration by migration."""

    def __init__(self, version: int, labels: frozenset[str] = frozenset(), schema: Schema | None = None) -> None:
        self.state: ProjectState = contrib_state(labels)
        self._version = version
        self._schema = schema if schema is not None else Schema()
        self._older: list[str] = []  # SQL of migrations that were only replayed as state
        self._doubted: set[ModelKey] = set()
        self._half_removed = HalfRemoved()
        self._lingering = Lingering()
        self.past = PastStates()
        self.watched: frozenset[ModelKey] = frozenset()  # their tables are built operation by operation
        self.gaps: dict[str, None] = {}

    def skip(self, migration: ReadMigration) -> None:
        """Only what it means for the state, and for the tables of the watched models."""
        renderer: Renderer | None = None
        for number, read in enumerate(migration.operations):
            operation = read.operation
            if operation is None or not self._is_watched(operation, migration.app_label):
                self._doubted |= doubted(read, migration.app_label, self.state)
                self._older += sql_of(operation) if operation is not None else ()
            else:
                self._complete(nested(operation), migration)
                renderer = renderer or self._renderer(migration.app_label)
                if not self._follow(renderer, number, operation, migration.app_label) or read.guards or read.problem:
                    self._doubted |= touched(nested(operation), migration.app_label, self.state)
            if operation is not None:
                self._forward(read, operation, migration)
        if renderer is not None:
            renderer.result()

    def _is_watched(self, operation: Operation, app_label: str) -> bool:
        return bool(self.watched) and is_about(operation, app_label, self.state, self.watched)

    def _renderer(self, app_label: str) -> Renderer:
        return Renderer(app_label, Catalog(self._schema), self._version, self._advance)

    def _follow(self, renderer: Renderer, number: int, operation: Operation, app_label: str) -> bool:
        """Do to the schema what an operation does; whether that was possible."""
        try:
            one = piece_of(number, operation, app_label, self._as_database(operation, app_label, self.state))
            if one is not None and not one.changes_nothing():
                renderer.forward(number, operation, one.before, one.after)
        except Exception as error:  # noqa: BLE001  # Django's code on what was read: anything can be missing
            renderer.fail(number, f"{type(error).__name__}: {error}")
        return not renderer.has_failed(number)

    def _as_database(self, operation: Operation, app_label: str, state: ProjectState) -> ProjectState:
        """The state from which an operation is rendered: for one that removes what only the models have lost, with that
        put back."""
        self.past.give_to(operation, app_label)
        lost = any(is_of_lost(one, app_label, state) for one in nested(operation))
        return self._lingering.restored(state) if lost else state

    def _forward(self, read: ReadOperation, operation: Operation, migration: ReadMigration) -> None:
        self._complete([operation], migration)
        if self._half_removed.keeps(operation, migration.app_label, read.guards):
            return
        self._lingering.forward(operation, migration.app_label, self.state)
        try:
            operation.state_forwards(migration.app_label, self.state)
        except Exception as error:  # noqa: BLE001  # Django's code on what was read: anything can be missing
            if read.guards:
                return  # the other side of its condition has done it
            what = f"{type(operation).__name__} does not fit the project's state ({type(error).__name__}: {error})"
            self.gaps[f"{migration.path}: {what}"] = None

    def _complete(self, operations: Iterable[Operation], migration: ReadMigration) -> None:
        """Let stand in what no migration that could be read has made."""
        for operation in operations:
            name = getattr(operation, "model_name", None)
            key = (migration.app_label, name.lower()) if isinstance(name, str) else None
            if key is not None and key not in self.state.models:
                stand_in(self.state, key)
                self.gaps[f"{migration.path}: model {'.'.join(key)} is not known from the migrations before"] = None

    def prepare(self, migrations: Sequence[ReadMigration]) -> Schema:
        """The schema of the tables that these migrations touch, as the state before them has it."""
        names = self._named_in_sql(migrations)
        state = self._lingering.restored(self.state)
        keys = {key for key, model in state.models.items() if table_name(key, model).name.lower() in names}
        targets = _of_steps(migrations, state)
        for migration in migrations:
            operations = list(every(migration.operations))
            keys |= touched(operations, migration.app_label, state)
            targets |= referred(operations, migration.app_label, state)
        around = reached(state, keys)
        tables = self._create(state, targets - keys - around, slice_of(state, targets, with_referrers=False))
        tables |= self._create(state, keys | around, slice_of(state, keys))
        replay_older(self._older, self._schema, tables, names)
        less = around - keys - targets | self._doubted & (keys | targets)  # of referring tables only the keys are made
        doubt(self._schema, {table_name(key, state.models[key]).name for key in less if key in state.models})
        before, self._schema = self._schema, self._schema.overlay()  # what is rendered is layered on it
        return before

    def _create(self, state: ProjectState, keys: set[ModelKey], part: ProjectState) -> frozenset[str]:
        """Make the tables of models that the schema has not, and say which."""
        names = {key: table_name(key, state.models[key]) for key in keys}
        made = sorted(key for key in names if not self._has(names[key]))  # a schema file may have them
        for sql in Renderer("", Catalog(self._schema), self._version, self._advance).create(part, made):
            self._advance(sql)
        return frozenset(names[key].name for key in made)

    def _has(self, name: Name) -> bool:
        return bool(self._schema.exists(name)) and self._schema.relation(name).known

    def _named_in_sql(self, migrations: Iterable[ReadMigration]) -> frozenset[str]:
        """The words in the SQL of these migrations: tables, and those whose indexes made by SQL are named."""
        reads = [read for migration in migrations for read in migration.operations]
        texts = [text for read in reads if read.operation is not None for text in sql_of(read.operation)]
        texts += [step.sql for read in reads for step in (*read.steps, *read.back) if step.sql is not None]
        return about(words_of(texts), self._older) if texts else frozenset()

    def _advance(self, sql: str) -> None:
        _run(self._schema, sql)

    def render(self, migration: ReadMigration) -> Both:
        """The SQL of one migration and of its way back; the state and the schema are advanced."""
        self._complete(_on_older(every(migration.operations)), migration)
        sides = _Sides(self._schema)
        renderer = Renderer(migration.app_label, sides.catalog, self._version, sides.ran)
        done: list[Done] = []
        for number, read in enumerate(migration.operations):
            if read.operation is None:
                continue
            open_keys = left_open(read, migration.app_label, self.state.models)
            doubt(self._schema, {table_name(key, self.state.models[key]).name for key in open_keys})
            state = sides.enter(read.guards, self.state)
            try:
                known = self._as_database(read.operation, migration.app_label, state)
                one = piece_of(number, read.operation, migration.app_label, known)
                if one is not None and not one.changes_nothing():
                    renderer.forward(number, read.operation, one.before, one.after)
                    done.append(one)
                if state is not self.state:
                    read.operation.state_forwards(migration.app_label, state)
            except Exception as error:  # noqa: BLE001  # Django's code on what was read: anything can be missing
                renderer.fail(number, f"{type(error).__name__}: {error}")
            self._forward(read, read.operation, migration)
        sides.enter((), self.state)
        up = renderer.result()
        return Both(up, self._undone(migration, done))

    def _undone(self, migration: ReadMigration, done: Sequence[Done]) -> Rendering | None:
        """The way back, last operation first; None when Django refuses to take it."""
        if not can_be_undone(migration):
            return None
        kept, self._schema = self._schema, self._schema.overlay()
        sides = _Sides(self._schema)
        renderer = Renderer(migration.app_label, sides.catalog, self._version, sides.ran)
        for one in reversed(done):
            sides.enter(migration.operations[one.number].guards, one.after)
            renderer.backward(one.number, one.operation, one.before, one.after)
        sides.enter((), self.state)
        found = renderer.result()
        self._schema = kept
        return found


class _Sides:
    """Where Django's editor asks and what it sends goes: to the side of the operation that is rendered."""

    def __init__(self, schema: Schema) -> None:
        self.catalog = Catalog(schema)
        self._schema = schema
        self._branches = Branches(schema, _run)
        self._side: Side | None = None

    def enter(self, guards: Guards, state: ProjectState) -> ProjectState:
        """The state that an operation under these conditions finds; `state` is that of all operations before it."""
        self._side = side = self._branches.side_for(guards, state)
        self.catalog.schema = self._schema if side is None else side.schema
        return state if side is None else side.state

    def ran(self, sql: str) -> None:
        self._branches.ran(self._side, sql)


def _run(schema: Schema, sql: str) -> None:
    """Do to the schema what a statement does."""
    collected = RenderedStatements()
    collected.script(sql, Origin(span=Span(0, 0)))
    for statement in collected.statements:
        advance(schema, statement, BEFORE)


def _of_steps(migrations: Iterable[ReadMigration], state: ProjectState) -> set[ModelKey]:
    """The models whose rows the Python of these migrations changes, with what leads from them to other rows."""
    reads = (read for migration in migrations for read in migration.operations)
    steps = [step for read in reads for step in (*read.steps, *read.back) if step.model in state.models]
    found = {step.model for step in steps if step.model is not None}
    return found | {key for step in steps if step.path and step.model for key in references(state.models[step.model])}


class Both(NamedTuple):
    """The way up, and the way back if there is one."""

    up: Rendering
    down: Rendering | None


def _on_older(operations: Iterable[Operation]) -> Iterator[Operation]:
    """The operations on models that these operations do not make themselves."""
    made: set[str] = set()
    for operation in operations:
        if isinstance(operation, migrations.CreateModel | migrations.RenameModel):
            made.add(str(getattr(operation, "new_name", operation.name)).lower())
        elif str(getattr(operation, "model_name", "")).lower() not in made:
            yield operation
