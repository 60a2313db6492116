"""What a migration tool's convention knows, and the records in which it says so.

Two steps, so that the second can run in other processes and be cached: `listing` looks at names and configuration
and gives the files in their order; `sections` looks at one file's text and gives the pieces that are run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import ClassVar

from migsafe.model.migration import Direction, TransactionScope
from migsafe.model.record import KeywordRecord, Record
from migsafe.model.text import Span
from migsafe.sources.sql.folder import Folder
from migsafe.sources.tree import join
from migsafe.text.patterns import late
from migsafe.text.templates import DEFAULT_STYLES, TemplateStyle

# How sure a convention is that a folder is its own. The highest wins.
CONFIGURED = 100  # a configuration file of the tool names or holds the folder
DIRECTIVES = 90  # comments that only this tool reads
DEPENDENCY = 80  # the project depends on the tool, and the names fit
NAMED = 70  # names that no other tool uses
RECOGNISED = 60  # what counts as a migration folder without being asked for
POSSIBLE = 1  # .sql files, nothing more


class Note(Record):
    """A fact about a path that a user should know: left out, assumed, out of order."""

    path: str
    message: str


class SqlFile(KeywordRecord):
    """A migration file in its place. `direction` is None when the file holds both.

    `options` are settings of the tool for this file, such as ("transaction", "false").
    """

    path: str
    id: str
    version: str
    direction: Direction | None = None
    options: tuple[tuple[str, str], ...] = ()

    def option(self, name: str) -> str:
        return dict(self.options).get(name, "")


class SqlSection(KeywordRecord):
    """A piece of a file that the tool runs in one go.

    `parts` are the ranges of the text that belong to it (empty: all of it), `delimiters` ranges inside that end a
    statement, `batches` ranges that are sent as one query string. Everything else is sent statement by statement.
    """

    path: str
    id: str
    direction: Direction
    scope: TransactionScope
    parts: tuple[Span, ...] = ()
    delimiters: tuple[Span, ...] = ()
    batches: tuple[Span, ...] = ()
    styles: frozenset[TemplateStyle] = DEFAULT_STYLES
    notes: tuple[str, ...] = ()


class Listing(KeywordRecord):
    """The migration files of a folder in the order in which the tool applies them, each down after its up."""

    files: tuple[SqlFile, ...] = ()
    notes: tuple[Note, ...] = ()


class SentStatement(Record):
    """A statement's place and text, for tools whose transaction depends on what is in the file."""

    span: Span
    sql: str


class Convention:
    """The conventions' common ground. A tool's file defines one subclass and one instance named `CONVENTION`."""

    name: ClassVar[str]
    scope: ClassVar[TransactionScope] = TransactionScope.FILE
    one_query: ClassVar[bool] = False  # the text is sent to the server as one query string

    def score(self, folder: Folder) -> int:
        """How sure it is that the folder is its own; 0: it is not."""
        raise NotImplementedError

    def listing(self, folder: Folder) -> Listing:
        raise NotImplementedError

    def sections(self, file: SqlFile, text: str) -> tuple[SqlSection, ...]:
        """The pieces of a file. By default it is run as a whole."""
        return (self.section(file, text),)

    def sending(self, section: SqlSection, statements: Sequence[SentStatement]) -> SqlSection:  # noqa: ARG002  # default
        """The section with what depends on its statements."""
        return section

    def dialect(self, folder: Folder) -> str | None:  # noqa: ARG002  # a default
        """The database that the tool's configuration names, if it does."""
        return None

    def section(
        self,
        file: SqlFile,
        text: str,
        *,
        part: Span | None = None,
        direction: Direction | None = None,
        scope: TransactionScope | None = None,
    ) -> SqlSection:
        """The section that a file, or one part of it, makes under this tool's usual rules."""
        return SqlSection(
            path=file.path,
            id=file.id,
            direction=direction or file.direction or Direction.UP,
            scope=scope or self.scope,
            parts=(part,) if part else (),
            batches=(part or Span(0, len(text)),) if self.one_query else (),
        )


def others(folder: Folder, taken: Iterable[str], why: str) -> tuple[Note, ...]:
    """Notes for the files of a folder that are no migrations."""
    known = set(taken)
    return tuple(Note(join(folder.path, name), why) for name in folder.files if name not in known)


def numbering_notes(folder: Folder, files: Sequence[SqlFile]) -> tuple[Note, ...]:
    """Duplicate versions, and gaps where versions count 1, 2, 3."""
    ups = [file for file in files if file.direction is not Direction.DOWN and file.version]
    seen: dict[str, SqlFile] = {}
    notes: list[Note] = []
    for file in ups:
        first = seen.setdefault(file.version.lstrip("0") or "0", file)
        if first is not file:
            notes.append(Note(file.path, f"version {file.version} is also that of {first.path}"))
    return (*notes, *_gaps(folder, list(seen)))


def _gaps(folder: Folder, versions: Sequence[str]) -> tuple[Note, ...]:
    if not versions or not all(v.isdecimal() and len(v) < 6 for v in versions):
        return ()
    numbers = sorted(int(v) for v in versions)
    missing = [a + 1 for a, b in pairwise(numbers) if 1 < b - a < 10]
    return tuple(Note(folder.path, f"there is no version {number}") for number in missing[:10])


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key in which 2 comes before 10 and text is in the order of code points."""
    return tuple((0, int(p), p) if p.isdecimal() and p.isascii() else (1, 0, p) for p in _DIGITS.split(name) if p)


_DIGITS = late(r"([0-9]+)")


def behind(marks: Sequence[Span], end: int) -> list[Span]:
    """The ranges behind each of the marks, up to the next one; the last goes to the end."""
    stops = [mark.start for mark in marks[1:]] + [end]
    return [Span(mark.end, max(mark.end, stop)) for mark, stop in zip(marks, stops, strict=False)]


def lines(text: str) -> Iterable[tuple[Span, str]]:
    """The lines of a text with their places, line ends included in the place and not in the line."""
    return ((Span(m.start(), m.end()), m[1]) for m in _LINE.finditer(text) if m.end() > m.start())


_LINE = late(r"([^\r\n]*)(?:\r\n|\r|\n|\Z)")
