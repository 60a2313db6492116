"""What a server did with one statement, in the words of the JSON report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

# From weak to strong, by their names in pg_locks.
LOCK_MODES = (
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
)


class ObservationError(RuntimeError):
    """A case could not be observed: its setup or an earlier statement failed, or a server hung."""


@dataclass(frozen=True, order=True)
class ObservedLock:
    relation: str
    kind: str
    mode: str


@dataclass(frozen=True, order=True)
class DataChange:
    relation: str
    kind: str


@dataclass(frozen=True)
class Refusal:
    sqlstate: str
    message: str


@dataclass(frozen=True)
class Observation:
    """Everything is sorted. `held` is what earlier statements of the transaction had locked already."""

    locks: tuple[ObservedLock, ...] = ()
    held: tuple[ObservedLock, ...] = ()
    rewrites: tuple[str, ...] = ()
    index_builds: tuple[str, ...] = ()
    scans: tuple[str, ...] = ()
    empties: tuple[str, ...] = ()
    data: tuple[DataChange, ...] = ()
    transactional: bool = True
    waits_for_snapshots: bool = False
    error: Refusal | None = None

    def to_json(self) -> dict[str, object]:
        return asdict(self)

    @classmethod
    def from_json(cls, source: Mapping[str, object]) -> Observation:
        error = source["error"]
        return cls(
            locks=tuple(ObservedLock(**lock) for lock in _records(source["locks"])),
            held=tuple(ObservedLock(**lock) for lock in _records(source["held"])),
            rewrites=_names(source["rewrites"]),
            index_builds=_names(source["index_builds"]),
            scans=_names(source["scans"]),
            empties=_names(source["empties"]),
            data=tuple(DataChange(**change) for change in _records(source["data"])),
            transactional=bool(source["transactional"]),
            waits_for_snapshots=bool(source["waits_for_snapshots"]),
            error=None if error is None else Refusal(**_record(error)),
        )


def strongest(modes: Iterable[str]) -> str:
    return max(modes, key=LOCK_MODES.index)


def _record(value: object) -> dict[str, str]:
    assert isinstance(value, dict)
    return value


def _records(value: object) -> list[dict[str, str]]:
    assert isinstance(value, list | tuple)
    return [_record(item) for item in value]


def _names(value: object) -> tuple[str, ...]:
    assert isinstance(value, list | tuple)
    return tuple(str(item) for item in value)
