"""A project's migrations as one history: state only before the focus, Django's own SQL from there on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from migsafe.model.migration import Certainty, Migration, Problem, TransactionScope
from migsafe.model.record import KeywordRecord
from migsafe.model.text import Span
from migsafe.schema.origin import Origin as SchemaOrigin
from migsafe.schema.replay import advance
from migsafe.schema.schema import Schema
from migsafe.sources.django.catalog import Catalog
from migsafe.sources.django.data import describe
from migsafe.sources.django.operations import ReadOperation, every
from migsafe.sources.django.reading import ReadMigration
from migsafe.sources.django.rendering import Renderer, Rendering
from migsafe.sources.django.slices import ModelKey, contrib_state, slice_of, touched
from migsafe.sources.rendered import Origin, RenderedStatements

_BEFORE = SchemaOrigin("", in_focus=False)


class ProjectHistory(KeywordRecord):
    """The migrations in order, those before the first in focus without statements, and the schema before it."""

    migrations: tuple[Migration, ...]
    replayed: int
    base: Schema
    notes: tuple[str, ...] = ()


class Replay:
    """The project's state, advanced migration by migration."""

    def __init__(self, version: int) -> None:
        self.state: ProjectState = contrib_state()
        self._version = version
        self._schema = Schema()
        self._known: set[ModelKey] = set()
        self.gaps: list[str] = []

    def skip(self, migration: ReadMigration) -> None:
        """Only what it means for the state."""
        for read in migration.operations:
            if read.operation is not None:
                self._forward(read.operation, migration)

    def _forward(self, operation: Operation, migration: ReadMigration) -> None:
        try:
            operation.state_forwards(migration.app_label, self.state)
        except Exception as error:  # noqa: BLE001  # Django's code on what was read: anything can be missing
            self.gaps.append(f"{migration.path}: {type(error).__name__}: {error}")

    def prepare(self, migrations: Sequence[ReadMigration]) -> Schema:
        """The schema of the tables that these migrations touch, as the state before them has it."""
        keys: set[ModelKey] = set()
        for migration in migrations:
            keys |= touched(every(migration.operations), migration.app_label, self.state)
        part = slice_of(self.state, keys)
        made = [key for key in part.models if key in self.state.models]
        for sql in Renderer("", Catalog(self._schema), self._version).create(part, sorted(made)):
            self._advance(sql)
        return self._schema

    def _advance(self, sql: str) -> None:
        collected = RenderedStatements()
        collected.script(sql, Origin(span=Span(0, 0)))
        for statement in collected.statements:
            advance(self._schema, statement, _BEFORE)

    def render(self, migration: ReadMigration) -> Rendering:
        """The SQL of one migration; the state and the schema are advanced."""
        operations = [read.operation for read in migration.operations if read.operation is not None]
        keys = touched(every(migration.operations), migration.app_label, self.state)
        part = slice_of(self.state, keys, migration.app_label, list(every(migration.operations)))
        renderer = Renderer(migration.app_label, Catalog(self._schema), self._version)
        rendering = renderer.forwards(part, operations, self._advance)
        self.skip(migration)
        return rendering


def history_of(ordered: Sequence[ReadMigration], focus: frozenset[str] | None, version: int) -> ProjectHistory:
    """The history whose focus are these paths; everything when None."""
    first = next((at for at, m in enumerate(ordered) if focus is None or m.path in focus), len(ordered))
    replay = Replay(version)
    for migration in ordered[:first]:
        replay.skip(migration)
    base = replay.prepare(ordered[first:]).overlay() if first < len(ordered) else Schema()
    last = max((at for at, m in enumerate(ordered) if focus is None or m.path in focus), default=-1)
    migrations = [_context(m) for m in ordered[:first]]
    migrations += [_rendered(m, replay) for m in ordered[first : last + 1]]
    return ProjectHistory(migrations=tuple(migrations), replayed=first, base=base, notes=tuple(replay.gaps))


def _context(migration: ReadMigration) -> Migration:
    return Migration(
        id=f"{migration.app_label}.{migration.name}", path=migration.path, source="django", convention="django"
    )


def _rendered(migration: ReadMigration, replay: Replay) -> Migration:
    rendering = replay.render(migration)
    built = [read for read in migration.operations if read.operation is not None]
    statements = _statements(replay, built, rendering)
    return _context(migration).replace(
        scope=TransactionScope.FILE if migration.atomic else TransactionScope.NONE,
        statements=tuple(statements.statements),
        problems=tuple(_problems(migration, built, rendering)),
    )


def _statements(replay: Replay, built: Sequence[ReadOperation], rendering: Rendering) -> RenderedStatements:
    collected = RenderedStatements()
    for number, read in enumerate(built):
        describe(read, read.steps, replay.state.models, collected)
        for one in rendering.statements:
            if one.operation == number and not one.deferred:
                collected.script(one.sql, _origin(read))
    for one in rendering.statements:
        if one.deferred:
            collected.script(one.sql, _origin(built[one.operation]))
    return collected


def _origin(read: ReadOperation) -> Origin:
    certainty = Certainty.GUARDED if read.guards else Certainty.HOLES if read.holes else Certainty.EXACT
    return Origin(span=read.span, certainty=certainty, guard=" and ".join(read.guards) or None)


def _problems(migration: ReadMigration, built: Sequence[ReadOperation], rendering: Rendering) -> Iterable[Problem]:
    yield from migration.problems
    for read in migration.operations:
        if read.problem:
            yield Problem(f"{read.name}: {read.problem}", read.span)
    for failure in rendering.failures:
        read = built[failure.operation]
        yield Problem(f"{read.name} could not be rendered: {failure.reason}", read.span)
