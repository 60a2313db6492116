"""One revision as migrations: its way up and its way back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from migsafe.model.migration import (
    Certainty,
    Comment,
    Concern,
    ConcernKind,
    Direction,
    GraphFlaw,
    GraphProblem,
    Handler,
    Migration,
    Problem,
    TransactionScope,
)
from migsafe.model.text import Span
from migsafe.sources.alembic.workers import evaluate, evaluate_ahead
from migsafe.sources.python_comments import comments, stated_sql
from migsafe.sources.rendered import Origin, RenderedStatements
from migsafe.sources.sql.reader import Job, ReadFile, contents
from migsafe.text.durations import seconds
from migsafe.text.fragments import FragmentKind
from migsafe.text.script import split
from migsafe.text.source import SourceText

CONVENTION: Final = "alembic"

Plain = Mapping[str, object]


def read(job: Job) -> ReadFile:
    """Read and evaluate a revision. Raises SetupError when it cannot be read."""
    return read_text(contents(job), job)


def read_ahead(jobs: Sequence[Job]) -> None:
    """Evaluate revisions that will be read next. Raises SetupError when one cannot be read."""
    evaluate_ahead([_request(SourceText.decode(contents(job), job.file.path).text, job) for job in jobs])


def _request(text: str, job: Job) -> dict[str, object]:
    return {
        "path": job.file.path,
        "text": text,
        "root": job.root,
        "folders": job.file.option("folders").split("\n"),
        "context": job.context,
        "convention": json.loads(job.file.option("naming_convention") or "{}"),
    }


def read_text(data: bytes, job: Job) -> ReadFile:
    source = SourceText.decode(data, job.file.path)
    answer = evaluate(_request(source.text, job))
    found = comments(source.text)
    both: list[Migration] = []
    for key, direction in (("up", Direction.UP), ("down", Direction.DOWN)):
        plain = answer.get(key)
        if isinstance(plain, Mapping):
            both.append(_Reader(source, job, direction, found).migration(plain))
        elif direction is Direction.UP:
            both.append(_Reader(source, job, direction, found).without_entry())
    both[:1] = [up.replace(concerns=tuple(_concerns(answer))) for up in both[:1]]
    included = answer.get("included")
    paths = tuple(map(str, included)) if isinstance(included, list) else ()
    return ReadFile(path=source.path, migrations=tuple(both), included=paths)


class _Reader:
    """One direction of one file."""

    def __init__(self, source: SourceText, job: Job, direction: Direction, found: tuple[Comment, ...]) -> None:
        self.source = source
        self.job = job
        self.direction = direction
        self.comments = found
        self.statements = RenderedStatements()
        self.stated = dict(stated_sql(source.text, found))
        self.autocommit: list[tuple[int, int]] = []
        self.apart: list[tuple[int, int]] = []
        self.batches: list[Span] = []
        self._outside: int | None = None  # the first statement of an open autocommit block

    def migration(self, plain: Plain) -> Migration:
        for step in _steps(plain, "steps"):
            self._step(step)
        problems = [problem for found in _steps(plain, "problems") for problem in self._problem(found)]
        raises = plain.get("raises")
        return self._made(problems, str(raises) if raises is not None else None)

    def without_entry(self) -> Migration:
        whole = Span(0, min(len(self.source.text), 1))
        return self._made([Problem("the file defines no function upgrade", whole)], None)

    def _made(self, problems: Sequence[Problem], raises: str | None) -> Migration:
        file = self.job.file
        return Migration(
            id=file.id,
            path=file.path,
            source=CONVENTION,
            convention=CONVENTION,
            direction=self.direction,
            scope=TransactionScope(file.option("scope") or "group"),
            batches=tuple(self.batches),
            statements=tuple(self.statements.statements),
            problems=tuple(sorted(problems, key=lambda problem: problem.span)),
            comments=self._own_comments(),
            autocommit=tuple(self.autocommit),
            apart=tuple(self.apart),
            graph=tuple(_graph(file.option("graph"))) if self.direction is Direction.UP else (),
            raises=raises,
            lock_timeout=_limit(file.option("lock_timeout")),
        )

    def _step(self, step: Plain) -> None:
        if "autocommit" in step:
            self._border(str(step["autocommit"]))
        elif "sql" in step:
            self._sql(step)
        else:
            self._not_known(step)

    def _border(self, which: str) -> None:
        at = len(self.statements.statements)
        if which in ("begin", "apart"):
            self._outside = at
        elif self._outside is not None:
            (self.autocommit if which == "end" else self.apart).append((self._outside, at))
            self._outside = None

    def _sql(self, step: Plain) -> None:
        origin, sql = _origin(step), str(step["sql"])
        stated = self._stated_at(origin.span) if step.get("holes") else None
        if stated is not None:
            sql, origin = stated, origin.replace(certainty=Certainty.EXACT)
        before = len(self.statements.statements)
        for text in _single(sql):
            self.statements.sql(text, origin)
        added = [s for s in self.statements.statements[before:] if s.parent is None]
        if len(added) > 1 and self._outside is not None:
            self.batches.append(origin.span)
        self._unparsed(before, holes=bool(step.get("holes")) and stated is None)

    def _unparsed(self, before: int, *, holes: bool) -> None:
        """A statement with a hole that cannot be parsed is not wrong: it is not known."""
        kept = self.statements.statements
        if not holes or not any(s.syntax_error is not None for s in kept[before:]):
            return
        span = kept[before].span
        del kept[before:]
        detail = "hole-in-sql: a part of the statement is not known; state it in a comment `# migsafe: sql(…)`"
        self.statements.opaque("…", detail, Origin(span=span, certainty=Certainty.OPAQUE))

    def _not_known(self, step: Plain) -> None:
        origin = _origin(step)
        stated = self._stated_at(origin.span)
        if stated is not None:
            for text in _single(stated):
                self.statements.sql(text, origin.replace(certainty=Certainty.EXACT))
            return
        detail = f"{step['reason']}: {step['detail']}"
        self.statements.opaque(str(step.get("text", "")), detail, origin)

    def _problem(self, found: Plain) -> Iterator[Problem]:
        span = _span(found)
        stated = self._stated_at(span)
        if stated is None:
            yield Problem(f"{found['reason']}: {found['detail']}", span)
            return
        for text in _single(stated):
            self.statements.sql(text, Origin(span=span))

    def _stated_at(self, span: Span) -> str | None:
        """The SQL that a comment states for the code in these lines."""
        line = self.source.position(span.start).line
        return self.stated.get(line)

    def _own_comments(self) -> tuple[Comment, ...]:
        return self.comments


def _limit(stated: str) -> float | bool:
    """The lock_timeout that env.py sets, in seconds; PostgreSQL takes a bare number as milliseconds."""
    if not stated:
        return False
    length = seconds(stated, unit="ms")
    return True if length is None else length or False


def _steps(plain: Plain, key: str) -> Iterator[Plain]:
    found = plain.get(key)
    yield from (step for step in found if isinstance(step, Mapping)) if isinstance(found, list) else ()


def _span(step: Plain) -> Span:
    start, end = step["start"], step["end"]
    assert isinstance(start, int)
    assert isinstance(end, int)
    return Span(start, end)


def _origin(step: Plain) -> Origin:
    guards = step.get("guards")
    conditions = tuple(map(str, guards)) if isinstance(guards, list) else ()
    caught = step.get("caught")
    certainty = Certainty(str(step.get("certainty", "exact")))
    if certainty is Certainty.EXACT:
        certainty = Certainty.GUARDED if conditions else Certainty.HOLES if step.get("holes") else Certainty.EXACT
    return Origin(
        span=_span(step),
        certainty=certainty,
        guards=conditions,
        caught=tuple(_handler(one) for one in caught) if isinstance(caught, list) else (),
    )


def _handler(told: Plain | object) -> Handler:
    assert isinstance(told, list)
    error, restores = told
    return Handler(str(error), bool(restores))


def _single(sql: str) -> Iterator[str]:
    """The statements of a text that is sent as one string."""
    if ";" not in sql:
        yield from [sql.strip()] if sql.strip() else []
        return
    for fragment in split(SourceText(sql, "")).fragments:
        if fragment.kind in (FragmentKind.SQL, FragmentKind.TEMPLATE):
            yield fragment.sql.strip()


def _concerns(answer: Plain) -> Iterator[Concern]:
    for found in _steps(answer, "concerns"):
        yield Concern(ConcernKind.CURRENT_MODEL, str(found["about"]), _span(found))


def _graph(text: str) -> Iterator[GraphProblem]:
    for flaw, message, start, end in json.loads(text) if text else ():
        yield GraphProblem(GraphFlaw(flaw), message, Span(start, end))
