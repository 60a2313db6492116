"""What the Python of a migration does to tables: its calls of Django's ORM and of cursors, evaluated, never run.

The function gets stand-ins for `apps` and `schema_editor`. A model from `apps.get_model` knows its name, a query set
whether it was narrowed, and everything that changes rows is recorded with its place, its conditions and whether it
happens once for each row of a query.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from migsafe.model.text import Span
from migsafe.sources.interpreter import Call, Cause, Event, HostFunction, HostKind, HostObject, Unknown
from migsafe.sources.interpreter.values import is_known

Model = tuple[str, str]


class DataStep(NamedTuple):
    """A change of rows. `change`: insert, update or delete, or "sql" with its text (None when it is not known).

    `model` is app label and name in lower case, None when it is not known; `path` the attributes that lead from it to
    the rows (`user.groups`: of the model user, through groups); `narrowed` when a filter may leave rows out; `loop`
    when it is done for each row of a query; `few` for single rows that the code names.
    """

    change: str
    span: Span
    model: Model | None = None
    path: tuple[str, ...] = ()
    narrowed: bool = False
    loop: bool = False
    few: bool = False
    guards: tuple[str, ...] = ()
    sql: str | None = None


class _Rows(NamedTuple):
    """A query set, or one object of it: of which model, by which attributes from there, narrowed or not."""

    model: Model | None
    narrowed: bool = False
    path: tuple[str, ...] = ()


class _Placed(NamedTuple):
    """A step and the file in which it is written."""

    step: DataStep
    path: str


def arguments() -> tuple[HostObject, HostObject]:
    """Stand-ins for the two arguments of a RunPython function."""
    return HostObject(APPS), HostObject(EDITOR)


def steps(events: Sequence[Event], path: str, place: Span) -> tuple[DataStep, ...]:
    """The recorded changes in order; those that another file makes stand at `place`."""
    found = [event.payload for event in events if isinstance(event.payload, _Placed)]
    return tuple(one.step if one.path == path else one.step._replace(span=place) for one in found)


_CHANGING: Final = frozenset(
    (
        *("update", "delete", "save", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create"),
        *("execute", "executemany", "_raw_delete", "truncate"),
    )
)


def changes_rows(call: ast.Call) -> bool:
    """Whether a call must not be passed over: it reads like a change of rows."""
    return isinstance(call.func, ast.Attribute) and call.func.attr in _CHANGING


def _rows(owner: HostObject) -> _Rows:
    assert isinstance(owner.payload, _Rows)
    return owner.payload


def _get_model(_: HostObject, call: Call) -> object:
    parts = [value for value in (*call.args, *call.kwargs.values()) if isinstance(value, str)]
    words = parts[0].split(".") if len(parts) == 1 else parts
    if len(words) != 2 or not is_known(words):
        return HostObject(MODEL, _Rows(None))
    return HostObject(MODEL, _Rows((words[0], words[1].lower())))


def _note(call: Call, change: str, rows: _Rows, *, few: bool = False, sql: str | None = None) -> None:
    site = call.site
    narrowed = rows.narrowed or bool(site.guards)
    single = few and not site.loop
    step = DataStep(change, site.origin, rows.model, rows.path, narrowed, site.loop, single, site.guards, sql)
    call.record(_Placed(step, site.path))


def _record(change: str, *, few: bool = False) -> Callable[[HostObject, Call], object]:
    def method(owner: HostObject, call: Call) -> object:
        _note(call, change, _rows(owner), few=few)
        return Unknown(Cause.DATABASE, call.site.words)

    return method


def _same(owner: HostObject, call: Call) -> object:  # noqa: ARG001  # the table's signature
    return HostObject(ROWS, _rows(owner))


def _narrower(owner: HostObject, call: Call) -> object:
    narrowed = bool(call.args or call.kwargs) or call.more is not None
    rows = _rows(owner)
    return HostObject(ROWS, rows._replace(narrowed=rows.narrowed or narrowed))


def _one(owner: HostObject, call: Call) -> object:  # noqa: ARG001
    return HostObject(ROW, _rows(owner)._replace(narrowed=True))


def _created(owner: HostObject, call: Call) -> object:
    _note(call, "insert", _rows(owner), few=True)
    return HostObject(ROW, _rows(owner)._replace(narrowed=True))


def _found_or_created(owner: HostObject, call: Call) -> object:
    return (_created(owner, call), Unknown(Cause.DATABASE, call.site.words))


def _read(owner: HostObject, call: Call) -> object:  # noqa: ARG001
    return Unknown(Cause.DATABASE, call.site.words)


def _element(owner: HostObject) -> object:
    return HostObject(ROW, _rows(owner))


def _item(owner: HostObject, key: object) -> object:
    kind = ROW if isinstance(key, int) else ROWS
    return HostObject(kind, _rows(owner)._replace(narrowed=True))


def _attribute(owner: HostObject, name: str) -> object:
    """A column's value, the row or the rows of a relation: which of them, only the project's state knows."""
    rows = _rows(owner)
    return HostObject(RELATED, rows._replace(path=(*rows.path, name)))


def _of_model(owner: HostObject, name: str) -> object | None:
    if name.endswith("objects"):
        return HostObject(ROWS, _rows(owner))
    return None if name[:1].isupper() else _attribute(owner, name)


def _through(owner: HostObject) -> object:
    return HostObject(MODEL, _rows(owner))


def _sql(_: HostObject, call: Call) -> object:
    text = call.args[0] if call.args else call.kwargs.get("sql")
    known = text if isinstance(text, str) else None
    if known is not None and (len(call.args) > 1 or "params" in call.kwargs):
        known = _PARAMETER.sub("$1", known).replace("%%", "%")
    _note(call, "sql", _Rows(None), sql=known)
    return Unknown(Cause.DATABASE, call.site.words)


_PARAMETER: Final = re.compile(r"(?<!%)%(?:\(\w+\))?s")  # as psycopg replaces it; the values are not looked at


def _itself(owner: HostObject, call: Call) -> object:  # noqa: ARG001
    return owner


_NARROWING = ("filter", "exclude", "distinct", "none", "complex_filter", "extra")
_LOOKING = (
    *("all", "using", "order_by", "select_related", "prefetch_related", "only", "defer", "annotate", "iterator"),
    *("select_for_update", "reverse", "alias", "get_queryset", "union", "db_manager", "intersection", "difference"),
)
_READING = (
    *("count", "exists", "values", "values_list", "aggregate", "in_bulk", "dates", "datetimes", "explain", "contains"),
    *("raw", "refresh_from_db"),
)
_ONE = ("get", "first", "last", "earliest", "latest")
_OF_ROWS: Final[dict[str, Callable[[HostObject, Call], object]]] = {
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
}
_OF_RELATION: Final[dict[str, Callable[[HostObject, Call], object]]] = {
    "add": _record("insert", few=True),
    "remove": _record("delete", few=True),
    "set": _record("insert", few=True),
    "clear": _record("delete", few=True),
    "save": _record("update", few=True),
}

ROWS: HostKind = HostKind(
    name="a query set",
    methods=_OF_ROWS,
    element=_element,
    item=_item,
)
ROW = HostKind(
    name="a row",
    methods={
        "save": _record("update", few=True),
        "delete": _record("delete", few=True),
        "refresh_from_db": _read,
    },
    attribute=_attribute,
    assign=lambda owner, name, value: True,  # noqa: ARG005
)
RELATED: HostKind = HostKind(
    name="a value of a row, or what it is related to",
    methods={**_OF_ROWS, **_OF_RELATION},
    attributes={"through": _through},
    attribute=_attribute,
    assign=lambda owner, name, value: True,  # noqa: ARG005
    call=lambda owner, call: Unknown(Cause.DATABASE, call.site.words),  # noqa: ARG005  # a method of a value
    element=_element,
    item=_item,
)
MODEL = HostKind(
    name="a model",
    attributes={
        "objects": lambda owner: HostObject(ROWS, _rows(owner)),
        "_default_manager": lambda owner: HostObject(ROWS, _rows(owner)),
        "_base_manager": lambda owner: HostObject(ROWS, _rows(owner)),
    },
    attribute=_of_model,
    call=lambda owner, call: HostObject(ROW, _rows(owner)._replace(narrowed=True)),  # noqa: ARG005
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
    attributes={
        "alias": lambda _: "default",
        "vendor": lambda _: "postgresql",
        "in_atomic_block": lambda _: True,
    },
    sensitive=True,
)
EDITOR = HostKind(
    name="schema_editor",
    methods={"execute": _sql},
    attributes={"connection": lambda owner: HostObject(CONNECTION)},  # noqa: ARG005
    sensitive=True,
)
APPS = HostKind(name="apps", methods={"get_model": _get_model})
ATOMIC = HostKind(
    name="a savepoint",
    enter=_itself,
    call=lambda owner, call: call.args[0] if call.args else Unknown(Cause.CALL, "atomic"),  # noqa: ARG005
)
CONNECTIONS = HostKind(name="connections", item=lambda owner, key: HostObject(CONNECTION))  # noqa: ARG005


def _atomic(call: Call) -> object:
    """`with atomic():` begins a savepoint; `@atomic` and `@atomic()` leave the function what it is."""
    first = call.args[0] if call.args else None
    return HostObject(ATOMIC) if first is None or isinstance(first, str) else first


def _on_commit(call: Call) -> object:
    return call.invoke(call.args[0]) if call.args else None


def _inserts_into(*models: Model) -> Callable[[Call], object]:
    def record(call: Call) -> object:
        for model in models:
            _note(call, "insert", _Rows(model), few=True)
        return None

    return record


def _names() -> Iterator[tuple[str, object]]:
    yield "django.db.connection", HostObject(CONNECTION)
    yield "django.db.connections", HostObject(CONNECTIONS)
    yield "django.db.transaction.atomic", HostFunction("atomic", _atomic)
    yield "django.db.transaction.on_commit", HostFunction("on_commit", _on_commit)
    yield "django.apps.apps", HostObject(APPS)
    permissions = _inserts_into(("auth", "permission"))
    yield "django.contrib.auth.management.create_permissions", HostFunction("create_permissions", permissions)
    kinds = _inserts_into(("contenttypes", "contenttype"))
    yield (
        "django.contrib.contenttypes.management.create_contenttypes",
        HostFunction("create_contenttypes", kinds),
    )


NAMES: Final = dict(_names())
"""What steps import from Django, dotted."""
