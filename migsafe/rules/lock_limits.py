"""Whether a statement's wait for its locks is limited by `lock_timeout`."""

from __future__ import annotations

from collections.abc import Iterable

from migsafe.model.migration import Statement
from migsafe.model.operations import SetParameter
from migsafe.rules.base import StatementSituation

_OFF = {"0", "0s", "0ms", None}


def limited_after(statement: Statement, limited: bool) -> bool:
    """Whether waiting is limited after a statement, when it was or was not before."""
    for operation in statement.operations:
        if isinstance(operation, SetParameter) and operation.name in ("lock_timeout", "all"):
            limited = operation.value not in _OFF
    return limited


def is_limited(situation: StatementSituation) -> bool:
    """Whether a limit is set before the statement: by the role, or earlier in the file."""
    before: Iterable[Statement] = situation.migration.statements[: situation.statement.index]
    limited = situation.target.session_lock_timeout
    for statement in before:
        limited = limited_after(statement, limited)
    return limited
