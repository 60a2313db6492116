"""Stand-ins for what Django hands to an operation's methods: the schema editor, and the states before and after; and
for the states at other migrations, for which a method may ask Django's loader.

A model or a field of a state is a reference: which one it is, is looked up when the operation is rendered. Names of
tables and columns are marks in the text until then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

from django.db.migrations.state import ProjectState
from django.db.models import Field, Model

from migsafe.sources.django.objects.sql_values import with_places
from migsafe.sources.django.objects.values import UnbuildableError, real, words
from migsafe.sources.django.steps.cursors import CONNECTION
from migsafe.sources.django.steps.query_sets import query_set
from migsafe.sources.django.steps.records import Rows
from migsafe.sources.interpreter import Call, Cause, HostFunction, HostKind, HostObject, Unknown
from migsafe.sources.interpreter.result import Reason
from migsafe.text.holes import has_hole

_OPEN, _CLOSE = "\ue0f2", "\ue0f3"
_MARK: Final = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}")


class Side(StrEnum):
    """Which of the two states."""

    BEFORE = "before"
    AFTER = "after"


class Past(NamedTuple):
    """The state of the project at a migration: before it, or behind it."""

    app_label: str
    name: str
    behind: bool = True


Moment = Side | Past


class ModelOf(NamedTuple):
    """A model of a state."""

    moment: Moment
    app_label: str
    name: str


class FieldOf(NamedTuple):
    """A field of a model of a state."""

    model: ModelOf
    name: str


class Sent(NamedTuple):
    """SQL that the schema editor is given; None when it is not known."""

    sql: str


class EditorCall(NamedTuple):
    """A method of the schema editor, with its arguments: references and Django's own objects."""

    method: str
    args: tuple[object, ...]
    kwargs: Mapping[str, object]


States = Callable[[Moment], ProjectState]
"""The state of a moment. Raises LookupError when it is not known."""


def resolved(value: object, states: States) -> Any:  # any object of Django's
    """What a reference means in these states. Raises LookupError, or Django's FieldDoesNotExist."""
    if isinstance(value, ModelOf):
        return states(value.moment).apps.get_model(value.app_label, value.name)
    if isinstance(value, FieldOf):
        return resolved(value.model, states)._meta.get_field(value.name)  # noqa: SLF001  # documented API of models
    return value


def with_names(sql: str, states: States) -> str:
    """The text with the names of tables and columns in the place of their marks."""
    return _MARK.sub(lambda found: _named(found[1], states), sql)


def _named(mark: str, states: States) -> str:
    moment, label, name, *further = mark.split(" ")
    model: type[Model] = resolved(ModelOf(_moment(moment), label, name), states)
    if not further:
        return str(model._meta.db_table)  # noqa: SLF001  # the documented API of models
    field: Field = model._meta.get_field(further[0])  # noqa: SLF001  # likewise
    return str(field.get_attname_column()[1])


def models_named(sql: str) -> Iterator[tuple[str, str]]:
    """The models whose tables and columns a text has marks of."""
    for mark in _MARK.findall(sql):
        _, label, name, *_ = mark.split(" ")
        yield (label, name)


def _mark(*parts: str) -> str:
    return f"{_OPEN}{' '.join(parts)}{_CLOSE}"


def _moment(text: str) -> Moment:
    label, _, rest = text.partition("/")
    name, _, place = rest.partition("/")
    return Past(label, name, place == "behind") if rest else Side(text)


def _moment_text(moment: Moment) -> str:
    if isinstance(moment, Side):
        return moment
    return f"{moment.app_label}/{moment.name}/{'behind' if moment.behind else 'before'}"


def _place(model: ModelOf) -> tuple[str, str, str]:
    return _moment_text(model.moment), model.app_label, model.name


def state_value(moment: Moment) -> HostObject:
    """A state."""
    return HostObject(STATE, moment)


def moment_of(value: object) -> Moment | None:
    """Which state a value of the program is, if it is one."""
    return value.payload if isinstance(value, HostObject) and isinstance(value.payload, Side | Past) else None


def _project_state(_: HostObject, call: Call) -> object:
    """`MigrationLoader.project_state(nodes, at_end)` for one migration."""
    given = {**dict(zip(("nodes", "at_end"), call.args, strict=False)), **call.kwargs}
    nodes, behind = given.get("nodes"), given.get("at_end", True)
    if isinstance(nodes, list) and len(nodes) == 1:
        nodes = nodes[0]
    if not isinstance(nodes, tuple | list) or len(nodes) != 2 or not isinstance(behind, bool):
        return call.unknown()
    label, name = nodes
    known = isinstance(label, str) and isinstance(name, str) and not has_hole(label + name)
    return state_value(Past(label, name, behind)) if known else call.unknown()


LOADER: Final = HostKind(name="a loader of migrations", methods={"project_state": _project_state})
NAMES: Final = {
    "django.db.migrations.loader.MigrationLoader": HostFunction("MigrationLoader", lambda _: HostObject(LOADER)),
}


def _get_model(owner: HostObject, call: Call) -> object:
    parts = [value for value in (*call.args, *call.kwargs.values()) if isinstance(value, str)]
    named = parts[0].split(".") if len(parts) == 1 else parts
    moment = moment_of(owner)
    if len(named) < 2 or moment is None:
        return call.unknown()
    return HostObject(MODEL, ModelOf(moment, named[0], named[1].lower()))


def _model(owner: HostObject) -> ModelOf:
    assert isinstance(owner.payload, ModelOf)
    return owner.payload


def _field(owner: HostObject) -> FieldOf:
    assert isinstance(owner.payload, FieldOf)
    return owner.payload


def _get_field(owner: HostObject, call: Call) -> object:
    name = call.args[0] if call.args else call.kwargs.get("field_name")
    return HostObject(FIELD_OF, FieldOf(_model(owner), name)) if isinstance(name, str) else call.unknown()


def _nothing(owner: HostObject, call: Call) -> None:
    """Only the registry of models changes."""


def _column(owner: HostObject) -> str:
    field = _field(owner)
    return _mark(*_place(field.model), field.name)


FIELD_OF: Final = HostKind(
    name="a field of a state",
    attributes={"column": _column, "name": lambda owner: _field(owner).name},
    methods={"get_attname_column": lambda owner, _: (_field(owner).name, _column(owner))},
    sensitive=True,  # a field that is changed by hand is not the state's
)


def _replaced(_: HostObject, name: str, __: object) -> bool:
    """Which uniqueness a table has is asked when it is made anew as a whole: on SQLite with each change of it, on
    PostgreSQL never (`_remake_table`, django/db/backends/sqlite3/schema.py)."""
    return name in ("unique_together", "index_together")


META: HostKind = HostKind(
    name="_meta",
    attributes={
        "db_table": lambda owner: _mark(*_place(_model(owner))),
        "app_label": lambda owner: _model(owner).app_label,
        "model_name": lambda owner: _model(owner).name,
        "managed": lambda _: True,
        "proxy": lambda _: False,
        "concrete_model": lambda owner: HostObject(MODEL, owner.payload),
    },
    methods={"get_field": _get_field},
    assign=_replaced,
    sensitive=True,  # likewise
)


def _rows(owner: HostObject) -> HostObject:
    model = _model(owner)
    return query_set(Rows((model.app_label, model.name)))


MODEL: HostKind = HostKind(
    name="a model of a state",
    attributes={
        "_meta": lambda owner: HostObject(META, owner.payload),
        **dict.fromkeys(("objects", "_default_manager", "_base_manager"), _rows),
    },
    sensitive=True,
)
APPS: Final = HostKind(name="apps", methods={"get_model": _get_model})
STATE: Final = HostKind(
    name="a state",
    attributes={"apps": lambda owner: HostObject(APPS, owner.payload)},
    methods=dict.fromkeys(("clear_delayed_apps_cache", "reload_model", "reload_models"), _nothing),
    sensitive=True,
)


def _execute(_: HostObject, call: Call) -> object:
    text = call.args[0] if call.args else call.kwargs.get("sql")
    if not isinstance(text, str):
        call.report(Reason.DYNAMIC_SQL, "the SQL is put together at run time")
        return None
    has_values = len(call.args) > 1 or call.kwargs.get("params") is not None
    sql = with_places(text) if has_values else text
    call.record(Sent(sql))
    return None


def _quote_name(_: HostObject, call: Call) -> object:
    name = call.args[0] if call.args else call.kwargs.get("name")
    if not isinstance(name, str):
        return call.unknown()
    return name if name.startswith('"') and name.endswith('"') else f'"{name}"'


def _recorded(method: str) -> Callable[[HostObject, Call], object]:
    def record(_: HostObject, call: Call) -> object:
        try:
            args = tuple(real(value) for value in call.args)
            kwargs = {name: real(value) for name, value in call.kwargs.items()}
        except UnbuildableError as error:
            call.report(Reason.EXTERNAL_HELPER, f"schema_editor.{method} gets {error}, which is not known")
            return None
        if call.more is not None:
            call.report(Reason.EXTERNAL_HELPER, f"schema_editor.{method} gets {words(call.more)}")
        call.record(EditorCall(method, args, kwargs))
        return None

    return record


_METHODS: Final = (
    *("create_model", "delete_model", "alter_db_table", "alter_db_tablespace", "alter_db_table_comment"),
    *("add_field", "remove_field", "alter_field", "alter_unique_together", "alter_index_together"),
    *("add_index", "remove_index", "rename_index", "add_constraint", "remove_constraint"),
)
EDITOR: Final = HostKind(
    name="schema_editor",
    methods={
        "execute": _execute,
        "quote_name": _quote_name,
        "quote_value": lambda _, call: call.unknown(Cause.VOLATILE),
        **{method: _recorded(method) for method in _METHODS},
    },
    attributes={
        "connection": lambda _: HostObject(CONNECTION),
        "collect_sql": lambda _: Unknown(Cause.ENVIRONMENT, ""),
    },
    sensitive=True,
)
