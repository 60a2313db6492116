"""What the Python of a migration does to tables: its calls of Django's ORM and of cursors, evaluated, never run.

The function gets stand-ins for `apps` and `schema_editor`. A model from `apps.get_model` knows its name, a query set
whether it was narrowed, and everything that changes rows is recorded with its place, its conditions and whether it
happens once for each row of a query.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from migsafe.model.text import Span
from migsafe.sources.interpreter import Call, Cause, Event, HostKind, HostObject, Unknown
from migsafe.sources.interpreter.values import is_known


class DataStep(NamedTuple):
    """A change of rows. `change`: insert, update or delete, or "sql" with its text (None when it is not known).

    `model` is app label and name in lower case, None when it is not known; `narrowed` when a filter may leave rows
    out; `loop` when it is done for each row of a query; `few` for single rows that the code names.
    """

    change: str
    span: Span
    model: tuple[str, str] | None = None
    narrowed: bool = False
    loop: bool = False
    few: bool = False
    guards: tuple[str, ...] = ()
    sql: str | None = None


class _Rows(NamedTuple):
    """A query set, or one object of it: of which model, narrowed or not."""

    model: tuple[str, str] | None
    narrowed: bool = False


def arguments() -> tuple[HostObject, HostObject]:
    """Stand-ins for the two arguments of a RunPython function."""
    return HostObject(APPS), HostObject(EDITOR)


def steps(events: Sequence[Event]) -> tuple[DataStep, ...]:
    """The recorded changes in order."""
    return tuple(event.payload for event in events if isinstance(event.payload, DataStep))


def _rows(owner: HostObject) -> _Rows:
    assert isinstance(owner.payload, _Rows)
    return owner.payload


def _get_model(_: HostObject, call: Call) -> object:
    parts = [value for value in (*call.args, *call.kwargs.values()) if isinstance(value, str)]
    words = parts[0].split(".") if len(parts) == 1 else parts
    if len(words) != 2 or not is_known(words):
        return HostObject(MODEL, _Rows(None))
    return HostObject(MODEL, _Rows((words[0], words[1].lower())))


def _record(change: str, *, few: bool = False) -> Callable[[HostObject, Call], object]:
    def method(owner: HostObject, call: Call) -> object:
        rows, site = _rows(owner), call.site
        narrowed = rows.narrowed or bool(site.guards)
        step = DataStep(change, site.origin, rows.model, narrowed, site.loop, few and not site.loop, site.guards)
        call.record(step)
        return Unknown(Cause.DATABASE, site.words)

    return method


def _same(owner: HostObject, call: Call) -> object:  # noqa: ARG001  # the table's signature
    return HostObject(ROWS, _rows(owner))


def _narrower(owner: HostObject, call: Call) -> object:
    narrowed = bool(call.args or call.kwargs) or call.more is not None
    rows = _rows(owner)
    return HostObject(ROWS, _Rows(rows.model, rows.narrowed or narrowed))


def _one(owner: HostObject, call: Call) -> object:  # noqa: ARG001
    return HostObject(ROW, _Rows(_rows(owner).model, narrowed=True))


def _created(owner: HostObject, call: Call) -> object:
    _record("insert", few=True)(owner, call)
    return HostObject(ROW, _Rows(_rows(owner).model, narrowed=True))


def _found_or_created(owner: HostObject, call: Call) -> object:
    return (_created(owner, call), Unknown(Cause.DATABASE, call.site.words))


def _read(owner: HostObject, call: Call) -> object:  # noqa: ARG001
    return Unknown(Cause.DATABASE, call.site.words)


def _element(owner: HostObject) -> object:
    return HostObject(ROW, _rows(owner))


def _slice(owner: HostObject, key: object) -> object:  # noqa: ARG001
    return HostObject(ROWS, _Rows(_rows(owner).model, narrowed=True))


def _sql(_: HostObject, call: Call) -> object:
    text = call.args[0] if call.args else call.kwargs.get("sql")
    known = text if isinstance(text, str) else None
    site = call.site
    call.record(DataStep("sql", site.origin, loop=site.loop, guards=site.guards, sql=known))
    return Unknown(Cause.DATABASE, site.words)


def _itself(owner: HostObject, call: Call) -> object:  # noqa: ARG001
    return owner


_NARROWING = ("filter", "exclude", "distinct", "none")
_LOOKING = (
    *("all", "using", "order_by", "select_related", "prefetch_related", "only", "defer", "annotate", "iterator"),
    *("select_for_update", "reverse", "alias", "get_queryset", "union", "extra", "db_manager", "complex_filter"),
)
_READING = (*("count", "exists", "values", "values_list", "aggregate", "in_bulk", "dates", "explain", "contains"),)
_ONE = ("get", "first", "last", "earliest", "latest")

ROWS: HostKind = HostKind(
    name="a query set",
    methods={
        **dict.fromkeys(_NARROWING, _narrower),
        **dict.fromkeys(_LOOKING, _same),
        **dict.fromkeys(_READING, _read),
        **dict.fromkeys(_ONE, _one),
        "update": _record("update"),
        "delete": _record("delete"),
        "_raw_delete": _record("delete"),
        "bulk_update": _record("update"),
        "bulk_create": _record("insert"),
        "create": _created,
        "get_or_create": _found_or_created,
        "update_or_create": _found_or_created,
    },
    element=_element,
    item=_slice,
)
ROW = HostKind(
    name="a row",
    methods={
        "save": _record("update", few=True),
        "delete": _record("delete", few=True),
        "refresh_from_db": _read,
    },
    attribute=lambda owner, name: Unknown(Cause.DATABASE, f"{_rows(owner).model}.{name}"),
    assign=lambda owner, name, value: True,  # noqa: ARG005
)
MODEL = HostKind(
    name="a model",
    attributes={
        "objects": lambda owner: HostObject(ROWS, _rows(owner)),
        "_default_manager": lambda owner: HostObject(ROWS, _rows(owner)),
        "_base_manager": lambda owner: HostObject(ROWS, _rows(owner)),
    },
    attribute=lambda owner, name: HostObject(ROWS, _rows(owner)) if name.endswith("objects") else None,
    call=lambda owner, call: HostObject(ROW, _Rows(_rows(owner).model, narrowed=True)),  # noqa: ARG005
)
CURSOR = HostKind(
    name="a cursor",
    methods={"execute": _sql, "executemany": _sql, "fetchone": _read, "fetchall": _read, "close": _read},
    enter=_itself,
    sensitive=True,
)
CONNECTION = HostKind(
    name="a connection",
    methods={"cursor": lambda owner, call: HostObject(CURSOR)},  # noqa: ARG005
    attributes={"alias": lambda owner: "default", "vendor": lambda owner: "postgresql"},  # noqa: ARG005
    sensitive=True,
)
EDITOR = HostKind(
    name="schema_editor",
    methods={"execute": _sql},
    attributes={"connection": lambda owner: HostObject(CONNECTION)},  # noqa: ARG005
    sensitive=True,
)
APPS = HostKind(name="apps", methods={"get_model": _get_model})
