"""From paths to histories: find the folders, read the files, choose the focus.

The one place that knows all front ends. Each folder is a history of its own; the files that were named, or that
changed since a revision, are its focus, and the rest is context.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from migsafe.cache import NO_CACHE, Cache
from migsafe.config import Settings
from migsafe.errors import SetupError
from migsafe.model.migration import Direction, History, Migration, TransactionScope
from migsafe.model.record import KeywordRecord, Record
from migsafe.schema.drift import drift
from migsafe.schema.schema import Schema
from migsafe.sources.context import Base, before, of_schema_file
from migsafe.sources.discovery import Described, Discovery, MigrationFolder, discover
from migsafe.sources.focus import Focus, since, with_helpers
from migsafe.sources.frameworks import is_framework, is_project
from migsafe.sources.ids import focused, is_range, split_words
from migsafe.sources.pending import (
    NO_LIVE,
    AppliedFiles,
    Live,
    applied_files,
    applied_note,
    pending_notes,
    untold_notes,
)
from migsafe.sources.run_notes import Wanted, all_migrations, notes_of_run, notes_on_files, nothing_found, start_note
from migsafe.sources.sql.convention import SqlFile
from migsafe.sources.sql.reader import Job, ReadFile, read_text
from migsafe.sources.sql.several import read_all
from migsafe.sources.start_after import Start, focus_behind, starts
from migsafe.text.source import SourceText

STDIN = "-"
_PLAIN = "plain"
_ALEMBIC = "alembic"


class Request(KeywordRecord):
    """What the command line asks for."""

    root: Path
    paths: tuple[str, ...] = ()
    since: str | None = None
    stdin_filename: str | None = None
    verbose: bool = False
    render: str | None = None  # the interpreter that runs the project's own Alembic or Django


class Collected(KeywordRecord):
    """The histories of a run and what is needed to show them. `bases` are the schemas before their first migrations
    that are not replayed yet, one for each; `drift` is how the live schema differs from the applied migrations, by
    the key of the first migration that will meet it."""

    histories: tuple[History, ...]
    sources: Mapping[str, SourceText]
    notes: tuple[str, ...]
    bases: tuple[Schema, ...]
    drift: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def focus(self) -> tuple[Migration, ...]:
        """The migrations to be judged, in order."""
        return tuple(m for history in self.histories for m in all_migrations(history) if m.key in history.focus)


def collect(request: Request, settings: Settings, cache: Cache = NO_CACHE, live: Live = NO_LIVE) -> Collected:
    """Find and read everything. Raises SetupError when there is nothing to check or something cannot be read."""
    base = _base(settings, cache)
    if request.paths == (STDIN,):
        return _from_stdin(request, settings, _of_today(base.schema, settings, live))
    discovery, named = with_helpers(_discover(request, settings), request.root, settings.exclude)
    found = _starts(discovery, request, settings)
    chosen = _focus(discovery, request)
    focus = chosen.replace(paths=focus_behind(discovery, chosen.paths, found))
    folders = [_read(folder, focus, base, request, settings, cache, live) for folder in discovery.folders]
    if request.render is not None:
        folders = _rendered(discovery, folders, request.root, request.render)
    histories = tuple(read.history for read in folders)
    notes = notes_on_files(discovery, [file for read in folders for file in read.files])
    if not any(history.migrations for history in histories) and not discovery.unclaimed:
        raise nothing_found(request.paths, notes)
    return Collected(
        histories=histories,
        sources=_sources(histories, request.root),
        notes=(
            *notes_of_run(discovery, notes, histories, Wanted(since=request.since, verbose=request.verbose)),
            *named,
            *focus.notes,
            *map(start_note, found),
            *(note for read in folders for note in read.remarks),
        ),
        bases=tuple(read.base for read in folders),
        drift=tuple((key, read.drift) for read in folders if read.drift for key in _first_pending(read.history)),
    )


def _rendered(discovery: Discovery, read: Sequence[ReadFolder], root: Path, interpreter: str) -> list[ReadFolder]:
    """With the SQL that the project's own Alembic prints. This runs code of the project, as --render asks. Django's
    is asked where its projects are read."""
    from migsafe.sources.alembic.render import rendered

    if not any(is_framework(folder.convention) for folder in discovery.folders):
        raise SetupError("--render is for projects with Alembic or Django", "leave it out")
    found = []
    for folder, before_it in zip(discovery.folders, read, strict=True):
        if folder.convention == _ALEMBIC:
            made = rendered(before_it.history, folder.files, root, interpreter)
            found.append(before_it.replace(history=made.history, remarks=(*before_it.remarks, *made.remarks)))
        else:
            found.append(before_it)
    return found


def folders(request: Request, settings: Settings) -> tuple[MigrationFolder, ...]:
    """The migration folders that a run would look at."""
    return _discover(request, settings).folders


def list_files(request: Request, settings: Settings) -> str:
    """The migrations in the order in which they are applied, a line each, under their folder and convention."""
    lines = []
    for folder in _discover(request, settings).folders:
        lines.append(f"{folder.path or '.'}  ({folder.convention}, {folder.dialect})")
        lines += [f"  {file.path}  {file.direction or 'up and down'}" for file in folder.files]
    return "".join(f"{line}\n" for line in lines)


def _discover(request: Request, settings: Settings) -> Discovery:
    paths, ids = split_words(request.paths or settings.migrations, request.root)
    described = [Described(**vars(folder)) for folder in settings.folders]
    found = discover(
        request.root, paths, dialect=settings.dialect, exclude=settings.exclude, described=tuple(described)
    )
    return focused(found, ids) if ids else found


def _base(settings: Settings, cache: Cache = NO_CACHE) -> Base:
    """The schema before the first migration: that of the schema file, or an open world."""
    if settings.schema is None:
        return Base(Schema(), "")
    return of_schema_file(Path(settings.schema), cache)


def _of_today(schema: Schema, settings: Settings, live: Live) -> Schema:
    """For SQL without a history: the schema file, or the live schema where there is none."""
    return schema if settings.schema is not None or live.schema is None else live.schema()


def _first_pending(history: History) -> Iterator[str]:
    """The key of the first migration in focus, if there is one."""
    yield from [m.key for m in history.migrations if m.key in history.focus][:1]


def collect_text(text: str, request: Request, settings: Settings, live: Live = NO_LIVE) -> Collected:
    """SQL that is in no file, as one migration whose only history is the schema file, or the live schema."""
    base = _of_today(_base(settings).schema, settings, live)
    return _single(text.encode("utf-8", "surrogateescape"), "<sql>", request, settings, base)


def _from_stdin(request: Request, settings: Settings, base: Schema) -> Collected:
    name = request.stdin_filename or "<stdin>"
    return _single(sys.stdin.buffer.read(), name, request, settings, base)


def _single(data: bytes, name: str, request: Request, settings: Settings, base: Schema) -> Collected:
    """One text as the only migration."""
    file = SqlFile(path=name, id=Path(name).stem, version="", direction=Direction.UP)
    result = read_text(data, Job(str(request.root), file, _PLAIN, settings.transaction))
    migrations = result.migrations
    history = History(folder="", migrations=migrations, focus=frozenset(m.key for m in migrations))
    notes = tuple(f"{note.path}: {note.message}" for note in result.notes)
    return Collected(histories=(history,), sources={name: SourceText.decode(data, name)}, notes=notes, bases=(base,))


class ReadFolder(Record):
    """A folder's files, their history, and the schema before the first migration that is not replayed yet."""

    files: tuple[ReadFile, ...]
    history: History
    base: Schema
    remarks: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()


def _read(  # noqa: PLR0917  # what a run has chosen
    folder: MigrationFolder,
    focus: Focus,
    base: Base,
    request: Request,
    settings: Settings,
    cache: Cache,
    live: Live,
) -> ReadFolder:
    if is_project(folder.convention):
        return _read_project(folder, focus, base, request, settings, live)
    unknown_tool = folder.convention == _PLAIN
    transaction = folder.transaction or (settings.transaction if unknown_tool else None)
    jobs = [Job(str(request.root), file, folder.convention, transaction) for file in folder.files]
    own = Base(Schema() if settings.schema is None else base.schema.overlay(), base.key)
    known = applied_files(folder.convention, folder.files, live.applied)
    named = focus.of(folder.files)
    if known is not None and (_leaves_it_open(request) or (named and not named & known.paths)):
        return _read_pending(folder, jobs, named - known.paths, known, live, own, settings, cache)
    start = _first_in_focus(folder.files, focus.paths)
    context = before(jobs[:start], own, cache, settings.jobs)
    files = (*context.files, *read_all(jobs[start:], settings.jobs))
    one_deploy = request.since is not None or any(map(is_range, request.paths))
    history = _history(folder, files, focus, one_deploy=one_deploy)
    ups = sum(m.direction is Direction.UP for file in context.files for m in file.migrations)
    return ReadFolder(
        files, history.replace(replayed=ups), context.schema, tuple(_on_applied(folder, named, known, live))
    )


def _on_applied(
    folder: MigrationFolder, named: frozenset[str], known: AppliedFiles | None, live: Live
) -> Iterator[str]:
    """What is to be said of applied migrations when they do not decide the focus."""
    if known is None:
        yield from untold_notes(folder.path, folder.convention, live.applied)
    elif named & known.paths:
        yield applied_note(named & known.paths)


def _read_project(  # noqa: PLR0917  # likewise
    folder: MigrationFolder,
    focus: Focus,
    base: Base,
    request: Request,
    settings: Settings,
    live: Live,
) -> ReadFolder:
    """A folder whose files are read together. What the database has applied is no focus unless it is named."""
    from migsafe.sources.django.project import Wanted, read_project

    known = applied_files(folder.convention, folder.files, live.applied)
    applied = known.paths if known is not None else frozenset()
    named = focus.of(folder.files)
    pending = known is not None and (_leaves_it_open(request) or (bool(named) and not named & applied))
    schema = base.schema.overlay() if settings.schema is not None else None
    found = read_project(
        request.root,
        Wanted(
            folder=folder.path,
            files=folder.files,
            focus=named - applied if pending else None if focus.paths is None else named,
            version=settings.target_version[0],
            base=live.schema() if pending and live.schema is not None else schema,
            applied=applied if pending else frozenset(),
            recorded=known.strange if known is not None and pending else (),
            one_deploy=pending or request.since is not None or any(map(is_range, request.paths)),
            interpreter=request.render,
        ),
    )
    remarks = list(found.remarks)
    if known is not None and pending:
        stand = found.standing
        remarks += pending_notes(folder.path, stand.done, stand.pending, stand.strange)
    else:
        remarks += _on_applied(folder, named, known, live)
    history = found.history.replace(earlier=_earlier(all_migrations(found.history), focus))
    return ReadFolder((), history, found.base, tuple(remarks))


def _read_pending(  # noqa: PLR0917  # likewise
    folder: MigrationFolder,
    jobs: Sequence[Job],
    focus: frozenset[str],
    known: AppliedFiles,
    live: Live,
    base: Base,
    settings: Settings,
    cache: Cache,
) -> ReadFolder:
    """A folder of which the database has applied a part: what is pending meets the live schema, in the order in which
    the runner applies it; what is applied is replayed only to be compared with it."""
    done = [job for job in jobs if job.file.path in known.paths]
    pending = [job for job in jobs if job.file.path not in known.paths]
    start = _first_in_focus([job.file for job in pending], focus)
    applied = before(done, base, cache, settings.jobs)
    schema = applied.schema if live.schema is None else live.schema()
    context = before(pending[:start], Base(schema, ""), NO_CACHE, settings.jobs)
    files = (*applied.files, *context.files, *read_all(pending[start:], settings.jobs))
    history = _history(folder, files, Focus(focus), one_deploy=True)
    ups = sum(m.direction is Direction.UP for file in (*applied.files, *context.files) for m in file.migrations)
    return ReadFolder(
        files,
        history.replace(replayed=ups),
        context.schema,
        tuple(pending_notes(folder.path, _ups(done), _ups(pending), known.strange)),
        drift(applied.schema, live.schema()) if live.schema is not None else (),
    )


def _leaves_it_open(request: Request) -> bool:
    """Whether no migration is named, so that what is pending may be the focus: at most whole folders are."""
    return request.since is None and all((request.root / path).is_dir() for path in request.paths)


def _ups(jobs: Iterable[Job]) -> int:
    return sum(job.file.direction is not Direction.DOWN for job in jobs)


def _first_in_focus(files: Sequence[SqlFile], focus: frozenset[str] | None) -> int:
    """The number of files before the focus. A way back needs its way up, which has the same id."""
    if focus is None:
        return 0
    ids = {file.id for file in files if file.path in focus}
    return next((at for at, file in enumerate(files) if file.id in ids), len(files))


def _focus(discovery: Discovery, request: Request) -> Focus:
    """The migrations that are to be judged."""
    if request.since is None:
        return Focus(frozenset(discovery.focus) if discovery.focus is not None else None)
    return since(discovery, request.root, request.since)


def _starts(discovery: Discovery, request: Request, settings: Settings) -> tuple[Start, ...]:
    """Where `start-after` lets the judging begin. What is named one by one, as a file or an id, is judged anyway."""
    if request.paths and not any((request.root / path).is_dir() for path in request.paths):
        return ()
    return starts(discovery, settings.start_after, whole=not request.paths)


def _history(folder: MigrationFolder, files: Sequence[ReadFile], focus: Focus, *, one_deploy: bool) -> History:
    members = [m for file in files for m in file.migrations]
    ups = [m for m in members if m.direction is Direction.UP]
    downs = {m.id: m for m in members if m.direction is Direction.DOWN}
    keys = frozenset(m.key for m in members if focus.paths is None or m.path in focus.paths)
    earlier = _earlier(members, focus)
    ups = [_alone(m) if not one_deploy or m.key not in keys - earlier else m for m in ups]
    return History(
        folder=folder.path,
        migrations=tuple(ups),
        downs=tuple(downs.get(up.id) for up in ups),
        focus=keys,
        earlier=earlier,
        one_deploy=one_deploy,
    )


def _earlier(members: Iterable[Migration], focus: Focus) -> frozenset[str]:
    return frozenset(m.key for m in members if m.path in focus.earlier)


def _alone(migration: Migration) -> Migration:
    """A migration that is not known to be applied together with others, and is therefore taken to be applied alone.

    Alembic runs all pending revisions in one transaction; which are pending is known only when a deploy was named.
    """
    grouped = migration.scope is TransactionScope.GROUP and is_framework(migration.source)
    return migration.replace(scope=TransactionScope.FILE) if grouped else migration


def _sources(histories: Iterable[History], root: Path) -> dict[str, SourceText]:
    """The texts of the files in focus and of those they include; those of the context are not kept."""
    focus = [m for history in histories for m in all_migrations(history) if m.key in history.focus]
    paths = {m.path for m in focus} | {s.path for m in focus for s in m.statements if s.path is not None}
    return {path: SourceText.decode((root / path).read_bytes(), path) for path in sorted(paths)}
