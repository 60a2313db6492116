"""What the formulas look at: one statement, the schema before it, the sizes and the constants."""

from __future__ import annotations

from migsafe.effects.duration.sizes import Size, Sizes
from migsafe.model.constants import Constants
from migsafe.model.effects import Effect, Work, WorkKind
from migsafe.model.migration import Statement
from migsafe.model.names import Name
from migsafe.model.operations import Operation
from migsafe.schema.objects import Relation
from migsafe.schema.schema import Schema

_MAINTENANCE_MEMORY = 64 << 20  # maintenance_work_mem, the manual, 19.4
_MAINTENANCE_WORKERS = 2  # max_parallel_maintenance_workers
_SHARED_BUFFERS = 128 << 20
_LOG_LIMIT = 1 << 30  # max_wal_size


class Moment:
    """A statement at the moment when it starts."""

    def __init__(self, effect: Effect, statement: Statement, sizes: Sizes, constants: Constants) -> None:
        self.effect = effect
        self.statement = statement
        self.sizes = sizes
        self.schema: Schema = sizes.schema
        self.constants = constants

    def relation(self, name: Name) -> Relation:
        return self.schema.relation(name)

    def size(self, name: Name) -> Size | None:
        return self.sizes.table(name)

    def bytes_read(self, size: Size) -> float:
        """Seconds to read the main file. Of what the server's own cache did not have, half is taken to be in the
        operating system's, and half on disk."""
        return size.heap_bytes * (self.constants.read_byte + size.uncached / 2 * self.constants.disk_byte)

    def operation(self, work: Work) -> Operation | None:
        """The clause that causes the work."""
        operations = self.statement.operations
        return operations[work.clause] if work.clause < len(operations) else None

    def has(self, kind: WorkKind, table: Name) -> bool:
        return any(work.kind is kind and work.table == table for work in self.effect.work)

    @property
    def maintenance_memory(self) -> float:
        return self._number("maintenance_work_mem", _MAINTENANCE_MEMORY)

    @property
    def maintenance_workers(self) -> int:
        return int(self._number("max_parallel_maintenance_workers", _MAINTENANCE_WORKERS))

    @property
    def shared_buffers(self) -> float:
        return self._number("shared_buffers", _SHARED_BUFFERS)

    @property
    def log_limit(self) -> float:
        return self._number("max_wal_size", _LOG_LIMIT)

    @property
    def syncs(self) -> bool:
        """Whether new files are flushed to disk before the statement ends."""
        return self.sizes.setting("fsync") != "off"

    def _number(self, setting: str, default: float) -> float:
        text = self.sizes.setting(setting)
        try:
            return default if text is None else float(text)
        except ValueError:
            return default
