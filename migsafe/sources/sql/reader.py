"""One migration file to migrations: independent of every other file, so that it can be done in another process.

What is not analysed is never dropped: it becomes a problem with its place, or a statement whose reason is `Opaque`.
"""

from __future__ import annotations

import os
from pathlib import Path

from migsafe.errors import SetupError
from migsafe.model.migration import Comment, Direction, Migration, Problem, TransactionScope
from migsafe.model.record import KeywordRecord, Record
from migsafe.model.text import Span
from migsafe.sources.sql.convention import Note, SentStatement, SqlFile, SqlSection
from migsafe.sources.sql.dialects import dialect_of_text
from migsafe.sources.sql.registry import convention
from migsafe.sources.sql.statements import Builder, Included
from migsafe.text.coverage import uncovered
from migsafe.text.fragments import Comment as FoundComment
from migsafe.text.fragments import FragmentKind, Script
from migsafe.text.script import split
from migsafe.text.source import FlawKind, SourceText

_FLAWS = {
    FlawKind.NUL: "a NUL byte, which the server does not accept",
    FlawKind.UNDECODABLE: "bytes that are no UTF-8",
}


class ReadFile(KeywordRecord):
    """What a file holds: its ups and downs in the order of the text, and what was left out on purpose.

    `included` are the files that `\\i` brought in; a cached result holds only as long as they do.
    """

    path: str
    migrations: tuple[Migration, ...] = ()
    notes: tuple[Note, ...] = ()
    included: tuple[str, ...] = ()


class Job(Record):
    """All that is needed to read one file, in this process or another. `root` is the project's folder.

    `transaction` is what the user says of the runner: "file", "none" or None. `context`: only the schema that the file
    leaves is asked for, so that of a way back no more than its being there is needed.
    """

    root: str
    file: SqlFile
    convention: str
    transaction: str | None = None
    context: bool = False


def read(job: Job) -> ReadFile:
    """Read and analyse a file. Raises SetupError when it cannot be read."""
    return read_text(contents(job), job)


def contents(job: Job) -> bytes:
    """The file's bytes. Raises SetupError when it cannot be read."""
    try:
        with open(os.path.join(job.root, job.file.path), "rb", buffering=0) as file:  # noqa: PTH118, PTH123  # 10x faster
            return file.read()
    except OSError as error:
        raise SetupError(f"cannot read {job.file.path}: {error.strerror}", "check the file's permissions") from error


def read_text(data: bytes, job: Job) -> ReadFile:
    """Analyse the contents of a file, whatever they are."""
    source = SourceText.decode(data, job.file.path)
    foreign = dialect_of_text(source.text)
    if foreign is not None:
        note = Note(job.file.path, f"written for {foreign[0]} ({foreign[1]}), not analysed")
        return ReadFile(path=job.file.path, notes=(note,))
    return _Reader(source, job).read()


class _Reader:
    """What the sections of one file share."""

    def __init__(self, source: SourceText, job: Job) -> None:
        self.source = source
        self.job = job
        self.kind = convention(job.convention)
        self.included = Included(Path(job.root))

    def read(self) -> ReadFile:
        sections = self.kind.sections(self.job.file, self.source.text)
        whole = split(self.source) if any(section.parts for section in sections) else None
        return ReadFile(
            path=self.source.path,
            migrations=tuple(self._migration(section, whole) for section in sections),
            notes=self._outside(sections, whole),
            included=tuple(self.included.paths),
        )

    def _outside(self, sections: tuple[SqlSection, ...], whole: Script | None) -> tuple[Note, ...]:
        """A note about statements that are in no section: the tool does not run them."""
        parts = sorted(part for section in sections for part in section.parts)
        if whole is None:
            return () if sections else (Note(self.source.path, f"{self.kind.name} runs nothing of it"),)
        places = [fragment.span.start for fragment in whole.fragments]
        left = [at for at in places if not any(part.start <= at < part.end for part in parts)]
        if not left:
            return ()
        line = self.source.position(left[0]).line
        count = "a statement stands" if len(left) == 1 else f"{len(left)} statements stand"
        return (Note(self.source.path, f"{count} outside of what {self.kind.name} runs (line {line})"),)

    def _migration(self, section: SqlSection, whole: Script | None) -> Migration:
        script = _cut(section, self.source)
        fragments = [f for f in script.fragments if f.kind in (FragmentKind.SQL, FragmentKind.TEMPLATE)]
        section = self.kind.sending(section, [SentStatement(f.span, f.sql) for f in fragments])
        section = _as_the_user_says(section, self.job)
        builder = Builder(self.source, self.included)
        builder.script(script)
        problems = [*builder.problems, *_flaws(script, section), *_lost(script)]
        return Migration(
            id=section.id,
            path=section.path,
            source="sql",
            convention=self.kind.name,
            direction=section.direction,
            scope=section.scope,
            batches=section.batches,
            statements=tuple(builder.statements),
            problems=tuple(sorted(problems, key=lambda problem: problem.span)),
            comments=_comments(script, section, whole),
            notes=(*section.notes, *builder.notes),
        )


def _cut(section: SqlSection, source: SourceText) -> Script:
    """The section's statements, with places in the whole file."""
    if not section.delimiters and len(section.parts) <= 1:
        return split(source, section.parts[0] if section.parts else None, section.styles)
    return split(SourceText(_only(section, source), source.path), None, section.styles)


def _only(section: SqlSection, source: SourceText) -> str:
    """The text with blanks where the section has no part, and a semicolon for each delimiter."""
    pieces: list[str] = []
    at = 0
    for part in section.parts or (Span(0, len(source.text)),):
        pieces += (_blank(source.text[at : part.start]), source.text[part.start : part.end])
        at = part.end
    text = "".join((*pieces, _blank(source.text[at:])))
    for mark in section.delimiters:
        text = f"{text[: mark.start]};{' ' * (mark.end - mark.start - 1)}{text[mark.end :]}"
    return text


def _blank(text: str) -> str:
    return "".join(c if c in "\r\n" else " " for c in text)


def _as_the_user_says(section: SqlSection, job: Job) -> SqlSection:
    """`--transaction` is about files whose tool is unknown; a folder's own setting comes first."""
    if job.transaction is None:
        return section
    scope = TransactionScope.NONE if job.transaction == "none" else TransactionScope.FILE
    return section.replace(scope=scope, batches=(), notes=())


def _flaws(script: Script, section: SqlSection) -> list[Problem]:
    within = section.parts or (script.span,)
    return [
        Problem(_FLAWS[flaw.kind], flaw.span)
        for flaw in script.source.flaws
        if any(part.start <= flaw.span.start < part.end for part in within)
    ]


def _lost(script: Script) -> list[Problem]:
    """Text that the splitter gave to nobody: a mistake of ours, which must not stay hidden."""
    return [Problem("internal error: this text was not analysed; please report it", span) for span in uncovered(script)]


def _comments(script: Script, section: SqlSection, whole: Script | None) -> tuple[Comment, ...]:
    """The section's comments, with those at the top of the file, which hold for all of it."""
    found = list(script.comments)
    if whole is not None and section.parts:
        first = whole.fragments[0].span.start if whole.fragments else len(whole.source.text)
        known = {comment.span for comment in found}
        found += [c for c in whole.comments if c.span.start < first and c.span not in known]
    return tuple(_comment(comment) for comment in sorted(found, key=lambda comment: comment.span))


def _comment(comment: FoundComment) -> Comment:
    return Comment(comment.text, comment.span, comment.alone)


def ups(files: list[ReadFile]) -> tuple[Migration, ...]:
    """The migrations of a folder's files that are applied, in their order."""
    return tuple(m for file in files for m in file.migrations if m.direction is Direction.UP)
