"""PostgreSQL statements as operations. `parse_statement` and `body_statements` never raise, whatever the text is."""

from migsafe.parsers.postgresql.bodies import BodyStatement, LoopKind, body_place, body_statements
from migsafe.parsers.postgresql.statement import Parsed, parse_expression, parse_statement, parse_type

__all__ = [
    "BodyStatement",
    "LoopKind",
    "Parsed",
    "body_place",
    "body_statements",
    "parse_expression",
    "parse_statement",
    "parse_type",
]
