"""Phrases that several rules share."""

from __future__ import annotations

from collections.abc import Iterable

from migsafe.model.effects import Work, WorkKind
from migsafe.model.locks import Blocked, LockMode
from migsafe.model.names import Name, quoted

_WORK = {
    WorkKind.REWRITE: "the rewrite of {}",
    WorkKind.INDEX_BUILD: "the build of index {}",
    WorkKind.SCAN: "a full read of {}",
    WorkKind.DATA: "the change of rows in {}",
    WorkKind.EMPTY: "the emptying of {}",
}


_MOST = 5


def waiting(mode: LockMode) -> str:
    """Who waits for a lock: `Reads and writes`, `Writes`."""
    if Blocked.READ in mode.blocks:
        return "Reads and writes"
    return "Writes" if Blocked.WRITE in mode.blocks else "Schema changes"


def listed(names: Iterable[Name | str]) -> str:
    """`a`, `a and b`, `a, b and c`, each once; of many the first few and the number of the others."""
    words = list(dict.fromkeys(str(name) for name in names))
    if len(words) > _MOST:
        words = [*words[:_MOST], f"{len(words) - _MOST} more"]
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def work_in_words(work: Iterable[Work]) -> str:
    """`the rewrite of public.users` or `the build of index public.users_pkey`. The indexes that a rewrite builds
    anew are not said, and neither is the read that a rewrite or a build implies."""
    pieces = list(work)
    rewritten = {w.table for w in pieces if w.kind is WorkKind.REWRITE}
    read = rewritten | {w.table for w in pieces if w.kind is WorkKind.INDEX_BUILD}
    implied = {WorkKind.INDEX_BUILD: rewritten, WorkKind.SCAN: read}
    told = [w for w in pieces if w.table not in implied.get(w.kind, ())]
    kinds = dict.fromkeys(w.kind for w in told)
    return listed(_WORK[kind].format(listed(w.relation for w in told if w.kind is kind)) for kind in kinds)


def column_in_words(table: Name, column: str) -> str:
    """`public.users.email`."""
    return f"{table}.{quoted(column)}"
