"""Which transaction each statement runs in, from what the runner does and from BEGIN and COMMIT in the text.

Follows the server: `src/backend/access/transam/xact.c` (what BEGIN and COMMIT do in each state) and
`exec_simple_query` in `src/backend/tcop/postgres.c` (several statements in one query string form an implicit
block, which a BEGIN inside turns into an explicit transaction together with what came before it).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import Enum

from migsafe.model.migration import Migration, Statement, Transaction, TransactionKind, TransactionScope
from migsafe.model.operations import Begin, Commit, Operation, PrepareTransaction, Rollback
from migsafe.model.record import KeywordRecord, Record
from migsafe.model.text import Span


class Irregularity(Enum):
    """Transaction control that does not do what it looks like."""

    NESTED_BEGIN = "BEGIN inside a transaction has no effect"
    NOTHING_TO_END = "there is no transaction to end"
    ENDS_RUNNERS = "ends the transaction of the migration tool: what follows is no longer part of it"
    NEVER_ENDED = "the transaction is still open at the end of the file"
    REFUSED_IN_BLOCK = "a procedure or DO block cannot end a transaction that was begun outside of it"


class ControlNote(Record):
    """A statement (numbers of the migration and of the statement in it) whose transaction control is irregular."""

    migration: int
    statement: int
    what: Irregularity


class Assigned(KeywordRecord):
    """Transactions of a run. In `of`, None means that the statement commits by itself.

    Keys are the number of the migration in the run and the statement's index. Transactions in `rolled_back` leave
    nothing behind.
    """

    transactions: tuple[Transaction, ...]
    of: Mapping[tuple[int, int], int | None]
    rolled_back: frozenset[int] = frozenset()
    notes: tuple[ControlNote, ...] = ()


def assign(run: Sequence[Migration]) -> Assigned:
    """The transactions of migrations that are applied one after the other, in this order and direction."""
    walk = _Walk()
    for number, migration in enumerate(run):
        walk.enter(migration, run[number - 1] if number else None)
        walk.statements(number, migration)
        walk.leave(migration)
    transactions = tuple(Transaction(number, kind, tuple(ids)) for number, (kind, ids) in enumerate(walk.transactions))
    return Assigned(
        transactions=transactions, of=walk.of, rolled_back=frozenset(walk.rolled_back), notes=tuple(walk.notes)
    )


class _Walk:
    """The session's state while the statements go by."""

    def __init__(self) -> None:
        self.transactions: list[tuple[TransactionKind, dict[str, None]]] = []
        self.of: dict[tuple[int, int], int | None] = {}
        self.rolled_back: set[int] = set()
        self.notes: list[ControlNote] = []
        self.current: int | None = None
        self.batch: Span | None = None
        self.runner_begins = False  # the runner has sent its BEGIN, and the transaction is not ended
        self.begun_by: tuple[int, int] | None = None
        self.last = -1  # the statement before, in its migration

    def enter(self, migration: Migration, previous: Migration | None) -> None:
        if previous is not None and _same_group(previous, migration):
            return
        self._end()
        self.runner_begins = migration.scope in (TransactionScope.FILE, TransactionScope.GROUP)

    def leave(self, migration: Migration) -> None:
        self.batch = None
        if self._kind() in (TransactionKind.IMPLICIT, TransactionKind.NONE):
            self._end()
        if migration.scope is TransactionScope.GROUP:
            return
        if self.begun_by is not None and migration.scope is not TransactionScope.FILE:
            self.notes.append(ControlNote(*self.begun_by, Irregularity.NEVER_ENDED))
        self._end()

    def statements(self, number: int, migration: Migration) -> None:
        self.last = -1
        parents = {statement.parent for statement in migration.statements}
        several = _Batches(migration)
        for statement in migration.statements:
            key = (number, statement.index)
            if _is_apart(migration, statement):
                self.of[key] = None
            elif statement.parent is None:
                self._autocommit(migration, statement.index)
                self._leave_batch(several.of(statement))
                self._top_level(key, migration, statement, statement.index in parents)
            else:
                self._inside(key, migration, statement)

    def _autocommit(self, migration: Migration, index: int) -> None:
        """The runner's own commits: it ends its transaction before a block and begins another behind it."""
        for start, end in migration.autocommit:
            if index in (start, end) or start <= self.last < end <= index:
                self._end()
                self.runner_begins = not start <= index < end
        self.last = index

    def _top_level(self, key: tuple[int, int], migration: Migration, statement: Statement, holds: bool) -> None:
        control = _control(statement)
        if self._kind() is TransactionKind.NONE:
            self._end()
        if isinstance(control, Begin):
            self._begin(key)
        elif self.current is None:
            self._open_if_needed(holds)
        self.of[key] = self.current
        if self.current is not None:
            self.transactions[self.current][1].setdefault(migration.id)
        if _ends(control):
            self._end_by(control, key)

    def _open_if_needed(self, holds_others: bool) -> None:
        if self.runner_begins:
            self._open(TransactionKind.RUNNER)
        elif self.batch is not None:
            self._open(TransactionKind.IMPLICIT)
        elif holds_others:
            self._open(TransactionKind.NONE)

    def _begin(self, key: tuple[int, int]) -> None:
        """xact.c, BeginTransactionBlock: an implicit block is converted, a real one is left as it is."""
        if self.current is None and not self.runner_begins:
            self._open(TransactionKind.EXPLICIT)
        elif self.current is None:
            self._open(TransactionKind.RUNNER)
            self.notes.append(ControlNote(*key, Irregularity.NESTED_BEGIN))
            return
        elif self._kind() is TransactionKind.IMPLICIT:
            self.transactions[self.current] = (TransactionKind.EXPLICIT, self.transactions[self.current][1])
        else:
            self.notes.append(ControlNote(*key, Irregularity.NESTED_BEGIN))
            return
        self.begun_by = key

    def _end_by(self, control: Operation | None, key: tuple[int, int]) -> None:
        kind = self._kind()
        if kind in (None, TransactionKind.IMPLICIT):
            self.notes.append(ControlNote(*key, Irregularity.NOTHING_TO_END))
        if kind is TransactionKind.RUNNER:
            self.notes.append(ControlNote(*key, Irregularity.ENDS_RUNNERS))
        if isinstance(control, Rollback) and self.current is not None:
            self.rolled_back.add(self.current)
        self._end()
        self.runner_begins = False
        if isinstance(control, Commit | Rollback) and control.chain:
            self._open(TransactionKind.EXPLICIT)
            self.begun_by = key

    def _inside(self, key: tuple[int, int], migration: Migration, statement: Statement) -> None:
        """A statement in a body. Only a body that is called by itself can commit (manual, 41.8)."""
        self.of[key] = self.current
        if not _ends(_control(statement)):
            return
        if self._kind() is not TransactionKind.NONE:
            self.notes.append(ControlNote(*key, Irregularity.REFUSED_IN_BLOCK))
            return
        self._open(TransactionKind.NONE)
        self.transactions[-1][1].setdefault(migration.id)

    def _leave_batch(self, batch: Span | None) -> None:
        if batch != self.batch and self._kind() is TransactionKind.IMPLICIT:
            self._end()
        self.batch = batch

    def _open(self, kind: TransactionKind) -> None:
        self.transactions.append((kind, {}))
        self.current = len(self.transactions) - 1

    def _end(self) -> None:
        self.current = None
        self.begun_by = None

    def _kind(self) -> TransactionKind | None:
        return None if self.current is None else self.transactions[self.current][0]


class _Batches:
    """The query strings of a migration that hold more than one statement; one alone is no implicit block."""

    def __init__(self, migration: Migration) -> None:
        top = [s for s in migration.statements if s.parent is None and s.path is None]
        whole = Span(0, max((s.span.end for s in top), default=0))
        self.spans = (whole,) if migration.scope is TransactionScope.IMPLICIT else migration.batches
        self.starts = [span.start for span in self.spans]
        held = Counter(self._span(statement) for statement in top)
        self.several = {span for span, count in held.items() if count > 1}

    def of(self, statement: Statement) -> Span | None:
        span = self._span(statement) if statement.path is None else None
        return span if span in self.several else None

    def _span(self, statement: Statement) -> Span | None:
        place = bisect_right(self.starts, statement.span.start) - 1
        if place < 0 or statement.span.start >= self.spans[place].end:
            return None
        return self.spans[place]


def _is_apart(migration: Migration, statement: Statement) -> bool:
    """Whether another connection sends the statement; what a DO block holds goes with it."""
    return any(start <= statement.index < end for start, end in migration.apart)


def _same_group(previous: Migration, migration: Migration) -> bool:
    """One transaction around all pending files of one tool."""
    grouped = previous.scope is migration.scope is TransactionScope.GROUP
    return grouped and previous.convention == migration.convention and previous.direction is migration.direction


def _control(statement: Statement) -> Operation | None:
    operation = statement.clauses[0].operation if len(statement.clauses) == 1 else None
    return operation if isinstance(operation, Begin | Commit | Rollback | PrepareTransaction) else None


def _ends(control: Operation | None) -> bool:
    if isinstance(control, PrepareTransaction):
        return control.action == "prepare"
    return isinstance(control, Commit | Rollback)
