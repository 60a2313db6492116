"""`call_command(name)`: what Django's own commands do to the database (django/core/management/commands, contrib)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from migsafe.sources.django.steps.records import Rows, note
from migsafe.sources.interpreter import Call, Cause, Reason

_QUIET: Final = frozenset(
    (
        *("check", "collectstatic", "findstatic", "compilemessages", "makemessages", "makemigrations", "diffsettings"),
        *("showmigrations", "sqlmigrate", "sqlflush", "sqlsequencereset", "inspectdb", "dumpdata", "sendtestemail"),
        *("rebuild_index", "update_index", "clear_index"),  # of django-haystack: a search engine
    )
)
_DELETES: Final[Mapping[str, Rows]] = {
    "clearsessions": Rows(("sessions", "session"), narrowed=True, whole=False),
    "remove_stale_contenttypes": Rows(("contenttypes", "contenttype"), narrowed=True, whole=False),
}


def _none(_name: str, _call: Call) -> bool:
    return False


def call_command(call: Call, own: Callable[[str, Call], bool] = _none) -> object:
    """`own` reads a command of the project. One of a library is code that nobody reads here."""
    name = call.args[0] if call.args else call.kwargs.get("command_name")
    known = name if isinstance(name, str) and name.replace("_", "").replace("-", "").isalnum() else ""
    if known in _DELETES:
        note(call, "delete", _DELETES[known])
    elif known not in _QUIET and not own(known, call):
        call.report(Reason.EXTERNAL_HELPER, f"what the command {known} does is not known" if known else "")
    return call.unknown(Cause.ENVIRONMENT)
