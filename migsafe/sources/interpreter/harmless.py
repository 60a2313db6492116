"""Calls for their effect that change no database, told by exact names: what is not here is reported."""

from __future__ import annotations

from migsafe.sources.interpreter.stdlib_tools import INERT, identity
from migsafe.sources.interpreter.values import Cause, Unknown
from migsafe.sources.interpreter.values_defined import Builtin

_SHOWS = (
    *("progressbar", "progressbar.widgets", "tqdm.auto", "rich", "rich.console", "rich.progress", "alive_progress"),
    *("click", "colorama", "structlog", "loguru", "termcolor", "tabulate", "dotenv"),
)
MODULES = frozenset((*_SHOWS, "tqdm"))
"""Libraries that write to the terminal or a log."""

_QUIET_CAUSES = frozenset((Cause.ENVIRONMENT, Cause.VOLATILE))
_LOG_LEVELS = frozenset(("debug", "info", "warning", "warn", "error", "critical", "exception", "log"))
_OF_LISTS = frozenset(("append", "extend", "insert", "pop", "sort", "reverse", "setdefault", "discard", "popitem"))
_OF_CONTAINERS = frozenset(("add", "remove", "update", "clear"))
_COMPUTED = frozenset((Cause.LOOP, Cause.BRANCH, Cause.UNSUPPORTED, Cause.ERROR, Cause.LIMIT))


def resolve(module: str, name: str) -> object | None:
    """The name of a library that only shows something."""
    if module in ("tqdm", "tqdm.auto") and name in ("tqdm", "trange"):
        return Builtin(name, identity)
    return INERT if module in _SHOWS else None


def is_harmless(callee: Unknown) -> bool:
    """Whether calling it for its effect changes no database: logs, and containers that the program computed.

    `add` and `remove` are also what sessions do: they are taken for a container's only where the value came from an
    expression that could not be evaluated, never from a function or a module.
    """
    if callee.cause in _QUIET_CAUSES:
        return True
    owner, _, method = callee.text.rpartition(".")
    if method in _LOG_LEVELS and "log" in owner.lower():
        return True
    if method in _OF_LISTS:
        return callee.cause is not Cause.IMPORT
    return method in _OF_CONTAINERS and (callee.cause in _COMPUTED or owner.endswith(".copy()"))
