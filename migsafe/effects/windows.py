"""How long locks are kept: from the statement that takes one to the end of its transaction.

PostgreSQL keeps a table-level lock until the transaction ends, or until ROLLBACK TO undoes the savepoint after
which it was taken (manual, 13.3 "Explicit Locking"). What a later statement of the transaction does, it therefore
does while everybody whom the earlier lock blocks is waiting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from migsafe.model.effects import Effect, Refusal, StatementRef, Window, Work, WorkKind, WorkLog
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.migration import Migration, Statement
from migsafe.model.names import Name
from migsafe.model.operations import RollbackToSavepoint, Savepoint
from migsafe.model.record import KeywordRecord, derived

if TYPE_CHECKING:  # with the model of time, which is loaded only where sizes are known
    from migsafe.effects.capacity import Capacity

WEAKEST_REPORTED = LockMode.SHARE_UPDATE_EXCLUSIVE
"""Weaker modes make nobody wait who reads, writes or changes the schema in the usual way."""


class Executed(KeywordRecord):
    """A statement of the focus with what it does. `private` are the relations that only this run can see or that
    hold no rows yet: created by the same transaction, or by this deploy. `light` are the clauses whose row changes
    are few by their form (`effects.weight`). `partitions` are the partitions that it locks, each with the table at
    the top."""

    migration: Migration
    statement: Statement
    outcome: Effect | Refusal | None
    transaction: int | None
    private: frozenset[Name] = frozenset()
    light: frozenset[int] = frozenset()
    lock_limit: float | bool = False  # the lock_timeout in force, in seconds; True: one of unknown length
    capacity: Capacity | None = None  # None: nobody told sizes, or nothing that takes space is done
    partitions: tuple[tuple[Name, Name], ...] = ()

    @derived
    def ref(self) -> StatementRef:
        return StatementRef(self.migration.key, self.statement.index)

    @derived
    def heavy_work(self) -> tuple[Work, ...]:
        """Work that can take long, on relations that others use."""
        work = self.effect.work if self.effect is not None else ()
        return tuple(w for w in work if w.table not in self.private and not self._is_light(w))

    def _is_light(self, work: Work) -> bool:
        return work.kind is WorkKind.EMPTY or (work.kind is WorkKind.DATA and work.clause in self.light)

    @property
    def effect(self) -> Effect | None:
        return self.outcome if isinstance(self.outcome, Effect) else None


class _Held:
    """A lock while it is held: who took it, and where in the transaction's work."""

    def __init__(self, start: StatementRef, kind: RelationKind, depth: int, log: WorkLog) -> None:
        self.start = start
        self.kind = kind
        self.depth = depth
        self.first_work = len(log.work)
        self.first_statement = log.statements


class _OpenTransaction:
    """The locks of one transaction while its statements go by."""

    def __init__(self, transaction: int | None) -> None:
        self.transaction = transaction
        self.held: dict[tuple[Name, LockMode], _Held] = {}
        self.modes: dict[Name, list[LockMode]] = {}  # those of `held`, by relation
        self.log = WorkLog()
        self.savepoints: list[str] = []
        self.last: StatementRef | None = None

    def take(self, executed: Executed) -> Iterator[Window]:
        """Account for one statement; yields the windows that a ROLLBACK TO closes."""
        yield from self._savepoints(executed)
        effect = executed.effect
        if effect is not None:
            self._locks(executed, effect)
            self.log.add(executed.ref, effect)
        else:
            self.log.add_unknown()
        self.last = executed.ref

    def close(self) -> Iterator[Window]:
        for (relation, mode), held in self.held.items():
            yield self._window(relation, mode, held)
        self.held.clear()

    def _locks(self, executed: Executed, effect: Effect) -> None:
        for lock in effect.locks:
            if lock.mode < WEAKEST_REPORTED or self._covered(lock.relation, lock.mode):
                continue
            self.held[lock.relation, lock.mode] = _Held(executed.ref, lock.kind, len(self.savepoints), self.log)
            self.modes.setdefault(lock.relation, []).append(lock.mode)

    def _covered(self, relation: Name, mode: LockMode) -> bool:
        return any(mode <= held for held in self.modes.get(relation, ()))

    def _savepoints(self, executed: Executed) -> Iterator[Window]:
        for operation in executed.statement.operations:
            if isinstance(operation, Savepoint):
                self.savepoints.append(operation.name)
            if isinstance(operation, RollbackToSavepoint) and operation.name in self.savepoints:
                depth = len(self.savepoints) - self.savepoints[::-1].index(operation.name)
                del self.savepoints[depth:]
                yield from self._release(depth)

    def _release(self, depth: int) -> Iterator[Window]:
        for key in [key for key, held in self.held.items() if held.depth >= depth]:
            self.modes[key[0]].remove(key[1])
            yield self._window(*key, self.held.pop(key))

    def _window(self, relation: Name, mode: LockMode, held: _Held) -> Window:
        return Window(
            transaction=self.transaction,
            relation=relation,
            kind=held.kind,
            mode=mode,
            start=held.start,
            end=self.last or held.start,
            log=self.log,
            first_work=held.first_work,
            end_work=len(self.log.work),
            first_statement=held.first_statement,
            end_statement=self.log.statements,
        )


def windows(run: Iterable[Executed]) -> tuple[Window, ...]:
    """The windows of all transactions in the order in which their locks are released."""
    result: list[Window] = []
    current: _OpenTransaction | None = None
    for executed in run:
        if current is not None and _ends(current, executed):
            result.extend(current.close())
            current = None
        current = current or _OpenTransaction(executed.transaction)
        result.extend(current.take(executed))
    if current is not None:
        result.extend(current.close())
    return tuple(result)


def _ends(current: _OpenTransaction, following: Executed) -> bool:
    return following.transaction is None or following.transaction != current.transaction
