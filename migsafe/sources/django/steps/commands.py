"""`call_command(name)`: what Django's own commands do to the database (django/core/management/commands, contrib)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from migsafe.sources.django.steps.records import Rows, note
from migsafe.sources.interpreter import Call, Cause, Reason

QUIET: Final = frozenset(
    (
        *("check", "collectstatic", "findstatic", "compilemessages", "makemessages", "makemigrations", "diffsettings"),
        *("showmigrations", "sqlmigrate", "sqlflush", "sqlsequencereset", "inspectdb", "dumpdata", "sendtestemail"),
        *("rebuild_index", "update_index", "clear_index"),  # of django-haystack: a search engine
    )
)
DELETES: Final[Mapping[str, Rows]] = {
    "clearsessions": Rows(("sessions", "session"), narrowed=True, whole=False),
    "remove_stale_contenttypes": Rows(("contenttypes", "contenttype"), narrowed=True, whole=False),
}


def _none(_name: str, _call: Call) -> bool:
    return False


Fixture = Callable[[str], tuple[str, ...]]
"""The models of which a fixture has rows, by its name."""


def _nothing(_name: str) -> tuple[str, ...]:
    return ()


def loaddata(call: Call, fixture: Fixture) -> bool:
    """Rows of the fixtures' models, new ones and those with the same key. False when one of them is not known."""
    names = [name for part in call.args[1:] for name in (part if isinstance(part, (list, tuple)) else (part,))]
    flags = [name for name in names if isinstance(name, str) and name.startswith("-")]
    found = [fixture(name) if isinstance(name, str) else () for name in names if name not in flags]
    if not found or not all(found) or call.more is not None:
        return False
    for models in found:
        load(call, models)
    return True


def load(call: Call, models: Iterable[str]) -> None:
    """Record that rows of these models are loaded."""
    for model in models:
        label, _, name = model.lower().partition(".")
        rows = Rows((label, name), part=True, each=True)
        note(call, "insert", rows, few=True, perhaps="there is no such row")
        note(call, "update", rows._replace(narrowed=True), few=True, perhaps="there is such a row")


def call_command(call: Call, own: Callable[[str, Call], bool] = _none, fixture: Fixture = _nothing) -> object:
    """`own` reads a command of the project. One of a library is code that nobody reads here."""
    name = call.args[0] if call.args else call.kwargs.get("command_name")
    known = name if isinstance(name, str) and name.replace("_", "").replace("-", "").isalnum() else ""
    if known in DELETES:
        note(call, "delete", DELETES[known])
    elif known in QUIET or (known == "loaddata" and loaddata(call, fixture)):
        pass
    elif not own(known, call):
        call.report(Reason.EXTERNAL_HELPER, f"what the command {known} does is not known" if known else "")
    return call.unknown(Cause.ENVIRONMENT)
