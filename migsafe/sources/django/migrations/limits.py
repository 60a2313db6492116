"""How long the project's settings let a migration wait for locks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from migsafe.model.migration import Migration
from migsafe.model.record import KeywordRecord
from migsafe.sources.django.discovery.session_limits import EDITOR, SESSION
from migsafe.text.durations import seconds

_NOT_OF_THE_EDITOR: Final = frozenset(("RunPython", "RunSQL"))
_UNLIMITED: Final = frozenset(("CreateModel", "DeleteModel"))
"""Their tables are created and dropped without the engine's timeouts (its backends/postgres/schema.py)."""


class Limits(KeywordRecord):
    """In seconds; True where the settings do not say how long, False where they set nothing. `session` is for all that
    is sent, `editor` for what the schema editor sends."""

    session: float | bool = False
    editor: float | bool = False


def limits(stated: Mapping[str, object]) -> Limits:
    return Limits(session=_length(stated.get(SESSION)), editor=_length(stated.get(EDITOR)))


def _length(stated: object) -> float | bool:
    """PostgreSQL takes a bare number as milliseconds."""
    if not isinstance(stated, str):
        return False
    length = seconds(stated, unit="ms")
    return True if length is None else length or False


def limited(migration: Migration, known: Limits) -> Migration:
    """The migration with the limit that holds for all of its statements."""
    if known.session is not False:
        return migration.replace(lock_timeout=known.session)
    operations = {each.written_as.operation if each.written_as else "" for each in migration.statements}
    if known.editor is False or not operations.isdisjoint(_NOT_OF_THE_EDITOR | _UNLIMITED | {""}):
        return migration
    return migration.replace(lock_timeout=known.editor)
