"""Statements that a framework wrote: their text is nowhere in a file, their place is the call that they come from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from migsafe.model.migration import Certainty, Clause, Handler, Problem, Statement, WrittenAs
from migsafe.model.operations import Opaque, Operation
from migsafe.model.record import KeywordRecord
from migsafe.model.text import Span
from migsafe.parsers.postgresql import parse_statement
from migsafe.sources.interpreter.holes import has_hole, replace
from migsafe.sources.sql.bodies import Bodies
from migsafe.text.fragments import FragmentKind
from migsafe.text.script import split
from migsafe.text.source import SourceText

HOLE = "…"
"""What is shown for a part of a statement that is not known. To the parser it is a name that nobody has."""
_REMEMBERED: Final = 512
"""Texts that are cut once: each is run when it is rendered, and becomes a statement when its migration is done."""


class Origin(KeywordRecord):
    """Where rendered SQL comes from: the call, and how certainly it is made."""

    span: Span
    certainty: Certainty = Certainty.EXACT
    guards: tuple[str, ...] = ()
    caught: tuple[Handler, ...] = ()
    path: str | None = None


class RenderedStatements:
    """Collects the statements of one migration in the order in which they are sent. `written_as` is the operation
    that the next ones come from."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []
        self.written_as: WrittenAs | None = None
        self._bodies = Bodies()

    def script(self, sql: str, origin: Origin) -> None:
        """Text that may hold several statements."""
        for kind, text in _pieces(sql):
            if kind is FragmentKind.SQL:
                self.sql(text, origin)
            elif kind is not FragmentKind.COPY_DATA:
                self.opaque(text, "the text is no SQL statement", origin)

    def sql(self, sql: str, origin: Origin) -> None:
        """One statement without its semicolon. Every clause has the place of the call."""
        if has_hole(sql):
            origin = origin.replace(certainty=_with_holes(origin.certainty))
        parsed = parse_statement(sql)
        if not parsed.clauses and parsed.syntax_error is None:
            return  # nothing but comments
        error = parsed.syntax_error
        if error is not None and has_hole(sql):  # the server is sent something else than what was read
            self.opaque(sql, "a part of the statement is not known, and the rest cannot be read without it", origin)
            return
        statement = self._statement(sql, [c.operation for c in parsed.clauses], origin)
        if error is not None:
            statement = statement.replace(
                certainty=Certainty.OPAQUE, syntax_error=Problem(error.message, origin.span, error.sqlstate)
            )
        self.statements.append(statement)
        children = self._bodies.children(statement, sql)
        self.statements += [
            child.replace(span=origin.span, rendered=True, written_as=self.written_as) for child in children
        ]

    def operations(self, words: str, operations: Sequence[Operation], origin: Origin) -> None:
        """A statement that is known by what it does only; `words` stand for its text."""
        self.statements.append(self._statement(words, operations, origin))

    def opaque(self, words: str, reason: str, origin: Origin) -> None:
        """A statement of which nothing is known."""
        self.operations(words, [Opaque(reason=reason)], origin.replace(certainty=Certainty.OPAQUE))

    def _statement(self, sql: str, operations: Sequence[Operation], origin: Origin) -> Statement:
        return Statement(
            index=len(self.statements),
            sql=replace(sql, lambda _: HOLE),
            span=origin.span,
            clauses=tuple(Clause(operation, origin.span) for operation in operations),
            certainty=origin.certainty,
            guards=origin.guards,
            caught=origin.caught,
            rendered=True,
            path=origin.path,
            written_as=self.written_as,
        )


@lru_cache(maxsize=_REMEMBERED)
def _pieces(sql: str) -> tuple[tuple[FragmentKind, str], ...]:
    source = SourceText(sql, "<rendered>")
    return tuple((fragment.kind, source.slice(fragment.span)) for fragment in split(source).fragments)


def _with_holes(certainty: Certainty) -> Certainty:
    return Certainty.HOLES if certainty in (Certainty.EXACT, Certainty.GUARDED) else certainty
