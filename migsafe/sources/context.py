"""The migrations before the focus. They are not judged: all that counts is the schema which they leave.

That schema is kept in the cache, under a hash of everything that led to it: when only files behind it have changed,
the next run goes on from there and reads no statement before it again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Final, TypedDict

import migsafe
from migsafe.cache import NO_CACHE, Cache, code_state
from migsafe.model.migration import Direction, Migration
from migsafe.model.record import KeywordRecord, Record
from migsafe.schema import checkpoint
from migsafe.schema.origin import Origin
from migsafe.schema.replay import advance, advance_migration
from migsafe.schema.schema import Schema
from migsafe.sources.frameworks import read_ahead, source_of
from migsafe.sources.sql.convention import Note, SqlFile
from migsafe.sources.sql.reader import Job, ReadFile, contents, read_text
from migsafe.sources.sql.several import read_all
from migsafe.text.masking import mask_secrets
from migsafe.version import __version__

STEP: Final = 32
"""Files between two places where a run may stop and another go on: at most so many are read twice."""
WORTH_KEEPING: Final = 65_536
"""Bytes of a schema file; a smaller one is read as fast as its checkpoint."""
_CODE: Final = ("model", "text", "parsers", "schema", "sources")


class Base(Record):
    """A schema, and a key that stands for everything that led to it; "" when nothing has."""

    schema: Schema
    key: str


class Context(KeywordRecord):
    """The files before the focus without their statements, and the schema behind them."""

    files: tuple[ReadFile, ...]
    schema: Schema


class Mark(Record):
    """A place in the history: so many files are before it."""

    files: int
    key: str


def key_of(*parts: str) -> str:
    """The key of a schema that no file has led to yet. Other code leads to another schema."""
    code = code_state(Path(migsafe.__file__).parent, _CODE)
    return blake2b(code + "\0".join((__version__, *parts)).encode(), digest_size=16).hexdigest()


def of_schema_file(path: Path, cache: Cache) -> Base:
    """The schema that a script builds: a dump, or one written by hand. It is complete: nothing else exists.

    Raises SetupError when it cannot be read.
    """
    folder = path.absolute().parent
    job = Job(str(folder), SqlFile(path=path.name, id="schema", version=""), "plain", "none")
    data = contents(job)
    key = key_of("schema", blake2b(data).hexdigest()) if cache.keeps else ""
    keeper = cache if len(data) >= WORTH_KEEPING else NO_CACHE
    known = keeper.get(key)
    if known is not None:
        return Base(checkpoint.load(known), key)
    schema = _built(read_text(data, job))
    if keeper.keeps and not holds_secrets(schema):
        keeper.put(key, checkpoint.dump(schema))
    return Base(schema, key)


def _built(file: ReadFile) -> Schema:
    schema = Schema()
    origin = Origin("schema", in_focus=False)
    for migration in file.migrations:
        for statement in migration.statements:
            advance(schema, statement, origin)
    schema.session_path = schema.search_path = ("public",)
    schema.next_transaction()
    schema.closed = True
    return schema


def before(jobs: Sequence[Job], base: Base, cache: Cache, workers: int) -> Context:
    """Replay the files. Raises SetupError when one cannot be read."""
    marks = list(_marks(jobs, base.key or key_of())) if cache.keeps and len(jobs) >= STEP else []
    known, start = _latest(marks, jobs, cache) or (Context(files=(), schema=base.schema), 0)
    files = list(known.files)
    last = marks[-1].files if marks else 0
    for position, file in enumerate(_read([job.replace(context=True) for job in jobs[start:]], workers), start + 1):
        _replay(file, known.schema)
        files.append(_outline(file))
        if position == last:
            _keep(marks[-1], files, known.schema, cache, jobs)
    return Context(files=tuple(files), schema=known.schema)


def _read(jobs: Sequence[Job], workers: int) -> Iterator[ReadFile]:
    if workers > 1:
        yield from read_all(jobs, workers)
        return
    for start in range(0, len(jobs), STEP):
        part = jobs[start : start + STEP]
        read_ahead(part)
        yield from read_all(part)


def _marks(jobs: Sequence[Job], key: str) -> Iterator[Mark]:
    """Each key depends on all files before it, on their names and on how they are read."""
    chain = blake2b(key.encode(), digest_size=16)
    for count, job in enumerate(jobs, 1):
        data = contents(job)
        file = job.file
        options = (part for option in file.options for part in option)
        how = (file.path, file.id, file.version, str(file.direction), job.convention, str(job.transaction), *options)
        chain.update("\0".join((*how, str(len(data)), "")).encode("utf-8", "surrogateescape"))
        chain.update(data)
        if count % STEP == 0:
            yield Mark(count, chain.copy().hexdigest())


def _latest(marks: Sequence[Mark], jobs: Sequence[Job], cache: Cache) -> tuple[Context, int] | None:
    for mark in reversed(marks):
        text = cache.get(mark.key)
        if text is not None:
            head, _, schema = text.partition("\n")
            kept: Kept = json.loads(head)
            if _modules(kept["modules"], jobs) != kept["modules"]:
                continue
            files = map(_file_of, jobs, kept["files"])
            return Context(files=tuple(files), schema=checkpoint.load(schema)), mark.files
    return None


def _keep(mark: Mark, files: Sequence[ReadFile], schema: Schema, cache: Cache, jobs: Sequence[Job]) -> None:
    """Not where a transaction is open, and not behind an SQL file that brings in others: the key does not know those.
    Modules that a program imports are named with what they held."""
    if schema.in_transaction or any(_brings_in_sql(file) for file in files) or holds_secrets(schema):
        return
    imported = sorted({path for file in files for path in file.included})
    kept: Kept = {"files": [_plain(file) for file in files], "modules": _modules(imported, jobs)}
    cache.put(mark.key, f"{json.dumps(kept)}\n{checkpoint.dump(schema)}")


def _modules(paths: Iterable[str], jobs: Sequence[Job]) -> dict[str, str]:
    """What each module that a program imports holds now, as a hash."""
    root = Path(jobs[0].root)
    return {path: _digest(root / path) for path in paths}


def _digest(path: Path) -> str:
    try:
        return blake2b(path.read_bytes(), digest_size=16).hexdigest()
    except OSError:
        return ""


def _brings_in_sql(file: ReadFile) -> bool:
    return any(not path.endswith(".py") for path in file.included)


def holds_secrets(schema: Schema) -> bool:
    """Whether a function's body holds a password or a connection string, which must not be written anywhere."""
    bodies = (function.body for functions in schema.functions.values() for function in functions)
    return any(body is not None and mask_secrets(body) != body for body in bodies)


def _replay(file: ReadFile, schema: Schema) -> None:
    for migration in file.migrations:
        if migration.direction is Direction.UP:
            advance_migration(schema, migration.statements, Origin(migration.key, in_focus=False))


def _outline(file: ReadFile) -> ReadFile:
    """The file as the report names it."""
    return file.replace(migrations=tuple(_bare(m.id, m.path, m.convention, m.direction) for m in file.migrations))


def _bare(name: str, path: str, convention: str | None, direction: Direction) -> Migration:
    return Migration(id=name, path=path, source=source_of(convention or ""), convention=convention, direction=direction)


Outline = tuple[list[tuple[str, str]], list[tuple[str, str]]]  # migrations by id and direction; notes


class Kept(TypedDict):
    """The first line of a checkpoint: the files before it, and the modules that they import with their hashes."""

    files: list[Outline]
    modules: dict[str, str]


def _plain(file: ReadFile) -> Outline:
    return [(m.id, m.direction) for m in file.migrations], [(note.path, note.message) for note in file.notes]


def _file_of(job: Job, outline: Outline) -> ReadFile:
    path, convention = job.file.path, job.convention
    return ReadFile(
        path=path,
        migrations=tuple(_bare(name, path, convention, Direction(way)) for name, way in outline[0]),
        notes=tuple(Note(*note) for note in outline[1]),
    )
