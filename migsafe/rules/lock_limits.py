"""Timeouts in force at a statement: how long it may wait for a lock, or run at all.

A limit is a number of seconds, True where something sets one that nobody tells, False where there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migsafe.effects.windows import Executed
from migsafe.model.migration import Migration, Statement
from migsafe.model.operations import SetParameter
from migsafe.rules.base import StatementSituation
from migsafe.text.durations import seconds

Limit = float | bool
LOCK, STATEMENT = "lock_timeout", "statement_timeout"


class Timeout:
    """One timeout while statements go by. SET LOCAL ends with its transaction, and outside of one has no effect.

    `default` is what RESET goes back to: what the role or the connection began with, and not what a SET has set
    (manual, RESET).
    """

    def __init__(self, name: str, given: Limit, default: Limit = False) -> None:
        self._name = name
        self._session = given
        self._default = default
        self._local: Limit | None = None
        self._transaction: int | None = None

    @property
    def limit(self) -> Limit:
        return self._session if self._local is None else self._local

    def enter(self, transaction: int | None) -> None:
        if transaction is None or transaction != self._transaction:
            self._local = None
        self._transaction = transaction

    def take(self, statement: Statement) -> None:
        for operation in statement.operations:
            if not isinstance(operation, SetParameter) or operation.name not in (self._name, "all"):
                continue
            limit = self._default if operation.value is None else limit_of(operation)
            if not operation.local:
                self._session, self._local = limit, None
            elif self._transaction is not None:
                self._local = limit


def session_of(migration: Migration, name: str, given: Limit) -> Timeout:
    """The timeout of a session that begins: `given` by the role, unless the migration tool sets one. Whether an
    `env.py` sets it with SET or for the connection is not known."""
    own = name == LOCK and migration.lock_timeout
    return Timeout(name, own or given, given if migration.source == "alembic" else own or given)


def limit_of(operation: SetParameter) -> Limit:
    """What a SET of a timeout sets. DEFAULT and RESET leave what the server has, which is no limit unless the session
    began with one."""
    if operation.value is None:
        return False
    given = seconds(operation.value.strip("'"), unit="ms")
    return True if given is None else given or False


def limits(run: Iterable[Executed], name: str, given: Limit) -> Iterator[tuple[Executed, Limit]]:
    """Each statement with the limit that holds for it; `given` is the session's, unless the migration tool sets one."""
    session: Timeout | None = None
    for executed in run:
        session = session or session_of(executed.migration, name, given)
        session.enter(executed.transaction)
        session.take(executed.statement)
        yield executed, session.limit


def limit_at(situation: StatementSituation, name: str = LOCK) -> Limit:
    """The limit for the statement: what the session has, or what is set earlier in the file."""
    if name == LOCK:
        return situation.executed.lock_limit
    session = session_of(situation.migration, name, situation.target.session_statement_timeout)
    for statement in situation.migration.statements[: situation.statement.index]:
        session.take(statement)
    session.enter(situation.executed.transaction)
    for executed in situation.earlier:
        session.take(executed.statement)
    return session.limit


def is_limited(situation: StatementSituation) -> bool:
    """Whether the wait for the statement's locks is limited: by the role, or earlier in the file."""
    return limit_at(situation) is not False
