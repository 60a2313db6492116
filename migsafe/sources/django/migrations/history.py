"""A project's migrations as one history: state only before the focus, Django's own SQL from there on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from migsafe.model.migration import Migration
from migsafe.model.record import KeywordRecord
from migsafe.schema.schema import Schema
from migsafe.sources.django.migrations.concerns import concerns
from migsafe.sources.django.migrations.definitions import with_definitions
from migsafe.sources.django.migrations.limits import Limits, limited
from migsafe.sources.django.migrations.made import bare_down, context, rendered
from migsafe.sources.django.reading.followed import has_own_work
from migsafe.sources.django.reading.reader import ReadMigration
from migsafe.sources.django.sqlmigrate.printed import NOT_PRINTED, Printed
from migsafe.sources.django.state.closely import watched
from migsafe.sources.django.state.graph import Ordered, focus_last
from migsafe.sources.django.state.past import PastStates
from migsafe.sources.django.state.state_replay import Replay
from migsafe.sources.django.state.sweeping import Sweeper
from migsafe.sources.interpreter import Source
from migsafe.sources.python_comments import comments


class Files(Protocol):
    """Where the files of the focus are read as a whole."""

    def whole(self, path: str) -> ReadMigration: ...

    def source(self, path: str) -> Source: ...


class Course(KeywordRecord):
    """What to make of the migrations: the paths in focus (None: all), the server's major version, a schema that is
    known from elsewhere, the paths that are applied, what the project's own Django printed for paths, and how long
    its settings let statements wait for locks."""

    focus: frozenset[str] | None
    version: int
    base: Schema | None = None
    applied: frozenset[str] = frozenset()
    printed: Mapping[str, Printed] = {}
    limits: Limits = Limits()


class ProjectHistory(KeywordRecord):
    """The migrations in order, those before the first in focus without statements, and the schema before it."""

    migrations: tuple[Migration, ...]
    replayed: int
    base: Schema
    downs: tuple[Migration | None, ...] = ()
    notes: tuple[str, ...] = ()


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
    made: list[Migration] = [context(m) for m in line[:first]]
    downs: list[Migration | None] = [bare_down(m) for m in line[:first]]
    sweeper = Sweeper()
    for at, migration in enumerate(focus, first):
        in_focus = course.focus is None or migration.path in course.focus
        whole = wholes.get(migration.path) or (files.whole(migration.path) if in_focus else migration)
        source = files.source(migration.path)
        one, down = rendered(whole, replay, source, course.printed.get(migration.path, NOT_PRINTED))
        if in_focus:
            found = comments(source.text)
            one = with_definitions(one, line[:at], files).replace(
                comments=found,
                graph=ordered.flaws.get(migration.path, ()),
                concerns=one.concerns + concerns(whole, source, ordered.apps_before(migration.node), labels),
            )
            down = down and down.replace(comments=found)
        one, down = limited(one, course.limits), down and limited(down, course.limits)
        made.append(one)
        downs.append(down)
        sweeper.rendered()
    return ProjectHistory(
        migrations=tuple(made), downs=tuple(downs), replayed=first, base=base, notes=tuple(replay.gaps)
    )
