"""PostgreSQL's table-level lock modes and whom they make wait.

Source: PostgreSQL manual, 13.3.1 "Table-Level Locks", table "Conflicting Lock Modes".
"""

from __future__ import annotations

from enum import IntEnum, StrEnum

from migsafe.model.names import Name
from migsafe.model.record import Record


class LockMode(IntEnum):
    """The eight modes in the order of their strength (the numbers of the server's lockdefs.h)."""

    ACCESS_SHARE = 1
    ROW_SHARE = 2
    ROW_EXCLUSIVE = 3
    SHARE_UPDATE_EXCLUSIVE = 4
    SHARE = 5
    SHARE_ROW_EXCLUSIVE = 6
    EXCLUSIVE = 7
    ACCESS_EXCLUSIVE = 8

    @property
    def pg_name(self) -> str:
        """The name in `pg_locks.mode`, such as `AccessExclusiveLock`."""
        return self.name.title().replace("_", "") + "Lock"

    @property
    def manual_name(self) -> str:
        """The name in the manual and in LOCK TABLE, such as `ACCESS EXCLUSIVE`."""
        return self.name.replace("_", " ")

    @property
    def blocks(self) -> tuple[Blocked, ...]:
        """Who waits while this mode is held, strongest concern first."""
        return _BLOCKS[self]


class Blocked(StrEnum):
    """Kinds of work that a held lock makes wait."""

    READ = "read"  # SELECT: ACCESS SHARE
    WRITE = "write"  # INSERT, UPDATE, DELETE: ROW EXCLUSIVE
    DDL = "ddl"  # the weakest lock of schema changes and maintenance: SHARE UPDATE EXCLUSIVE


def _from(weakest: int, *also: int) -> frozenset[LockMode]:
    return frozenset(LockMode(n) for n in (*range(weakest, 9), *also))


_CONFLICTS: dict[LockMode, frozenset[LockMode]] = {
    LockMode.ACCESS_SHARE: _from(8),
    LockMode.ROW_SHARE: _from(7),
    LockMode.ROW_EXCLUSIVE: _from(5),
    LockMode.SHARE_UPDATE_EXCLUSIVE: _from(4),
    LockMode.SHARE: _from(6, 3, 4),
    LockMode.SHARE_ROW_EXCLUSIVE: _from(3),
    LockMode.EXCLUSIVE: _from(2),
    LockMode.ACCESS_EXCLUSIVE: _from(1),
}

_VICTIMS = (
    (Blocked.READ, LockMode.ACCESS_SHARE),
    (Blocked.WRITE, LockMode.ROW_EXCLUSIVE),
    (Blocked.DDL, LockMode.SHARE_UPDATE_EXCLUSIVE),
)
_BLOCKS = {
    mode: tuple(kind for kind, victim in _VICTIMS if victim in conflicts) for mode, conflicts in _CONFLICTS.items()
}


class RelationKind(StrEnum):
    """What a relation is, in the words of the report."""

    TABLE = "table"
    PARTITIONED_TABLE = "partitioned-table"
    MATERIALIZED_VIEW = "materialized-view"
    VIEW = "view"
    INDEX = "index"
    SEQUENCE = "sequence"
    FOREIGN_TABLE = "foreign-table"

    @property
    def is_part(self) -> bool:
        """Whether it belongs to a table, mostly, and is used through it."""
        return self in (RelationKind.INDEX, RelationKind.SEQUENCE)


class Lock(Record):
    """One lock that a statement takes on one relation."""

    relation: Name
    kind: RelationKind
    mode: LockMode
    clause: int = 0  # which clause of the statement asks for it
    reason: str = ""
