"""The accumulator that the handlers of one statement write to.

A lock that is asked for twice is kept in its strongest mode, and work on one relation is listed once, with the
reason that came first. Relations that the statement itself creates are left out: nobody else can see them.
"""

from __future__ import annotations

from typing import NoReturn

from migsafe.model.effects import Assumption, Effect, Refusal, SettledBy, Work, WorkKind
from migsafe.model.locks import Lock, LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.schema.schema import Schema
from migsafe.text.holes import shown


class Refused(Exception):  # noqa: N818 - the server's verdict, not a failure of ours
    """Ends the prediction of a statement that the server does not run."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class Builder:
    """Collects locks and work. `clause` is the clause that the handlers are at, and is what they record."""

    def __init__(self, schema: Schema) -> None:
        self.clause = 0
        self._schema = schema
        self._locks: dict[Name, Lock] = {}
        self._brief: list[tuple[Lock, str]] = []
        self._supposed: dict[Name, RelationKind] = {}
        self._sources: dict[Name, str] = {}
        self._work: dict[tuple[WorkKind, Name, str | None], Work] = {}
        self._created: set[Name] = set()
        self._assumptions: dict[Assumption, None] = {}
        self._transactional = True
        self._waits_for_snapshots = False

    def created(self, relation: Name) -> None:
        """The statement creates this relation: locks and work on it from here on are nobody's concern."""
        self._created.add(relation)

    def creates(self, relation: Name) -> bool:
        return relation in self._created

    def lock(self, relation: Name, mode: LockMode, reason: str, source: str = "") -> None:
        """Ask for a lock; `relation` is resolved."""
        if relation in self._created:
            return
        held = self._locks.get(relation)
        if held is not None and held.mode >= mode:
            return
        self._locks[relation] = Lock(relation, self.kind(relation), mode, self.clause, reason)
        self._sources[relation] = source

    def lock_briefly(self, relation: Name, mode: LockMode, reason: str, source: str = "") -> None:
        """Ask for a lock that is released before the statement ends: nobody sees it at the end of a transaction, but
        a statement that cannot run in one is told by the strongest locks that it asks for."""
        if relation not in self._created:
            self._brief.append((Lock(relation, self.kind(relation), mode, self.clause, reason), source))

    def rewrite(self, table: Name, reason: str, source: str = "") -> None:
        """Every row is copied into a new file, which reads the table in full. Its indexes are the caller's."""
        self._add(Work(WorkKind.REWRITE, table, table, self.clause, reason, source))
        self.scan(table, reason, source)

    def replace_rows(self, table: Name, reason: str, source: str = "") -> None:
        """New rows go into a new file, and the old ones are not read: REFRESH MATERIALIZED VIEW."""
        self._add(Work(WorkKind.REWRITE, table, table, self.clause, reason, source))

    def scan(self, table: Name, reason: str, source: str = "") -> None:
        self._add(Work(WorkKind.SCAN, table, table, self.clause, reason, source))

    def build(self, index: Name, table: Name, reason: str, source: str = "") -> None:
        """The index gets a new file. Whether the table is read for it is the caller's."""
        self._add(Work(WorkKind.INDEX_BUILD, index, table, self.clause, reason, source))

    def empty(self, table: Name, reason: str, source: str = "") -> None:
        self._add(Work(WorkKind.EMPTY, table, table, self.clause, reason, source))

    def data(self, table: Name, change: str, reason: str, source: str = "") -> None:
        """`change` is "insert", "update" or "delete"."""
        self._add(Work(WorkKind.DATA, table, table, self.clause, reason, source, change))

    def assume(self, what: str, settled_by: SettledBy = SettledBy.SCHEMA) -> None:
        """Record something that text and schema do not tell and that was taken as its worst case."""
        self._assumptions[Assumption(shown(what), settled_by)] = None

    def assume_rows(self, table: Name, what: str) -> None:
        """Record something that the rows decide; a table that nobody has filled yet has none."""
        relation = self._schema.relation(table)
        if not relation.new or relation.filled:
            self.assume(what, SettledBy.DATABASE)

    def refuse(self, message: str, sqlstate: str, source: str = "") -> NoReturn:
        """The server does not run the statement: its own message and SQLSTATE. Does not return."""
        raise Refused(Refusal(shown(message), sqlstate, self.clause, source))

    def not_transactional(self) -> None:
        self._transactional = False

    def waits_for_snapshots(self) -> None:
        self._waits_for_snapshots = True

    def suppose(self, relation: Name, kind: RelationKind) -> None:
        """What an unknown relation has to be, because the server would refuse the statement for any other."""
        self._supposed[relation] = kind

    def kind(self, relation: Name) -> RelationKind:
        if self._schema.index(relation) is not None:
            return RelationKind.INDEX
        known = self._schema.relation(relation)
        return known.kind if known.known else self._supposed.get(relation, known.kind)

    def finish(self) -> Effect:
        if not self._transactional:
            for lock, brief_source in self._brief:
                self.lock(lock.relation, lock.mode, lock.reason, brief_source)
        reason, source = self._main_reason()
        return Effect(
            locks=tuple(self._locks.values()),
            work=tuple(self._work.values()),
            transactional=self._transactional,
            waits_for_snapshots=self._waits_for_snapshots,
            reason=reason,
            source=source,
            assumptions=tuple(self._assumptions),
        )

    def _add(self, work: Work) -> None:
        if work.table not in self._created:
            self._work.setdefault((work.kind, work.relation, work.change), work)

    def _main_reason(self) -> tuple[str, str]:
        """Why the most expensive part happens: work before locks, the strongest lock before others."""
        order = (WorkKind.REWRITE, WorkKind.INDEX_BUILD, WorkKind.SCAN, WorkKind.DATA, WorkKind.EMPTY)
        if self._work:
            worst = min(self._work.values(), key=lambda work: order.index(work.kind))
            return worst.reason, worst.source
        if self._locks:
            strongest = max(self._locks.values(), key=lambda lock: lock.mode)
            return strongest.reason, self._sources[strongest.relation]
        return "", ""
