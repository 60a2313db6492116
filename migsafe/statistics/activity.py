"""The server at this moment: settings, connections, running transactions, replicas. No relation is touched."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, LiteralString, NamedTuple, TypeVar, cast

from migsafe.model.statistics import ReplicaStatistics, RoleSetting, ServerStatistics
from migsafe.statistics.session import RefusedError, Session

T = TypeVar("T")
LONGEST: Final = 5
"""How many of the running transactions are told."""

SETTINGS: Final = (
    "TimeZone",
    "autovacuum",
    "block_size",
    "checkpoint_timeout",
    "deadlock_timeout",
    "default_table_access_method",
    "effective_cache_size",
    "fsync",
    "full_page_writes",
    "hot_standby_feedback",
    "idle_in_transaction_session_timeout",
    "lock_timeout",
    "log_lock_waits",
    "maintenance_work_mem",
    "max_connections",
    "max_locks_per_transaction",
    "max_parallel_maintenance_workers",
    "max_parallel_workers",
    "max_slot_wal_keep_size",
    "max_wal_size",
    "max_worker_processes",
    "search_path",
    "server_encoding",
    "shared_buffers",
    "statement_timeout",
    "synchronous_commit",
    "synchronous_standby_names",
    "transaction_timeout",
    "vacuum_cost_delay",
    "wal_compression",
    "wal_keep_size",
    "wal_level",
    "wal_segment_size",
    "work_mem",
)
_BYTES: Final = {
    "B": 1,
    "kB": 1 << 10,
    "8kB": 8 << 10,
    "16kB": 16 << 10,
    "32kB": 32 << 10,
    "MB": 1 << 20,
    "GB": 1 << 30,
}
_SECONDS: Final = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}

# reset_val: what a new session of this role gets, not what this transaction has set for itself.
_SETTINGS: Final[LiteralString] = """
SELECT s.name, s.reset_val, COALESCE(s.unit, '') FROM pg_settings s WHERE s.name = ANY(%s)
UNION ALL
SELECT 'lc_collate',
  CASE to_jsonb(d) ->> 'datlocprovider' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'C' ELSE d.datcollate END, ''
FROM pg_database d WHERE d.datname = current_database()
ORDER BY 1"""
_ROLE_SETTINGS: Final[LiteralString] = """
SELECT r.rolname, u.setting
FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) u(setting)
WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
ORDER BY 1 NULLS FIRST, 2"""
_CONNECTIONS: Final[LiteralString] = "SELECT sum(numbackends)::int FROM pg_stat_database"
_TRANSACTIONS: Final[LiteralString] = """
SELECT extract(epoch FROM clock_timestamp() - a.xact_start)::float8 FROM pg_stat_activity a
WHERE a.datname = current_database() AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
  AND a.xact_start IS NOT NULL
UNION ALL
SELECT extract(epoch FROM clock_timestamp() - p.prepared)::float8 FROM pg_prepared_xacts p
WHERE p.database = current_database()
ORDER BY 1 DESC"""
_HIDDEN: Final[LiteralString] = """
SELECT count(*)::int FROM pg_stat_activity a
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type IS NULL"""
_REPLICAS: Final[LiteralString] = """
SELECT COALESCE(NULLIF(r.application_name, ''), 'replica'), extract(epoch FROM r.replay_lag)::float8,
  CASE WHEN NOT pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_lsn(), r.replay_lsn)::int8 END, r.state
FROM pg_stat_replication r ORDER BY 1, r.pid"""
_STANDBY: Final[LiteralString] = "SELECT pg_is_in_recovery(), current_setting('server_version')"


class Activity(NamedTuple):
    server: ServerStatistics
    unseen: tuple[str, ...]


def read_activity(session: Session) -> Activity:
    """The server as this role may see it, and sentences about what it may not."""
    unseen: list[str] = []
    ((standby, version_text),) = cast("list[tuple[bool, str]]", session.rows(_STANDBY))
    settings = dict(_settings(session))
    hidden = cast("int", session.rows(_HIDDEN)[0][0])
    if hidden:
        unseen.append(
            f"{hidden} sessions of other roles: their transactions are not shown without the role pg_read_all_stats."
        )
    if standby:
        unseen.append("This is a standby: reads and writes per second are its own, not those of the primary.")
    replicas = granted(lambda: _replicas(session), "The replicas and their lag", unseen)
    ages = cast("list[tuple[float]]", session.rows(_TRANSACTIONS))
    server = ServerStatistics(
        version=session.version,
        version_text=version_text,
        settings=tuple(sorted(settings.items())),
        role_settings=_role_settings(session, unseen),
        max_connections=_number(settings.get("max_connections")),
        connections=cast("int | None", session.rows(_CONNECTIONS)[0][0]),
        transactions=tuple(age for (age,) in ages[:LONGEST] if age is not None and age >= 0),
        replicas=replicas or (),
    )
    return Activity(server, tuple(unseen))


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None


def granted(read: Callable[[], T], what: str, unseen: list[str]) -> T | None:
    """The answer; None and a sentence about it when the server refuses to give it."""
    try:
        return read()
    except RefusedError as reason:
        unseen.append(f"{what}: {reason}.")
        return None


def _settings(session: Session) -> Iterable[tuple[str, str]]:
    rows = cast("list[tuple[str, str, str]]", session.rows(_SETTINGS, [list(SETTINGS)]))
    return ((name, in_base_units(value, unit)) for name, value, unit in rows if value is not None)


def in_base_units(value: str, unit: str) -> str:
    """A setting's value in bytes or seconds; -1 and values without a unit stay as they are."""
    try:
        number = float(value)
    except ValueError:
        return value
    if number < 0 or (unit not in _BYTES and unit not in _SECONDS):
        return value
    return str(int(number * _BYTES[unit])) if unit in _BYTES else f"{number * _SECONDS[unit]:g}"


def _role_settings(session: Session, unseen: list[str]) -> tuple[RoleSetting, ...]:
    """Only settings that are told of the server, too: others may hold anything."""
    rows = granted(lambda: session.rows(_ROLE_SETTINGS), "The settings of roles", unseen) or []
    found = []
    for role, setting in cast("list[tuple[str | None, str]]", rows):
        name, _, value = setting.partition("=")
        if name in SETTINGS:
            found.append(RoleSetting(role=role, name=name, value=value))
    return tuple(found)


def _replicas(session: Session) -> tuple[ReplicaStatistics, ...]:
    rows = cast("list[tuple[str, float | None, int | None, str | None]]", session.rows(_REPLICAS))
    return tuple(ReplicaStatistics(name=name, lag_seconds=lag, lag_bytes=behind) for name, lag, behind, _ in rows)
