"""What is told of a run besides its findings: files left out, what is judged, where a history starts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migsafe.errors import SetupError
from migsafe.model.migration import History, Migration
from migsafe.model.record import KeywordRecord
from migsafe.sources.discovery import Discovery, shown_notes
from migsafe.sources.sql.convention import Note
from migsafe.sources.sql.reader import ReadFile
from migsafe.sources.start_after import Start
from migsafe.text.masking import printable

_SHOWN_NOTES = 5


class Wanted(KeywordRecord):
    """What was asked for, as far as notes speak of it."""

    since: str | None = None
    verbose: bool = False


def nothing_found(paths: Sequence[str], notes: Sequence[Note]) -> SetupError:
    where = ", ".join(paths) or "this project"
    why = f" ({notes[0].path}: {notes[0].message})" if notes else ""
    message = f"no migrations were found in {printable(where + why)}"
    return SetupError(message, "name the folder or set 'migrations' in the settings")


def start_note(start: Start) -> str:
    return f"{start.folder or '.'}: migrations up to {start.last} are context only ({len(start.before)} files)."


def all_migrations(history: History) -> Iterator[Migration]:
    """Ways up, then ways back."""
    yield from history.migrations
    yield from (down for down in history.downs if down is not None)


def notes_on_files(discovery: Discovery, files: Sequence[ReadFile]) -> list[Note]:
    found: list[Note] = [*shown_notes(discovery), *(note for file in files for note in file.notes)]
    return found + [Note(path, "no SQL migration, not analysed") for path in discovery.unclaimed]


def notes_of_run(
    discovery: Discovery, found: Sequence[Note], histories: Sequence[History], wanted: Wanted
) -> Iterator[str]:
    limit = len(found) if wanted.verbose else _SHOWN_NOTES
    yield from (f"{note.path}: {note.message}" for note in found[:limit])
    if len(found) > limit:
        yield f"{len(found) - limit} more notes about files; see them with -v."
    yield from _of_migrations(histories)
    if wanted.since is not None and not any(history.focus for history in histories):
        yield f"No migration has changed since {wanted.since}."
    undecided = [history for history in histories if not history.one_deploy]
    judged = sum(m.key in history.focus for history in undecided for m in history.migrations)
    if discovery.focus is None and wanted.since is None and judged > 1:
        yield "Every migration is judged as if it was new: name files or ids, or pass --since REV, for new ones only."


def _of_migrations(histories: Sequence[History]) -> Iterator[str]:
    """What the readers noted about the migrations in focus, each message once with its number of files."""
    paths: dict[str, list[str]] = {}
    for history in histories:
        for migration in all_migrations(history):
            if migration.key in history.focus:
                for message in migration.notes:
                    paths.setdefault(message, []).append(migration.path)
    for message, where in paths.items():
        more = f" and {len(where) - 1} more" if len(where) > 1 else ""
        yield f"{where[0]}{more}: {message}"
