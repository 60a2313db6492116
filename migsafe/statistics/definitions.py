"""Definition texts, which the server prints only after it has opened the relation: read last, and never waited for.

`pg_get_expr` with a relation, `pg_get_indexdef`, `pg_get_viewdef`, `pg_get_partkeydef` and the like take ACCESS SHARE
(ruleutils.c: set_relation_column_names, AcquireRewriteLocks), `pg_sequence_last_value` takes ROW EXCLUSIVE on the
sequence (sequence.c, lock_and_open_sequence). Behind a migration they would wait and make others wait. So they are
asked for in batches: relations on which anybody holds or awaits a conflicting lock are left out, a batch that meets a
lock nevertheless gives up after `LOCK_TIMEOUT_MS` and is halved, and what is left over is locked at capture: unknown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Final, LiteralString, NamedTuple, cast

from migsafe.statistics.raw import Oid
from migsafe.statistics.session import LockedError, RefusedError, Session

BATCH: Final = 200
MAX_WAITS: Final = 30
"""Timeouts after which the rest is given up: three seconds of waiting in all."""


class Kind(Enum):
    """What is asked for, with the query; `%s` are the numbers of the objects."""

    CHECK = "SELECT k.oid, 0, pg_get_expr(k.conbin, k.conrelid) FROM pg_constraint k WHERE k.oid = ANY(%s)"
    GENERATED = "SELECT d.oid, 0, pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d WHERE d.oid = ANY(%s)"
    INDEX_KEY = """SELECT i.indexrelid, u.n, pg_get_indexdef(i.indexrelid, u.n, false)
        FROM pg_index i, generate_series(1, i.indnkeyatts) u(n)
        WHERE i.indkey[u.n - 1] = 0 AND i.indexrelid = ANY(%s)"""
    PREDICATE = (
        "SELECT i.indexrelid, 0, pg_get_expr(i.indpred, i.indrelid) FROM pg_index i WHERE i.indexrelid = ANY(%s)"
    )
    PARTITION_KEY = "SELECT c.oid, 0, pg_get_partkeydef(c.oid) FROM pg_class c WHERE c.oid = ANY(%s)"
    VIEW = "SELECT c.oid, 0, pg_get_viewdef(c.oid) FROM pg_class c WHERE c.oid = ANY(%s)"
    BODY = "SELECT p.oid, 0, pg_get_function_sqlbody(p.oid) FROM pg_proc p WHERE p.oid = ANY(%s)"
    LAST_VALUE = """SELECT c.oid, 0, pg_sequence_last_value(c.oid)::text FROM pg_class c
        WHERE c.oid = ANY(%s) AND has_sequence_privilege(c.oid, 'SELECT, USAGE')"""


class Item(NamedTuple):
    """One definition, and the relations that the server opens to print it."""

    kind: Kind
    oid: Oid
    relations: frozenset[Oid]


Key = tuple[Kind, Oid, int]


class Definitions(NamedTuple):
    """Texts by what was asked for; `missed` are the items that nobody could read, `held` all relations that somebody
    held or awaited exclusively while this looked."""

    texts: Mapping[Key, str]
    missed: frozenset[Item]
    held: frozenset[Oid]

    def text(self, kind: Kind, oid: Oid, number: int = 0) -> str | None:
        return self.texts.get((kind, oid, number))


# LAST_VALUE conflicts with more than ACCESS EXCLUSIVE: it takes ROW EXCLUSIVE.
_CONFLICTING: Final[LiteralString] = """
SELECT DISTINCT l.relation FROM pg_locks l
WHERE l.locktype = 'relation' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.pid <> pg_backend_pid() AND l.mode = ANY(%s)"""
_EXCLUSIVE: Final = ["AccessExclusiveLock"]
_AGAINST_WRITERS: Final = ["AccessExclusiveLock", "ExclusiveLock", "ShareRowExclusiveLock", "ShareLock"]


def held_relations(session: Session, kind: Kind = Kind.VIEW) -> frozenset[Oid]:
    """The relations on which another session holds or awaits a lock that the question would wait for."""
    modes = _AGAINST_WRITERS if kind is Kind.LAST_VALUE else _EXCLUSIVE
    return frozenset(cast("Oid", row[0]) for row in session.rows(_CONFLICTING, [modes]))


def read_definitions(session: Session, items: Iterable[Item], done: Callable[[int], None]) -> Definitions:
    """The texts of all items that can be had without waiting. `done` hears how many are dealt with."""
    reading = _Reading(session, done)
    reading.run(_batches(items))
    left, reading.left = reading.left, []
    reading.run(_batches(left))  # a short lock may be gone by now
    return Definitions(reading.texts, frozenset(reading.left), frozenset(reading.held))


def _batches(items: Iterable[Item]) -> deque[tuple[Item, ...]]:
    of_kind: dict[Kind, list[Item]] = {}
    for item in items:
        of_kind.setdefault(item.kind, []).append(item)
    return deque(tuple(same[n : n + BATCH]) for same in of_kind.values() for n in range(0, len(same), BATCH))


class _Reading:
    """The state of one run over the batches."""

    def __init__(self, session: Session, done: Callable[[int], None]) -> None:
        self._session = session
        self._done = done
        self._waits = 0
        self.texts: dict[Key, str] = {}
        self.left: list[Item] = []
        self.held: set[Oid] = set()

    def run(self, batches: deque[tuple[Item, ...]]) -> None:
        while batches:
            batch = batches.popleft()
            free = self._free(batch)
            if not free or self._read(free):
                self._done(len(batch))
            elif len(free) == 1:
                self.left.extend(free)
                self._done(len(batch))
            else:
                middle = len(free) // 2
                batches.extendleft((free[middle:], free[:middle]))
                self._done(len(batch) - len(free))

    def _free(self, batch: tuple[Item, ...]) -> tuple[Item, ...]:
        """The items that nobody is in the way of; the others are set aside."""
        if self._waits >= MAX_WAITS:
            self.left.extend(batch)
            return ()
        held = held_relations(self._session, batch[0].kind)
        self.held |= held
        self.left.extend(item for item in batch if held & item.relations)
        return tuple(item for item in batch if not held & item.relations)

    def _read(self, batch: tuple[Item, ...]) -> bool:
        kind = batch[0].kind
        try:
            rows = self._session.rows(kind.value, [[item.oid for item in batch]])
        except LockedError:
            self._waits += 1
            return False
        except RefusedError:  # one of them was dropped meanwhile, or may not be read
            return False
        for oid, number, text in rows:
            if isinstance(text, str):
                self.texts[kind, cast("Oid", oid), cast("int", number)] = text
        return True
