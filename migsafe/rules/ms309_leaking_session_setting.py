"""A setting of the session is changed and stays changed after the migration.

What happens
    `SET` holds until the session ends, not until the transaction does; `SET LOCAL` ends with the transaction. Most
    migration tools run all pending files in one session, and a pooled connection goes back to the application.

Why it hurts
    `session_replication_role = replica` leaves triggers and foreign keys switched off: rows that violate them are
    written without an error. An empty `search_path` or another role changes what the next migration does, on one
    machine and not on another. A timeout goes with a pooled connection to queries that need longer.

Safer form
    In a transaction:

        SET LOCAL session_replication_role = replica;

    Without one, set it back at the end: `RESET session_replication_role;`. Alembic: `op.execute("SET LOCAL …")`.
    Django: `RunSQL("SET LOCAL …")` in an atomic migration.

When it is fine
    When the tool opens a session for each file; of files that no known tool runs, the search_path is not reported.
    A timeout is reported where the file itself begins a transaction, because `SET LOCAL` does all that is needed there;
    outside of one there is only SET. A migration that waits without a limit is reported by missing-lock-timeout.

Versions
    All supported versions.

Evidence
    Manual, SET, Description. Shown on a server by a test of this rule.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.effects.windows import Executed
from migsafe.model.findings import Remedy, Severity
from migsafe.model.migration import TransactionKind
from migsafe.model.operations import SetParameter
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule
from migsafe.rules.steps import alone, by_hand

_CONSEQUENCES = {
    "session_replication_role": "triggers and foreign keys stay switched off",
    "search_path": "later statements look for tables elsewhere",
    "role": "later statements run with the rights of another role",
    "session_authorization": "later statements run with the rights of another role",
    "row_security": "later statements see other rows",
    "default_tablespace": "later tables go elsewhere",
    "timezone": "later conversions of times come out differently",
}
_TIMEOUTS = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "transaction_timeout")
_TIMEOUT = "later statements of the session run under it, behind a pool those of the application"
_UNGUARDED = ("session_replication_role",)


@migration_rule(RuleInfo(code="MS309", name="leaking-session-setting", since="0.2.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    """One finding for each setting, at its last change, if nothing sets it back."""
    last: dict[str, tuple[Executed, int, SetParameter]] = {}
    for executed in situation.run:
        for number, operation in enumerate(executed.statement.operations):
            if isinstance(operation, SetParameter) and not operation.local:
                if operation.name == "all":
                    last.clear()
                last[operation.name] = (executed, number, operation)
    for executed, clause, operation in last.values():
        if _leaks_timeout(executed, operation, situation) or (
            _leaks(operation) and not _is_usual(operation, situation)
        ):
            yield _hit(executed, clause, operation, situation)


def _leaks(operation: SetParameter) -> bool:
    if operation.name not in _CONSEQUENCES or operation.value is None:
        return False
    if operation.name == "session_replication_role":
        return operation.value.strip("'").lower() != "origin"
    return operation.name != "role" or operation.value.lower() != "none"


def _leaks_timeout(executed: Executed, operation: SetParameter, situation: MigrationSituation) -> bool:
    """Whether the file's own transaction could have kept the limit to itself."""
    number = executed.transaction
    if operation.name not in _TIMEOUTS or operation.value is None or number is None:
        return False
    return situation.transactions[number].kind is TransactionKind.EXPLICIT


def _is_usual(operation: SetParameter, situation: MigrationSituation) -> bool:
    """A search path at the head of a script that no tool is known to run: psql makes a session for each file."""
    return operation.name == "search_path" and situation.migration.convention in (None, "plain")


def _hit(executed: Executed, clause: int, operation: SetParameter, situation: MigrationSituation) -> Hit:
    serious = operation.name in _UNGUARDED
    return Hit(
        severity=Severity.WARNING if serious else Severity.INFO,
        message=f"The setting {operation.name} outlives the migration: {_CONSEQUENCES.get(operation.name, _TIMEOUT)}.",
        why="SET holds until the session ends, and tools run the next migration in the same one.",
        remedy=_remedy(executed, operation, situation),
        clause=clause,
        at=executed,
    )


def _remedy(executed: Executed, operation: SetParameter, situation: MigrationSituation) -> Remedy:
    number = executed.transaction
    if number is not None and situation.transactions[number].kind is not TransactionKind.NONE:
        return Remedy("Set it for this transaction only.", (alone(operation.replace(local=True)),))
    back = by_hand(f"At the end of the migration: RESET {operation.name};")
    return Remedy("Set it back when the migration is done.", (back,))
