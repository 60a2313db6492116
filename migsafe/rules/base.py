"""What a rule is: metadata, a docstring that is its page, and one pure function from a situation to findings.

A rule looks at a statement just before it runs, at a transaction when it has ended, or at a whole migration; the
decorator says which. Nothing is registered globally: `registry.rules` finds the rules by walking this package, so a
new rule is a new file and no shared file changes.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import TypeVar

from migsafe.effects.windows import Executed
from migsafe.model.effects import Effect, StatementRef, Window, Work
from migsafe.model.findings import LockWait, Place, Prolonged, Related, Remedy, Severity
from migsafe.model.locks import LockMode
from migsafe.model.migration import Migration, Statement, Transaction
from migsafe.model.names import Name
from migsafe.model.operations import Operation, RenameRelation
from migsafe.model.record import KeywordRecord, Record, derived
from migsafe.rules.target import Target
from migsafe.schema.difference import Difference
from migsafe.schema.schema import Schema
from migsafe.sources.transactions import ControlNote

_NO_EFFECT = Effect()
Kind = TypeVar("Kind", bound=Operation)


class StatementSituation(KeywordRecord):
    """One statement of the focus, and the schema before it."""

    executed: Executed
    schema: Schema
    target: Target
    transaction: Transaction | None = None
    earlier: Sequence[Executed] = ()  # statements of the same transaction before it
    undoes: Migration | None = None  # the way up, when the statement is of a way back

    @property
    def statement(self) -> Statement:
        return self.executed.statement

    @property
    def migration(self) -> Migration:
        return self.executed.migration

    @property
    def effect(self) -> Effect:
        """The prediction; an empty one for a statement that was refused or not analysed."""
        return self.executed.effect or _NO_EFFECT

    def is_new(self, relation: Name) -> bool:
        """Whether nobody can be waiting for the relation: created in this transaction or deploy, without rows."""
        return relation in self.executed.private

    def clauses(self, kind: type[Kind]) -> Iterator[tuple[int, Kind]]:
        """The operations of one type, each with the number of its clause."""
        for number, operation in enumerate(self.statement.operations):
            if isinstance(operation, kind):
                yield number, operation

    def working(self, kind: type[Kind]) -> Iterator[tuple[int, Kind, tuple[Work, ...]]]:
        """Those of `clauses` that cause work which others may have to wait for, each with that work."""
        for number, operation in self.clauses(kind):
            work = self.work_of(number)
            if work:
                yield number, operation, work

    def work_of(self, clause: int) -> tuple[Work, ...]:
        """The work that one clause causes, if it can take long and others use the relation."""
        return tuple(w for w in self.executed.heavy_work if w.clause == clause)

    def place(self, clause: int | None = None) -> Place:
        return place(self.migration, self.statement, clause)


class LockOrder(Record):
    """The tables that a transaction locks one after the other, and where it does."""

    tables: tuple[Name, ...]
    place: Place


class TransactionSituation(KeywordRecord):
    """A finished transaction (or a statement by itself): its statements and its windows."""

    run: tuple[Executed, ...]
    windows: tuple[Window, ...]
    schema: Schema  # after the last migration of the run: what stands in the end
    target: Target
    transaction: Transaction | None = None
    explained: Container[tuple[StatementRef, Work]] = frozenset()  # work that a finding reports already
    explained_held: Container[tuple[StatementRef, Work]] = frozenset()  # … with earlier locks
    doubted: Container[tuple[StatementRef, Work]] = frozenset()  # … as a warning: it may be less than that
    lock_orders: Sequence[LockOrder] = ()  # of earlier transactions of the focus

    def executed(self, ref: StatementRef) -> Executed:
        return self._by_ref[ref]

    def taken_by(self, executed: Executed) -> Sequence[Window]:
        """The windows of the locks that a statement takes."""
        return self._by_start.get(executed.ref, ())

    @derived
    def first_names(self) -> dict[Name, Name]:
        """The new names of tables that the transaction renames, each with the table's name before: whoever waits for
        one of them waits for the other. A name that another relation had before is left out."""
        found: dict[Name, Name] = {}
        seen: set[Name] = set()
        for executed in self.run:
            locked = {lock.relation for lock in executed.effect.locks} if executed.effect is not None else set()
            seen |= locked
            for operation in executed.statement.operations:
                if isinstance(operation, RenameRelation):
                    old = next((name for name in locked if name.name == operation.table.name), None)
                    new = old._replace(name=operation.new_name) if old is not None else None
                    if old is not None and new is not None and new not in seen:
                        found[new] = found.get(old, old)
        return found

    @derived
    def _by_ref(self) -> dict[StatementRef, Executed]:
        return {executed.ref: executed for executed in self.run}

    @derived
    def _by_start(self) -> dict[StatementRef, list[Window]]:
        found: dict[StatementRef, list[Window]] = {}
        for window in self.windows:
            found.setdefault(window.start, []).append(window)
        return found


class MigrationSituation(KeywordRecord):
    """All statements of one migration of the focus."""

    migration: Migration
    run: tuple[Executed, ...]
    windows: tuple[Window, ...]
    schema: Schema  # after the last migration of the run: what stands in the end
    target: Target
    transactions: tuple[Transaction, ...] = ()
    later: int = 0  # migrations of the focus that run after this one
    undoes: Migration | None = None  # the way up, when the migration is a way back
    left: tuple[Difference, ...] = ()  # by a way back: what is otherwise than before its way up
    lacks_way_back: bool = False  # it changes the schema and nothing takes that back, while others have ways back
    control: tuple[ControlNote, ...] = ()  # transaction control that does not do what it looks like


class Hit(KeywordRecord):
    """What a rule returns: a finding without the parts that the rule's metadata and the situation tell.

    `message` is one sentence about what happens to whom, `why` the reason in the server's terms. `explains` is the
    work this hit reports, so that the general rule about blocking work stays silent about it; `explains_held` the
    work that it reports together with the locks of earlier statements, of which `held` is the one on `relation`.
    `lasts` is the work that others wait for, where it is not what the hit explains; `lock_wait` how long the
    statement itself waits. `prolongs` is what a finding about the same work says instead, where there is one
    (`joining`). `lock_order` is kept for the transactions that come after. `at` is needed only where the situation
    holds several statements; `clause` points at the part of the statement that is meant.
    """

    severity: Severity
    message: str
    why: str = ""
    remedy: Remedy | None = None
    clause: int | None = None
    relation: Name | None = None
    held: LockMode | None = None
    explains: tuple[Work, ...] = ()
    explains_held: tuple[Work, ...] = ()
    lasts: tuple[Work, ...] = ()
    lock_wait: LockWait | None = None
    prolongs: tuple[Prolonged, ...] = ()
    lock_order: LockOrder | None = None
    related: tuple[Related, ...] = ()
    at: Executed | None = None
    place: Place | None = None


class RuleInfo(KeywordRecord):
    """Metadata of a rule. The name states the hazard and reads well after "allow …"; codes are never reused."""

    code: str
    name: str
    since: str
    default: bool = True
    fallback: bool = False  # runs last, on the work that no other rule has explained
    summary: str = ""  # the first line of the module's docstring
    page: str = ""  # the whole docstring


class StatementRule(Record):
    """`about` are the operations that the rule looks for in a statement; empty when it looks at every statement."""

    info: RuleInfo
    check: Callable[[StatementSituation], Iterable[Hit]]
    about: tuple[type[Operation], ...] = ()


class TransactionRule(Record):
    info: RuleInfo
    check: Callable[[TransactionSituation], Iterable[Hit]]


class MigrationRule(Record):
    info: RuleInfo
    check: Callable[[MigrationSituation], Iterable[Hit]]


class RunRule(Record):
    """A rule that the pipeline itself applies, because it is about the run and not about a migration's content."""

    info: RuleInfo


Rule = StatementRule | TransactionRule | MigrationRule | RunRule


def statement_rule(
    info: RuleInfo, *about: type[Operation]
) -> Callable[[Callable[[StatementSituation], Iterable[Hit]]], StatementRule]:
    """A rule about one statement just before it runs, asked only about statements with one of these operations."""
    return lambda check: StatementRule(info, check, about)


def transaction_rule(
    info: RuleInfo,
) -> Callable[[Callable[[TransactionSituation], Iterable[Hit]]], TransactionRule]:
    """A rule about a transaction, when it has ended."""
    return lambda check: TransactionRule(info, check)


def migration_rule(
    info: RuleInfo,
) -> Callable[[Callable[[MigrationSituation], Iterable[Hit]]], MigrationRule]:
    """A rule about a whole migration."""
    return lambda check: MigrationRule(info, check)


def place(migration: Migration, statement: Statement, clause: int | None = None) -> Place:
    """Where a clause of a statement stands; the whole statement without one."""
    if clause is None or clause >= len(statement.clauses):
        return Place(statement.path or migration.path, statement.span)
    return Place(statement.path or migration.path, statement.clauses[clause].span)
