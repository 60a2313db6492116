"""A project's migrations as one history: state only before the focus, Django's own SQL from there on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from django.db import migrations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from migsafe.model.migration import (
    Certainty,
    Concern,
    ConcernKind,
    Direction,
    Migration,
    Problem,
    Statement,
    TransactionScope,
    WrittenAs,
)
from migsafe.model.names import Name
from migsafe.model.record import KeywordRecord
from migsafe.model.text import Span
from migsafe.schema.replay import advance
from migsafe.schema.schema import Schema
from migsafe.sources.django.branches import Branches
from migsafe.sources.django.catalog import Catalog
from migsafe.sources.django.closely import is_about, watched
from migsafe.sources.django.concerns import concerns
from migsafe.sources.django.data import Models, describe, describe_after, table_name
from migsafe.sources.django.definitions import with_definitions
from migsafe.sources.django.doubts import doubted
from migsafe.sources.django.followed import has_own_work
from migsafe.sources.django.graph import Ordered, focus_last
from migsafe.sources.django.lingering import Lingering, is_of_lost
from migsafe.sources.django.older_sql import BEFORE, about, doubt, replay_older, sql_of, words_of
from migsafe.sources.django.opaque import is_opaque
from migsafe.sources.django.operations import ReadOperation, every, nested
from migsafe.sources.django.past import PastStates
from migsafe.sources.django.printed import NOT_PRINTED, Printed, Settled, settled
from migsafe.sources.django.reading import ReadMigration
from migsafe.sources.django.rendering import Rendered, Renderer, Rendering
from migsafe.sources.django.slices import (
    ModelKey,
    contrib_state,
    references,
    referred,
    referrers,
    slice_of,
    stand_in,
    touched,
)
from migsafe.sources.django.step_concerns import step_concerns
from migsafe.sources.django.sweeping import Sweeper
from migsafe.sources.django.written_as import program, written_as
from migsafe.sources.interpreter import Source
from migsafe.sources.python_comments import comments
from migsafe.sources.rendered import Origin, RenderedStatements


class Files(Protocol):
    """Where the files of the focus are read as a whole."""

    def whole(self, path: str) -> ReadMigration: ...

    def source(self, path: str) -> Source: ...


class Course(KeywordRecord):
    """What to make of the migrations: the paths in focus (None: all), the server's major version, a schema that is
    known from elsewhere, the paths that are applied, and what the project's own Django printed for paths."""

    focus: frozenset[str] | None
    version: int
    base: Schema | None = None
    applied: frozenset[str] = frozenset()
    printed: Mapping[str, Printed] = {}


class ProjectHistory(KeywordRecord):
    """The migrations in order, those before the first in focus without statements, and the schema before it."""

    migrations: tuple[Migration, ...]
    replayed: int
    base: Schema
    downs: tuple[Migration | None, ...] = ()
    notes: tuple[str, ...] = ()


class Replay:
    """The project's state, advanced migration by migration."""

    def __init__(self, version: int, labels: frozenset[str] = frozenset(), schema: Schema | None = None) -> None:
        self.state: ProjectState = contrib_state(labels)
        self._version = version
        self._schema = schema if schema is not None else Schema()
        self._older: list[str] = []  # SQL of migrations that were only replayed as state
        self._doubted: set[ModelKey] = set()
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
            one = _piece(number, operation, app_label, self._as_database(operation, app_label, self.state))
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
        around = referrers(state, keys)
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
        collected = RenderedStatements()
        collected.script(sql, Origin(span=Span(0, 0)))
        for statement in collected.statements:
            advance(self._schema, statement, BEFORE)

    def render(self, migration: ReadMigration) -> Both:
        """The SQL of one migration and of its way back; the state and the schema are advanced."""
        self._complete(_on_older(every(migration.operations)), migration)
        renderer = Renderer(migration.app_label, Catalog(self._schema), self._version, self._advance)
        done: list[_Done] = []
        branches = Branches()
        for number, read in enumerate(migration.operations):
            if read.operation is None:
                continue
            state = branches.state_for(read.guards, self.state)
            try:
                known = self._as_database(read.operation, migration.app_label, state)
                one = _piece(number, read.operation, migration.app_label, known)
                if one is not None and not one.changes_nothing():
                    renderer.forward(number, read.operation, one.before, one.after)
                    done.append(one)
                if state is not self.state:
                    read.operation.state_forwards(migration.app_label, state)
            except Exception as error:  # noqa: BLE001  # Django's code on what was read: anything can be missing
                renderer.fail(number, f"{type(error).__name__}: {error}")
            self._forward(read, read.operation, migration)
        up = renderer.result()
        return Both(up, self._undone(migration, done))

    def _undone(self, migration: ReadMigration, done: Sequence[_Done]) -> Rendering | None:
        """The way back, last operation first; None when Django refuses to take it."""
        if not _can_be_undone(migration):
            return None
        kept, self._schema = self._schema, self._schema.overlay()
        renderer = Renderer(migration.app_label, Catalog(self._schema), self._version, self._advance)
        for one in reversed(done):
            renderer.backward(one.number, one.operation, one.before, one.after)
        found = renderer.result()
        self._schema = kept
        return found


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


class _Done(NamedTuple):
    """An operation between two states."""

    number: int
    operation: Operation
    before: ProjectState
    after: ProjectState
    app_label: str

    def changes_nothing(self) -> bool:
        """Whether it alters a field in ways that no database sees: those options are not read at all."""
        operation = self.operation
        if not isinstance(operation, migrations.AlterField):
            return False
        key = (self.app_label, operation.model_name_lower)
        old = self.before.models[key].fields.get(operation.name) if key in self.before.models else None
        if old is None or type(old) is not type(operation.field) or is_opaque(old):
            return False
        return bool(old.deconstruct()[1:] == operation.field.deconstruct()[1:])


_STATE_ONLY = (migrations.AlterModelOptions, migrations.AlterModelManagers)


def _piece(number: int, operation: Operation, app_label: str, state: ProjectState) -> _Done | None:
    """The states around an operation, as small as it allows; None for one that has no SQL."""
    inner = list(nested(operation))
    if not operation.reduces_to_sql or isinstance(operation, _STATE_ONLY):
        return None
    before = slice_of(state, touched(inner, app_label, state), app_label, inner)
    after = before.clone()
    operation.state_forwards(app_label, after)
    return _Done(number, operation, before, after, app_label)


def _on_older(operations: Iterable[Operation]) -> Iterator[Operation]:
    """The operations on models that these operations do not make themselves."""
    made: set[str] = set()
    for operation in operations:
        if isinstance(operation, migrations.CreateModel | migrations.RenameModel):
            made.add(str(getattr(operation, "new_name", operation.name)).lower())
        elif str(getattr(operation, "model_name", "")).lower() not in made:
            yield operation


def history_of(ordered: Ordered, course: Course, files: Files) -> ProjectHistory:
    """The history whose focus is the course's."""
    line = ordered.migrations
    if course.focus is not None:
        line = focus_last(ordered, course.focus, course.applied)
    wanted = [at for at, m in enumerate(line) if course.focus is None or m.path in course.focus]
    first, last = (wanted[0], wanted[-1]) if wanted else (len(line), len(line) - 1)
    labels = frozenset(m.app_label for m in line)
    replay = Replay(course.version, labels, course.base)
    focus = line[first : last + 1]
    replay.past = PastStates(line)
    if course.base is None:
        replay.watched = watched(line[:first], focus)
    for migration in line[:first]:
        replay.skip(files.whole(migration.path) if has_own_work(migration.operations) else migration)
    wholes = {m.path: files.whole(m.path) for m in focus if first and (course.focus is None or m.path in course.focus)}
    base = replay.prepare([wholes.get(m.path, m) for m in focus]) if first < len(line) else Schema()
    made: list[Migration] = [_context(m) for m in line[:first]]
    downs: list[Migration | None] = [_bare_down(m) for m in line[:first]]
    sweeper = Sweeper()
    for at, migration in enumerate(focus, first):
        in_focus = course.focus is None or migration.path in course.focus
        whole = wholes.get(migration.path) or (files.whole(migration.path) if in_focus else migration)
        source = files.source(migration.path)
        one, down = _rendered(whole, replay, source, course.printed.get(migration.path, NOT_PRINTED))
        if in_focus:
            found = comments(source.text)
            one = with_definitions(one, line[:at], files).replace(
                comments=found,
                graph=ordered.flaws.get(migration.path, ()),
                concerns=one.concerns + concerns(whole, source, ordered.apps_before(migration.node), labels),
            )
            down = down and down.replace(comments=found)
        made.append(one)
        downs.append(down)
        sweeper.rendered()
    return ProjectHistory(
        migrations=tuple(made), downs=tuple(downs), replayed=first, base=base, notes=tuple(replay.gaps)
    )


def _context(migration: ReadMigration) -> Migration:
    return Migration(
        id=f"{migration.app_label}.{migration.name}", path=migration.path, source="django", convention="django"
    )


def _bare_down(migration: ReadMigration) -> Migration | None:
    """That the migration can be taken back, where nobody asks how."""
    if not _can_be_undone(migration):
        return None
    return _context(migration).replace(direction=Direction.DOWN)


def _can_be_undone(migration: ReadMigration) -> bool:
    return all(read.operation is not None and _is_reversible(read.operation) for read in migration.operations)


def _is_reversible(operation: Operation) -> bool:
    """SeparateDatabaseAndState says so of itself whatever is inside of it, and then fails on the way."""
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        return all(map(_is_reversible, operation.database_operations))
    return bool(operation.reversible)


def _rendered(
    migration: ReadMigration, replay: Replay, source: Source, printed: Printed
) -> tuple[Migration, Migration | None]:
    """The migration and its way back."""
    before = dict(replay.state.models)  # which is advanced in place
    both = settled(Settled(migration, *replay.render(migration)), printed)
    migration = both.migration
    models = before | replay.state.models
    scope = TransactionScope.FILE if migration.atomic else TransactionScope.NONE
    bare = _context(migration).replace(
        scope=scope,
        program=program(migration, source),
        installs=migration.app_label if migration.initial else None,
    )
    operations = migration.operations
    written = [written_as(number, migration, models, source, both.down) for number in range(len(operations))]
    statements = _statements(models, list(enumerate(operations)), both.up, written)
    after = _afterwards(models, operations, written, statements)
    refused = tuple(_refused(operations, both.up))
    up = bare.replace(
        statements=(*statements, *after),
        autocommit=((len(statements), len(statements) + len(after)),) if after else (),
        problems=tuple(_problems(migration, both.up)),
        concerns=(*refused, *step_concerns(operations, models, source)),
    )
    if refused:
        return up, None
    down = bare.replace(direction=Direction.DOWN)
    if both.down is None:
        return up, None
    backwards = [(number, read._replace(steps=read.back)) for number, read in enumerate(operations)][::-1]
    failures = tuple(_failures(operations, both.down))
    return up, down.replace(statements=_statements(models, backwards, both.down, written), problems=failures)


def _statements(
    models: Models, reads: Sequence[tuple[int, ReadOperation]], found: Rendering, written: Sequence[WrittenAs]
) -> tuple[Statement, ...]:
    """In the order in which they are sent: those of each operation with what its Python does, deferred ones last."""
    collected = RenderedStatements()
    own: dict[int, list[Rendered]] = {}
    for one in found.statements:
        if not one.deferred:
            own.setdefault(one.operation, []).append(one)
    for number, read in reads:
        collected.written_as = written[number]
        describe(read, read.steps, models, collected)
        for one in own.get(number, ()):
            collected.script(one.sql, _origin(read, one))
    by_number = dict(reads)
    for one in found.statements:
        if one.deferred:
            collected.written_as = written[one.operation]
            collected.script(one.sql, _origin(by_number[one.operation], one))
    return tuple(collected.statements)


def _afterwards(
    models: Models, operations: Sequence[ReadOperation], written: Sequence[WrittenAs], before: tuple[Statement, ...]
) -> list[Statement]:
    """What steps leave to be done when all migrations are applied: each statement commits by itself."""
    collected = RenderedStatements()
    collected.statements += before  # they are counted on
    for number, read in enumerate(operations):
        collected.written_as = written[number]
        describe_after(read, models, collected)
    return collected.statements[len(before) :]


def _origin(read: ReadOperation, one: Rendered) -> Origin:
    """A change to or from a type that is supposed may be none, or another one: it is under a condition."""
    retyped = one.supposed if _CHANGES_TYPE in one.sql else ()
    guards = (*read.guards, *(f"the key of {model} is of the type that is shown" for model in retyped))
    certainty = Certainty.GUARDED if guards else Certainty.HOLES if read.holes or one.supposed else Certainty.EXACT
    return Origin(span=read.span, certainty=certainty, guard=" and ".join(guards) or None)


_CHANGES_TYPE = " TYPE "  # ALTER COLUMN … TYPE …


def _problems(migration: ReadMigration, found: Rendering) -> Iterator[Problem]:
    yield from migration.problems
    for read in migration.operations:
        if read.problem:
            yield Problem(f"{read.name}: {read.problem}", read.span)
    yield from _failures(migration.operations, found)


def _refused(operations: Sequence[ReadOperation], found: Rendering) -> Iterator[Concern]:
    for failure in found.failures:
        if failure.refused:
            yield Concern(
                ConcernKind.REFUSED, failure.reason.removeprefix("ValueError: "), operations[failure.operation].span
            )


def _failures(operations: Sequence[ReadOperation], found: Rendering) -> Iterator[Problem]:
    for failure in found.failures:
        read = operations[failure.operation]
        if failure.refused:
            continue  # not a matter of reading it
        yield Problem(f"{read.name} could not be rendered: {failure.reason}", read.span)
