"""Statements inside of DO blocks, and of routines that the same file creates and then calls.

They become children of the statement that runs them: with places in its text for a DO block, with the place of the call
for a routine.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.migration import Certainty, Clause, Problem, Statement
from migsafe.model.names import Name
from migsafe.model.operations import CallProcedure, CreateFunction, DoBlock, Opaque, Operation, Select
from migsafe.model.record import Record
from migsafe.model.text import Span
from migsafe.parsers.postgresql import BodyStatement, LoopKind, body_place, body_statements

MAX_DEPTH = 8  # routines that call routines


class _Call(Record):
    routine: Name
    arguments: int


class Bodies:
    """The routines that the file has created so far."""

    def __init__(self) -> None:
        self._routines: dict[str, list[CreateFunction]] = {}

    def children(self, statement: Statement, sql: str) -> list[Statement]:
        """The statements that this one runs, numbered after it. `sql` is its text as the parser read it."""
        found: list[Statement] = []
        for clause in statement.clauses:
            if isinstance(clause.operation, CreateFunction):
                self._routines.setdefault(clause.operation.function.name, []).append(clause.operation)
            self._run(statement, clause, sql, found, ())
        return found

    def _run(
        self, parent: Statement, clause: Clause, sql: str, found: list[Statement], within: tuple[str, ...]
    ) -> None:
        """Add what one clause of `parent` runs; `within` are the routines that are being expanded."""
        operation = clause.operation
        if isinstance(operation, DoBlock):
            at = body_place(sql, operation.body)
            place = _Place(parent.span, parent.span.start + at.start if at else None)
            self._body(parent, _Body(operation.language, operation.body, place), found, within)
            return
        for call in _calls(operation):
            routine = self._routine(call)
            name = str(call.routine)
            if routine is None or routine.body is None or name in within or len(within) >= MAX_DEPTH:
                continue
            body = _Body(routine.language, routine.body, _Place(clause.span, None))
            self._body(parent, body, found, (*within, name))

    def _body(self, parent: Statement, body: _Body, found: list[Statement], within: tuple[str, ...]) -> None:
        for inner in body_statements(body.language, body.text):
            index = parent.index + 1 if not found else found[-1].index + 1
            child = _child(inner, index, parent, body.place)
            found.append(child)
            for clause in child.clauses:
                self._run(child, clause, inner.sql, found, within)

    def _routine(self, call: _Call) -> CreateFunction | None:
        """The routine that a call means, as far as names and the number of arguments tell. The last one wins."""
        named = [r for r in self._routines.get(call.routine.name, ()) if _same_schema(r.function, call.routine)]
        fitting = [r for r in named if len(r.arguments) == call.arguments]
        candidates = fitting or named
        return candidates[-1] if candidates else None


class _Place(Record):
    """Where a body stands: `start` is the offset of its first character in the file, None when it is not there as
    it is; then `span` stands for all of it."""

    span: Span
    start: int | None

    def of(self, span: Span) -> Span:
        return self.span if self.start is None else span.shifted(self.start)


class _Body(Record):
    language: str
    text: str
    place: _Place


def _child(inner: BodyStatement, index: int, parent: Statement, place: _Place) -> Statement:
    problem = inner.problem
    return Statement(
        index=index,
        parent=parent.index,
        sql=inner.sql,
        span=place.of(inner.span),
        clauses=tuple(Clause(clause.operation, place.of(clause.span)) for clause in inner.clauses),
        certainty=_certainty(inner, parent),
        guards=(*parent.guards, *inner.guards),
        caught=(*parent.caught, *inner.caught),
        repeated=inner.loop is not None or parent.repeated,
        syntax_error=Problem(problem.message, place.of(problem.span)) if problem else None,
        rendered=inner.rendered,
        path=parent.path,
    )


def _certainty(inner: BodyStatement, parent: Statement) -> Certainty:
    if inner.problem is not None or any(isinstance(clause.operation, Opaque) for clause in inner.clauses):
        return Certainty.OPAQUE
    if inner.loop is LoopKind.DATA or parent.certainty is Certainty.DATA_LOOP:
        return Certainty.DATA_LOOP
    return Certainty.GUARDED if inner.guards else parent.certainty


def _calls(operation: Operation) -> Iterator[_Call]:
    if isinstance(operation, CallProcedure):
        yield _Call(operation.procedure, operation.arguments)
    elif isinstance(operation, Select):
        yield from (_Call(call.function, call.arguments) for call in operation.query.calls)


def _same_schema(created: Name, called: Name) -> bool:
    return created.schema is None or called.schema is None or created.schema == called.schema
