"""Statements that a framework wrote: their text is nowhere in a file, their place is the call that they come from."""

from __future__ import annotations

from collections.abc import Sequence

from migsafe.model.migration import Certainty, Clause, Problem, Statement
from migsafe.model.operations import Opaque, Operation
from migsafe.model.record import KeywordRecord
from migsafe.model.text import Span
from migsafe.parsers.postgresql import parse_statement
from migsafe.sources.sql.bodies import Bodies


class Origin(KeywordRecord):
    """Where rendered SQL comes from: the call, and how certainly it is made."""

    span: Span
    certainty: Certainty = Certainty.EXACT
    guard: str | None = None
    path: str | None = None


class RenderedStatements:
    """Collects the statements of one migration in the order in which they are sent."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []
        self._bodies = Bodies()

    def sql(self, sql: str, origin: Origin) -> None:
        """One statement without its semicolon. Every clause has the place of the call."""
        parsed = parse_statement(sql)
        if not parsed.clauses and parsed.syntax_error is None:
            return  # nothing but comments
        error = parsed.syntax_error
        statement = self._statement(sql, [c.operation for c in parsed.clauses], origin)
        if error is not None:
            statement = statement.replace(
                certainty=Certainty.OPAQUE, syntax_error=Problem(error.message, origin.span, error.sqlstate)
            )
        self.statements.append(statement)
        children = self._bodies.children(statement, sql)
        self.statements += [child.replace(span=origin.span, rendered=True) for child in children]

    def operations(self, words: str, operations: Sequence[Operation], origin: Origin) -> None:
        """A statement that is known by what it does only; `words` stand for its text."""
        self.statements.append(self._statement(words, operations, origin))

    def opaque(self, words: str, reason: str, origin: Origin) -> None:
        """A statement of which nothing is known."""
        self.operations(words, [Opaque(reason=reason)], origin.replace(certainty=Certainty.OPAQUE))

    def _statement(self, sql: str, operations: Sequence[Operation], origin: Origin) -> Statement:
        return Statement(
            index=len(self.statements),
            sql=sql,
            span=origin.span,
            clauses=tuple(Clause(operation, origin.span) for operation in operations),
            certainty=origin.certainty,
            guard=origin.guard,
            rendered=True,
            path=origin.path,
        )
