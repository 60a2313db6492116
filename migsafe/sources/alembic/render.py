"""`--render`: the SQL of revisions as the project's own Alembic prints it, matched with what their text says.

This is the only place where code of the project runs, and only when somebody asks for it by name: `alembic upgrade A:B
--sql` imports `env.py`, the application and the revisions. It runs in a process of the interpreter that was named,
with the user's environment. What is printed there takes the place of what migsafe has found; what has no counterpart
in it, and was not known, stays reported.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path, PurePosixPath
from typing import Final

from migsafe.errors import SetupError
from migsafe.model.migration import Certainty, History, Migration, Statement
from migsafe.model.operations import Opaque
from migsafe.model.record import KeywordRecord
from migsafe.model.text import Span
from migsafe.sources.rendered import Origin, RenderedStatements
from migsafe.sources.sql.convention import SqlFile
from migsafe.text.fragments import FragmentKind
from migsafe.text.script import split
from migsafe.text.source import SourceText

SECONDS: Final = 120.0  # for one revision; the application is imported each time
_SECTION: Final = "alembic"  # the section of alembic.ini that Alembic reads when it is told none
_RUNNING: Final = re.compile(r"^-- Running upgrade .*-> (\S+)[ \t]*$", re.MULTILINE)
_ERROR: Final = re.compile(r"^((?:\w+\.)*\w*(?:Error|Exception|Exit))\b", re.MULTILINE)


class Rendering(KeywordRecord):
    """A history with the printed SQL, and what has to be said about it."""

    history: History
    remarks: tuple[str, ...]


class _RefusedError(Exception):
    """The project's Alembic printed nothing for a revision; the text says why, without anything of its output."""


def rendered(history: History, files: Sequence[SqlFile], root: Path, interpreter: str) -> Rendering:
    """Run the ways up of the focus. Raises SetupError when it cannot be tried."""
    by_path = {file.path: file for file in files}
    done: dict[str, Migration] = {}
    remarks: list[str] = []
    for migration in history.migrations[history.replayed :]:
        if migration.key not in history.focus:
            continue
        try:
            printed = _printed(by_path[migration.path], root, interpreter)
        except _RefusedError as refused:
            remarks.append(f"{migration.path}: not rendered, {refused}; it is judged by its text.")
        else:
            done[migration.key] = matched(migration, printed)
    if done:
        count = "1 revision is" if len(done) == 1 else f"{len(done)} revisions is"
        remarks.insert(0, f"The SQL of {count} what the project's own Alembic printed: its code was run for that.")
    migrations = tuple(done.get(migration.key, migration) for migration in history.migrations)
    return Rendering(history=history.replace(migrations=migrations), remarks=tuple(remarks))


def _printed(file: SqlFile, root: Path, interpreter: str) -> tuple[str, ...]:
    """The statements that Alembic prints for one revision, with its own COMMIT and BEGIN in the middle."""
    config = file.option("config")
    parents = file.option("down").split()
    if not config:
        raise SetupError("--render needs an alembic.ini or [tool.alembic]", "leave --render out for this project")
    if len(parents) > 1:
        raise _RefusedError("a merge has no single revision before it")
    if any(word.startswith("-") for word in (file.id, *parents)):
        raise _RefusedError("Alembic's command line would take its id for an option")
    target = f"{parents[0]}:{file.id}" if parents else file.id
    section = file.option("section")
    named = ["-n", section] if section not in ("", _SECTION, "tool.alembic") else []
    place = PurePosixPath(config)
    chosen = ["-c", place.name] if place.suffix != ".toml" else []
    command = [_absolute(interpreter), "-m", "alembic", *chosen, *named, "upgrade", target, "--sql"]
    return tuple(statements_of(_output(command, root / place.parent), file.id))


def _absolute(interpreter: str) -> str:
    """A path is meant from here, not from the folder of the configuration; a name is looked for on PATH."""
    return str(Path(interpreter).absolute()) if "/" in interpreter or "\\" in interpreter else interpreter


def _output(command: Sequence[str], folder: Path) -> str:
    try:
        done = subprocess.run(  # noqa: S603  # what --render is for; no shell, and the id is a word of its own
            command, cwd=folder, capture_output=True, timeout=SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        raise _RefusedError(f"it took longer than {SECONDS:g} seconds") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SetupError(f"the interpreter of --render cannot be started: {reason}", "name one that exists") from error
    if done.returncode:
        kinds = _ERROR.findall(done.stderr.decode("utf-8", "replace"))
        why = f" ({kinds[-1]})" if kinds else ""
        raise _RefusedError(f"the project's Alembic ended with exit code {done.returncode}{why}")
    return done.stdout.decode("utf-8", "surrogateescape")


def statements_of(output: str, revision: str) -> Iterator[str]:
    """The part of Alembic's output that belongs to one revision, without what it does for its own table."""
    borders = list(_RUNNING.finditer(output))
    for number, border in enumerate(borders):
        if border[1] == revision:
            end = borders[number + 1].start() if number + 1 < len(borders) else len(output)
            yield from _own(output[border.end() : end])
            return
    raise _RefusedError("it printed nothing for this revision")


def _own(text: str) -> Iterator[str]:
    """Up to the statement that records the revision: the last one about Alembic's table. Percent signs are printed
    twice, as the driver wants them."""
    source = SourceText(text, "<rendered>")
    found = [source.slice(f.span).strip() for f in split(source).fragments if f.kind is FragmentKind.SQL]
    last = next((at for at in range(len(found) - 1, -1, -1) if _records(found[at])), len(found))
    yield from (sql.replace("%%", "%") for sql in found[:last])


def _records(sql: str) -> bool:
    return (
        re.match(r"(?:--[^\n]*\s+)*(?:INSERT INTO|UPDATE|DELETE FROM)\s+\S+", sql) is not None and "version_num" in sql
    )


def matched(migration: Migration, printed: Sequence[str]) -> Migration:
    """The migration with the printed statements, each at the place of the call that it comes from."""
    known = [statement for statement in migration.statements if statement.parent is None]
    sent = [sql for sql in printed if not _is_border(sql)]
    placed = _Placed(known)
    pairs = SequenceMatcher(None, [_plain(s.sql) for s in known], [_plain(sql) for sql in sent], autojunk=False)
    for _, start, end, first, last in pairs.get_opcodes():
        placed.stretch(known[start:end], sent[first:last])
    return migration.replace(
        statements=tuple(placed.into.statements), autocommit=tuple(_autocommit(printed, placed.starts)), apart=()
    )


class _Placed:
    """Printed statements that get their places; `starts` is the number of each in the migration, and the end."""

    def __init__(self, known: Sequence[Statement]) -> None:
        self.into = RenderedStatements()
        self.starts: list[int] = []
        self._place = known[0].span if known else Span(0, 1)

    def stretch(self, known: Sequence[Statement], sent: Sequence[str]) -> None:
        """What was known of a stretch of calls, and what was printed for it."""
        for number, sql in enumerate(sent):
            if known:
                self._place = known[min(number, len(known) - 1)].span
            self.starts.append(len(self.into.statements))
            self.into.sql(sql, Origin(span=self._place))
        for statement in known[len(sent) :]:
            self._place = statement.span
            self._kept(statement)

    def _kept(self, statement: Statement) -> None:
        """What was not printed: a condition that did not hold here may hold elsewhere, and what is not known stays
        not known."""
        origin = Origin(span=statement.span, certainty=statement.certainty, guards=statement.guards)
        reasons = [op.reason for op in statement.operations if isinstance(op, Opaque)]
        if reasons:
            self.into.opaque(statement.sql, reasons[0], origin)
        elif statement.certainty is not Certainty.EXACT:
            self.into.sql(statement.sql, origin)


def _autocommit(printed: Sequence[str], starts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The stretches between a COMMIT and the next BEGIN."""
    numbers = [*starts, starts[-1] + 1 if starts else 0]
    at, opened = 0, None
    for sql in printed:
        if not _is_border(sql):
            at += 1
        elif _plain(sql) == "COMMIT":
            opened = at
        elif opened is not None:
            yield numbers[opened], numbers[at]
            opened = None


def _is_border(sql: str) -> bool:
    return _plain(sql) in ("BEGIN", "COMMIT")


def _plain(sql: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"^(?:\s*--[^\n]*\n)+", "", sql)).strip().removesuffix(";").strip()
