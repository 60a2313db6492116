"""Storage parameters and the lock that setting one of them asks for.

Source: reloptions.c (the `relOpts` tables and `AlterTableGetRelOptionsLockLevel`), which `CREATE TABLE`, "Storage
Parameters" in the manual does not tell.
"""

from __future__ import annotations

from collections.abc import Iterable

from migsafe.model.locks import LockMode

# Everything about vacuum, and what the planner or an insert reads only once for each relation.
_SHARE_UPDATE_EXCLUSIVE = frozenset(
    {
        "fillfactor",
        "toast_tuple_target",
        "parallel_workers",
        "vacuum_index_cleanup",
        "vacuum_truncate",
        "vacuum_max_eager_freeze_failure_rate",
        "vacuum_cleanup_index_scale_factor",
        "deduplicate_items",
        "log_autovacuum_min_duration",
    }
)
_ACCESS_EXCLUSIVE = frozenset(
    {
        "user_catalog_table",
        "fastupdate",
        "gin_pending_list_limit",
        "autosummarize",
        "pages_per_range",
        "buffering",
        "security_barrier",
        "security_invoker",
        "check_option",
    }
)
# First major version of the parameters that 12 does not know.
_SINCE = {
    "deduplicate_items": 13,
    "autovacuum_vacuum_insert_threshold": 13,
    "autovacuum_vacuum_insert_scale_factor": 13,
    "security_invoker": 15,
    "vacuum_max_eager_freeze_failure_rate": 18,
    "autovacuum_vacuum_max_threshold": 18,
}


def lock_level_of_options(options: Iterable[str]) -> LockMode:
    """The strongest lock that any of these parameters asks for; an unknown one asks for ACCESS EXCLUSIVE."""
    return max((_level(option) for option in options), default=LockMode.ACCESS_EXCLUSIVE)


def unknown_option(options: Iterable[str], version: int) -> str | None:
    """The first parameter that a server of this version does not know."""
    for option in options:
        name = option.rpartition(".")[2]
        if version < _SINCE.get(name, 0) or not _is_listed(name):
            return name
    return None


def _level(option: str) -> LockMode:
    name = option.rpartition(".")[2]
    if name.startswith("autovacuum_") or name in _SHARE_UPDATE_EXCLUSIVE:
        return LockMode.SHARE_UPDATE_EXCLUSIVE
    return LockMode.ACCESS_EXCLUSIVE


def _is_listed(name: str) -> bool:
    return name.startswith("autovacuum_") or name in _SHARE_UPDATE_EXCLUSIVE or name in _ACCESS_EXCLUSIVE
