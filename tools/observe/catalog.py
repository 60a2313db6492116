"""The relations of a database at one moment, and what differs between two moments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import LiteralString

import psycopg

from tools.observe.observation import DataChange, ObservedLock, strongest

KINDS = {
    "r": "table",
    "p": "partitioned-table",
    "m": "materialized-view",
    "v": "view",
    "i": "index",
    "I": "index",
    "S": "sequence",
    "f": "foreign-table",
}
# Counters of the running transaction, and those that sessions have already handed in.
XACT_COUNTERS: tuple[LiteralString, ...] = (
    "pg_stat_get_xact_numscans(c.oid)",
    "pg_stat_get_xact_tuples_inserted(c.oid)",
    "pg_stat_get_xact_tuples_updated(c.oid)",
    "pg_stat_get_xact_tuples_deleted(c.oid)",
)
TOTAL_COUNTERS: tuple[LiteralString, ...] = (
    "pg_stat_get_numscans(c.oid)",
    "pg_stat_get_tuples_inserted(c.oid)",
    "pg_stat_get_tuples_updated(c.oid)",
    "pg_stat_get_tuples_deleted(c.oid)",
)


@dataclass(frozen=True)
class Relation:
    oid: int
    name: str
    relkind: str
    file: str
    table: int
    bytes: int
    scans: int
    inserted: int
    updated: int
    deleted: int

    @property
    def kind(self) -> str:
        return KINDS[self.relkind]

    @property
    def has_rows_of_its_own(self) -> bool:
        return self.relkind in "rm"


Relations = dict[int, Relation]


def relations(session: psycopg.Connection, counters: tuple[LiteralString, ...]) -> Relations:
    """Every relation of a user, by its number. TOAST tables are left out: they follow their table."""
    query: LiteralString = f"""
        SELECT c.oid::int8,
               CASE WHEN c.relnamespace = pg_my_temp_schema() THEN 'pg_temp'
                    ELSE quote_ident(n.nspname) END || '.' || quote_ident(c.relname),
               c.relkind::text,
               c.reltablespace::text || '/' || c.relfilenode::text,
               coalesce(i.indrelid, 0)::int8,
               CASE WHEN c.relkind IN ('r', 'm') THEN pg_relation_size(c.oid) ELSE 0 END,
               {", ".join(counters)}
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_index i ON i.indexrelid = c.oid
        WHERE c.relkind IN ('r', 'p', 'm', 'v', 'i', 'I', 'S', 'f')
          AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
          AND n.nspname NOT LIKE 'pg\\_toast\\_temp\\_%'"""
    return {row[0]: Relation(*row) for row in session.execute(query)}


def held_locks(session: psycopg.Connection, pid: int) -> list[tuple[int, str]]:
    query = """
        SELECT relation::int8, mode FROM pg_locks
        WHERE pid = %s AND locktype = 'relation' AND granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
    return [(oid, mode) for oid, mode in session.execute(query, [pid])]


def named_locks(locks: Iterable[tuple[int, str]], known: Relations) -> tuple[ObservedLock, ...]:
    """The strongest mode for each relation that is known; the others did not exist before."""
    modes: dict[int, list[str]] = {}
    for oid, mode in locks:
        modes.setdefault(oid, []).append(mode)
    return tuple(
        sorted(
            ObservedLock(known[oid].name, known[oid].kind, strongest(asked))
            for oid, asked in modes.items()
            if oid in known
        )
    )


@dataclass(frozen=True)
class Difference:
    """What happened to the relations of `before` until `after`."""

    before: Relations
    after: Relations

    def emptied(self, truncates: bool) -> set[int]:
        """Tables left without a row: by a new empty file, or in place where the transaction made them."""
        return {
            new.oid
            for old, new in self._pairs()
            if new.has_rows_of_its_own and ((old.bytes and not new.bytes) or (truncates and old.file != new.file))
        }

    def rewritten(self) -> set[int]:
        return {new.oid for old, new in self._pairs() if new.has_rows_of_its_own and old.file != new.file}

    def built_indexes(self) -> set[int]:
        """ALTER TABLE makes a new index over an old file where it may: that is no build."""
        old_files = {relation.file for relation in self.before.values()}
        return {
            index.oid
            for index in self.after.values()
            if index.relkind == "i" and index.table in self.before and index.file not in old_files
        }

    def scanned(self) -> set[int]:
        return {new.oid for old, new in self._pairs() if new.has_rows_of_its_own and new.scans > old.scans}

    def data(self, replaced: set[int]) -> tuple[DataChange, ...]:
        changes = set()
        for old, new in self._pairs():
            if new.oid in replaced:
                continue
            if new.inserted > old.inserted:
                changes.add(DataChange(new.name, "insert"))
            if new.updated > old.updated:
                changes.add(DataChange(new.name, "update"))
            if new.deleted > old.deleted:
                changes.add(DataChange(new.name, "delete"))
        return tuple(sorted(changes))

    def created_a_table(self) -> bool:
        return any(relation.has_rows_of_its_own and oid not in self.before for oid, relation in self.after.items())

    def names(self, oids: Iterable[int]) -> tuple[str, ...]:
        return tuple(sorted(self.after[oid].name for oid in oids))

    def _pairs(self) -> list[tuple[Relation, Relation]]:
        return [(old, self.after[oid]) for oid, old in self.before.items() if oid in self.after]
