"""Statements that are there to fail, and refusals that end nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from migsafe.model.effects import Refusal
from migsafe.model.migration import Certainty, Statement
from migsafe.model.operations import DoBlock
from migsafe.text.conditions import is_of_settings
from migsafe.text.patterns import late

_RAISES = late(r"\A\s*(?:--[^\n]*\n\s*)*BEGIN\s+(?:--[^\n]*\n\s*)*RAISE\s+(?:EXCEPTION\b|')", re.IGNORECASE)


def refuses_to_run(statement: Statement) -> bool:
    """Whether the first thing that the statement does is to raise an error."""
    if statement.certainty is Certainty.GUARDED:
        return False
    return any(isinstance(op, DoBlock) and _RAISES.match(op.body) is not None for op in statement.operations)


def is_of_the_text(refusal: Refusal) -> bool:
    """Whether the server refuses it whatever there is: syntax, features, no transaction allowed."""
    return refusal.sqlstate in ("42601", "0A000", "25001")


def is_asked_for(refusal: Refusal, statement: Statement) -> bool:
    """Whether a condition around the statement may ask for just what it is refused for: whether it is there. Then the
    condition does not hold where the history says so. The same goes for what is only supposed: it is wrong then."""
    return not is_of_the_text(refusal) and any(not is_of_settings(guard) for guard in statement.guards)


def is_caught(refusal: Refusal, statement: Statement, *, commits_by_itself: bool) -> bool:
    """Whether the code around the statement takes the error, and the server goes on with it."""
    handlers = [handler.error for handler in statement.caught if handler.restores or commits_by_itself]
    names = {one.rpartition(".")[2].strip("'").lower() for one in handlers}
    return not names.isdisjoint(_names(refusal.sqlstate))


def _names(sqlstate: str) -> Iterator[str]:
    """What handlers call the error: conditions of PL/pgSQL (PostgreSQL's errcodes.txt), the exceptions of drivers that
    are named after them, and the classes of PEP 249 (psycopg/errors.py, `_base_exc_map`)."""
    yield from ("others", sqlstate.lower(), "exception", "baseexception", "error", "databaseerror")
    yield from ("sqlalchemyerror", "dbapierror")  # which SQLAlchemy wraps around them
    condition = CONDITIONS.get(sqlstate)
    if condition is not None:
        yield from (condition, condition.replace("_", ""))
    general = CLASSES.get(sqlstate[:2])
    if general is not None:
        yield general


CONDITIONS: Final[Mapping[str, str]] = {
    "0A000": "feature_not_supported",
    "22023": "invalid_parameter_value",
    "22P02": "invalid_text_representation",
    "23502": "not_null_violation",
    "23505": "unique_violation",
    "23514": "check_violation",
    "2BP01": "dependent_objects_still_exist",
    "3F000": "invalid_schema_name",
    "42501": "insufficient_privilege",
    "42601": "syntax_error",
    "42611": "invalid_column_definition",
    "42701": "duplicate_column",
    "42703": "undefined_column",
    "42704": "undefined_object",
    "42710": "duplicate_object",
    "42723": "duplicate_function",
    "42804": "datatype_mismatch",
    "42809": "wrong_object_type",
    "42830": "invalid_foreign_key",
    "42883": "undefined_function",
    "42P01": "undefined_table",
    "42P06": "duplicate_schema",
    "42P07": "duplicate_table",
    "42P16": "invalid_table_definition",
    "42P17": "invalid_object_definition",
    "55000": "object_not_in_prerequisite_state",
    "55006": "object_in_use",
}
CLASSES: Final[Mapping[str, str]] = {
    "0A": "notsupportederror",
    "22": "dataerror",
    "23": "integrityerror",
    "25": "internalerror",
    "2B": "internalerror",
    "3F": "programmingerror",
    "42": "programmingerror",
    "55": "operationalerror",
}
