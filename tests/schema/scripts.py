"""SQL scripts replayed into a schema."""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.migration import Statement
from migsafe.model.text import Span
from migsafe.parsers.postgresql import parse_statement
from migsafe.schema.origin import Origin
from migsafe.schema.replay import advance
from migsafe.schema.schema import Schema
from migsafe.text.script import FragmentKind, split
from migsafe.text.source import SourceText


def statements(sql: str) -> Iterator[Statement]:
    fragments = split(SourceText.decode(sql.encode(), "script.sql")).fragments
    for index, fragment in enumerate(f for f in fragments if f.kind is FragmentKind.SQL):
        parsed = parse_statement(fragment.sql)
        yield Statement(
            index=index,
            sql=fragment.sql,
            span=Span(*fragment.span),
            clauses=parsed.clauses,
            syntax_error=parsed.syntax_error,
        )


def replay(sql: str, schema: Schema | None = None, origin: Origin | None = None) -> Schema:
    """The schema after the script; a given schema is advanced."""
    schema = Schema() if schema is None else schema
    for statement in statements(sql):
        advance(schema, statement, origin or Origin("1"))
    return schema
