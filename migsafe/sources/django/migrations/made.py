"""A migration and its way back in the words of all stages, from what was read and rendered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db.migrations.state import ModelState
from django.db.models import Field

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
from migsafe.model.operations import DropIndex, Opaque
from migsafe.sources.django.editor.rendering import Rendered, Rendering
from migsafe.sources.django.migrations.step_concerns import step_concerns
from migsafe.sources.django.migrations.written_as import program, written_as
from migsafe.sources.django.reading.operations import ReadOperation
from migsafe.sources.django.reading.reader import ReadMigration
from migsafe.sources.django.sqlmigrate.printed import Printed, Settled, settled
from migsafe.sources.django.state.data import Models, describe, describe_after, table_name
from migsafe.sources.django.state.doubts import left_open
from migsafe.sources.django.state.pieces import can_be_undone
from migsafe.sources.django.state.state_replay import Replay
from migsafe.sources.interpreter import Source
from migsafe.sources.rendered import Origin, RenderedStatements


def context(migration: ReadMigration) -> Migration:
    return Migration(
        id=f"{migration.app_label}.{migration.name}", path=migration.path, source="django", convention="django"
    )


def bare_down(migration: ReadMigration) -> Migration | None:
    """That the migration can be taken back, where nobody asks how."""
    if not can_be_undone(migration):
        return None
    return context(migration).replace(direction=Direction.DOWN)


def rendered(
    migration: ReadMigration, replay: Replay, source: Source, printed: Printed
) -> tuple[Migration, Migration | None]:
    """The migration and its way back."""
    before = dict(replay.state.models)  # which is advanced in place
    fields = _fields(before) if any(read.steps or read.back for read in migration.operations) else {}
    both = settled(Settled(migration, *replay.render(migration)), printed)
    migration = both.migration
    models = _with_fields(before | replay.state.models, fields)
    scope = TransactionScope.FILE if migration.atomic else TransactionScope.NONE
    bare = context(migration).replace(
        scope=scope,
        program=program(migration, source),
        installs=migration.app_label if migration.initial else None,
    )
    operations = migration.operations
    written = [written_as(number, migration, models, source, both.down) for number in range(len(operations))]
    statements = _statements(migration, models, list(enumerate(operations)), both.up, written)
    after = _afterwards(models, operations, written, statements)
    refused = tuple(_refused(operations, both.up))
    stuck = tuple(_stuck(operations, both.down)) if both.down is not None else ()
    up = bare.replace(
        statements=(*statements, *after),
        autocommit=((len(statements), len(statements) + len(after)),) if after else (),
        problems=tuple(_problems(migration, both.up)),
        concerns=(*refused, *stuck, *step_concerns(operations, models, source)),
    )
    if refused or stuck:
        return up, None
    down = bare.replace(direction=Direction.DOWN)
    if both.down is None:
        return up, None
    backwards = [(number, read._replace(steps=read.back, unfollowed=None)) for number, read in enumerate(operations)][
        ::-1
    ]
    failures = tuple(_failures(operations, both.down))
    statements = _statements(migration, models, backwards, both.down, written)
    return up, down.replace(statements=statements, problems=failures)


_Fields = dict[tuple[str, str], dict[str, Field]]


def _fields(models: Models) -> _Fields:
    return {key: dict(model.fields) for key, model in models.items()}


def _with_fields(models: dict[tuple[str, str], ModelState], earlier: _Fields) -> Models:
    """The models with the fields that they had before: a step may use what a later operation takes away."""
    for key, fields in earlier.items():
        model = models[key]
        if fields.keys() - model.fields.keys():
            models[key] = model.clone()
            models[key].fields = {**fields, **model.fields}
    return models


def _statements(
    migration: ReadMigration,
    models: Models,
    reads: Sequence[tuple[int, ReadOperation]],
    found: Rendering,
    written: Sequence[WrittenAs],
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
        if read.unfollowed is not None:
            _unfollowed(read, migration.app_label, models, collected)
        for one in own.get(number, ()):
            collected.script(one.sql, _origin(read, one))
    by_number = dict(reads)
    for one in found.statements:
        if one.deferred:
            collected.written_as = written[one.operation]
            collected.script(one.sql, _origin(by_number[one.operation], one))
    return tuple(_of_its_table(statement, migration.app_label, models) for statement in collected.statements)


def _of_its_table(statement: Statement, app_label: str, models: Models) -> Statement:
    """For every field that is unique no more, Django drops an index for LIKE, which only text fields have
    (DatabaseSchemaEditor._alter_field of PostgreSQL): of which table it would be, only Django knows."""
    written = statement.written_as
    if written is None or written.operation != "AlterField" or written.model is None:
        return statement
    key = (app_label, written.model.lower())
    table = table_name(key, models.get(key))
    clauses = tuple(
        clause.replace(operation=clause.operation.replace(of=table))
        if isinstance(clause.operation, DropIndex)
        else clause
        for clause in statement.clauses
    )
    return statement.replace(clauses=clauses)


def _unfollowed(read: ReadOperation, app_label: str, models: Models, into: RenderedStatements) -> None:
    """That something is done, and to which tables."""
    tables = {table_name(key, models[key]) for key in left_open(read, app_label, models)}
    known = Opaque(reason=f"{read.name}: {read.problem}", tables=tuple(sorted(tables, key=str)))
    into.operations(f"-- {read.name}", [known], Origin(span=read.span, certainty=Certainty.OPAQUE))


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
    return Origin(span=read.span, certainty=certainty, guards=guards, caught=read.caught)


_CHANGES_TYPE = " TYPE "  # ALTER COLUMN … TYPE …


def _problems(migration: ReadMigration, found: Rendering) -> Iterator[Problem]:
    yield from migration.problems
    for read in migration.operations:
        if read.problem and read.unfollowed is None:
            yield Problem(f"{read.name}: {read.problem}", read.span)
    yield from _failures(migration.operations, found)


def _refused(operations: Sequence[ReadOperation], found: Rendering) -> Iterator[Concern]:
    for failure in found.failures:
        if failure.refused:
            yield Concern(
                ConcernKind.REFUSED, failure.reason.removeprefix("ValueError: "), operations[failure.operation].span
            )


def _stuck(operations: Sequence[ReadOperation], found: Rendering) -> Iterator[Concern]:
    """Where the way back ends with an error of Django's own."""
    for failure in found.failures:
        if failure.refused:
            read = operations[failure.operation]
            yield Concern(ConcernKind.IRREVERSIBLE, f"{read.name} fails with {failure.reason}", read.span)


def _failures(operations: Sequence[ReadOperation], found: Rendering) -> Iterator[Problem]:
    for failure in found.failures:
        read = operations[failure.operation]
        if failure.refused:
            continue  # not a matter of reading it
        yield Problem(f"{read.name} could not be rendered: {failure.reason}", read.span)
