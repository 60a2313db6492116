"""The target server refuses a statement.

What happens
    The statement is valid SQL, but this server version, or the schema that it meets, does not allow it: syntax of a
    newer version, an operation that partitioned tables do not have, a column that a view depends on. The migration
    fails with the message shown.

Why it hurts
    A deploy stops half-way. On a laptop with a newer server, or with an empty schema, the same file succeeds.

Safer form
    The message says what is in the way: a newer version, an object to drop or change first, a form to write
    differently.

When it is fine
    When the target version is not the one this migration will meet: set `target-version`. What a migration expects
    is not reported: an object that is there or not under a condition that asks for it, and an error that the code
    around the statement catches, unless it ends the transaction all the same, as it does in Python.

Versions
    The message holds for the target version; with several targets it names the version that refuses.

Evidence
    The server's own message and SQLSTATE, compared with servers 12 to 18 in the truth set.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.effects.windows import Executed
from migsafe.model.effects import Refusal
from migsafe.model.findings import Severity
from migsafe.model.migration import Certainty, Direction
from migsafe.model.names import Name
from migsafe.model.operations import AddColumn, CreateIndex, Opaque
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.refusal_remedies import remedy_of
from migsafe.rules.refusals import is_asked_for, is_caught, is_of_the_text
from migsafe.rules.required import is_required

_NOT_NULL_VIOLATION = "23502"
_EXISTS = ("42701", "42710", "42P07", "42P16")  # a column, a constraint, a relation, a primary key


@statement_rule(RuleInfo(code="MS003", name="refused-by-server", since="0.1.0"))
def check(situation: StatementSituation) -> Iterator[Hit]:
    refusal = situation.executed.outcome
    if not isinstance(refusal, Refusal) or _is_required_column(situation, refusal) or _is_expected(situation, refusal):
        return
    if situation.migration.direction is Direction.DOWN and any(map(_ends_here, situation.earlier)):
        return  # what stands behind it in a way back that fails is mostly its consequence
    yield Hit(
        severity=_severity(situation, refusal),
        message=f"PostgreSQL {situation.target.version} refuses this: {refusal.message}.",
        why=f"SQLSTATE {refusal.sqlstate}. The migration fails here{_if_it_comes_here(situation)}.",
        remedy=remedy_of(refusal, situation),
        clause=refusal.clause,
    )


def _severity(situation: StatementSituation, refusal: Refusal) -> Severity:
    statement = situation.statement
    if statement.guards and not is_of_the_text(refusal):
        return Severity.INFO
    if statement.certainty is not Certainty.EXACT:
        return Severity.WARNING
    certain = is_of_the_text(refusal) or not (_anything_before(situation) or _may_be_gone(situation, refusal))
    return Severity.ERROR if certain else Severity.WARNING


def _ends_here(executed: Executed) -> bool:
    certain = executed.statement.certainty is Certainty.EXACT and not executed.statement.caught
    return certain and isinstance(executed.outcome, Refusal)


def _may_be_gone(situation: StatementSituation, refusal: Refusal) -> bool:
    """Whether what is there already may have been dropped: by a migration before that could not be read, or because
    something is not known of its table."""
    operation = situation.statement.operations[refusal.clause]
    table: object = getattr(operation, "table", None)
    if refusal.sqlstate not in _EXISTS or not isinstance(table, Name):
        return False
    if situation.schema.unread:
        return True
    if isinstance(operation, CreateIndex) and operation.name is not None:
        index = situation.schema.index(Name(situation.schema.resolve(table).schema, operation.name))
        table = index.table if index is not None else table
    relation = situation.schema.relation(table)
    return relation.known and not relation.complete


def _is_expected(situation: StatementSituation, refusal: Refusal) -> bool:
    """Whether the migration asks first whether it can be done, or goes on when it cannot."""
    statement, alone = situation.statement, situation.executed.transaction is None
    return is_asked_for(refusal, statement) or is_caught(refusal, statement, commits_by_itself=alone)


def _if_it_comes_here(situation: StatementSituation) -> str:
    guard = situation.statement.guard
    return f" if it comes here: {guard}" if guard is not None else ""


def _anything_before(situation: StatementSituation) -> bool:
    """Whether the migration has run something before that was not analysed, and may have changed any object."""
    start = situation.statement.span.start
    backwards = situation.migration.source == "django" and situation.migration.direction is Direction.DOWN
    unread = (problem.span.start for problem in situation.migration.problems)
    return any((at > start if backwards else at < start) for at in unread) or any(
        isinstance(operation, Opaque)
        for statement in situation.migration.statements
        if statement.index < situation.statement.index
        for operation in statement.operations
    )


def _is_required_column(situation: StatementSituation, refusal: Refusal) -> bool:
    """Whether a column that existing rows have no value for is refused: `required-column` says what to do."""
    operation = situation.statement.operations[refusal.clause]
    lacks_value = refusal.sqlstate == _NOT_NULL_VIOLATION
    return lacks_value and isinstance(operation, AddColumn) and is_required(operation.column)
