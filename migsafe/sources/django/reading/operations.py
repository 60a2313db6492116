"""Operations of migrations: built as Django's own objects from what the file says, each with its place."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from inspect import Signature, signature
from typing import NamedTuple

from django.contrib.postgres import operations as postgres
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.special import SeparateDatabaseAndState

from migsafe.model.migration import Handler
from migsafe.model.text import Span
from migsafe.sources.django.editor.opaque import (
    UnknownCall,
    changing_default,
    has_unknown_value,
    is_opaque,
    is_set_by_clock,
    unknown_default,
)
from migsafe.sources.django.objects.fields import FIELD, NoColumn, opaque
from migsafe.sources.django.objects.sql_values import is_partly_unknown, sql_of_run_sql
from migsafe.sources.django.objects.stated import stated_field, stated_fields, stated_options
from migsafe.sources.django.objects.values import UnbuildableError, real, words
from migsafe.sources.django.reading.conditions import alternatives, listed
from migsafe.sources.django.steps.python_steps import DataStep
from migsafe.sources.interpreter import Call, HostKind, HostObject, Instance, Unknown
from migsafe.sources.interpreter.values import Either, Guards, Maybe
from migsafe.sources.interpreter.values_defined import Function


class PythonStep(NamedTuple):
    """What RunPython runs: the function's value and the one that undoes it; None when there is none."""

    forward: object
    backward: object | None


class Own(NamedTuple):
    """What a project's class has of its own: the object, its methods by name, its flags."""

    owner: Instance
    methods: Mapping[str, Function]
    flags: tuple[tuple[str, bool], ...] = ()


class Unfollowed(NamedTuple):
    """What is known of a project's operation whose work is not known as a whole: the models that it takes from the
    states, and the words of its SQL."""

    models: frozenset[tuple[str, str]]
    words: frozenset[str]


class ReadOperation(NamedTuple):
    """One operation as read. `operation` is None when it could not be built; `problem` then says why.

    `codes` of RunPython; `own` of a project's class whose methods are still to be followed. `guards` are conditions
    that could not be decided; `caught` the errors that the code around it takes; `holes` when a part is not known.
    """

    name: str
    span: Span
    operation: Operation | None
    problem: str = ""
    guards: tuple[str, ...] = ()
    caught: tuple[Handler, ...] = ()
    holes: bool = False
    codes: tuple[PythonStep, ...] = ()
    steps: tuple[DataStep, ...] = ()  # what the code does to rows
    back: tuple[DataStep, ...] = ()  # what the code that undoes it does to them
    node: ast.AST | None = None  # the call in the file
    own: Own | None = None
    number: int = -1  # which of the migration's operations it is, or is a piece of; -1 where nobody asks
    unfollowed: Unfollowed | None = None  # its own work on the database is not known as a whole: none of it is done


OPERATION = HostKind(name="an operation")
"""Payload: a ReadOperation."""

_STATE_OPTIONS = frozenset(
    (
        *("db_table", "db_tablespace", "unique_together", "index_together", "indexes", "constraints", "managed"),
        *("proxy", "swappable", "order_with_respect_to", "db_table_comment", "abstract", "required_db_features"),
    )
)
_DROPPED = {  # arguments that no SQL depends on
    migrations.AlterModelManagers: ("managers",),
    migrations.AlterModelOptions: ("options",),
    migrations.CreateModel: ("managers",),
}


def own_operations() -> dict[str, type[Operation]]:
    """Django's operation classes by the dotted names under which migrations import them."""
    found: dict[str, type[Operation]] = {}
    for name in dir(migrations):
        value = getattr(migrations, name)
        if isinstance(value, type) and issubclass(value, Operation):
            for module in ("django.db.migrations", "django.db.migrations.operations", value.__module__):
                found[f"{module}.{name}"] = value
    for name in dir(postgres):
        value = getattr(postgres, name)
        if isinstance(value, type) and issubclass(value, Operation):
            found[f"django.contrib.postgres.operations.{name}"] = value
    return found


def make_operation(kind: type[Operation], call: Call, name: str = "") -> object:
    """A ReadOperation from a call of an operation's class; one for each side of a condition on which a part of it
    depends. `name` is that under which a project's subclass is known."""
    read = read_operation(kind, call.args, call.kwargs, call, name or kind.__name__)
    values = (*call.args, *call.kwargs.values())
    if not read.problem and not _may_hold_less(values):
        return HostObject(OPERATION, read)
    made = []
    for guards, chosen in alternatives(values):
        args, kwargs = chosen[: len(call.args)], dict(zip(call.kwargs, chosen[len(call.args) :], strict=True))
        one = read_operation(kind, args, kwargs, call, read.name)
        made.append((guards, HostObject(OPERATION, one._replace(guards=(*one.guards, *guards)))))
    return Either(tuple(made)) if made else HostObject(OPERATION, read)


def _may_hold_less(values: Sequence[object]) -> bool:
    """Whether operations that are an argument depend on conditions: `_operations` takes them all."""
    listed_ones = (item for value in values if isinstance(value, (list, tuple, Either)) for item in listed(value))
    return any(guards and isinstance(item, HostObject) and item.kind is OPERATION for guards, item in listed_ones)


def read_operation(
    kind: type[Operation], args: Sequence[object], kwargs: Mapping[str, object], call: Call, name: str
) -> ReadOperation:
    """An operation from its arguments and the call that makes it."""
    place = ReadOperation(name, call.site.span, None, guards=call.site.guards, node=call.site.node)
    try:
        given = _named(kind, args, kwargs, call)
        build = _builder(kind)
        return build(kind, given, place)
    except (UnbuildableError, TypeError, ValueError, AssertionError) as error:
        return place._replace(problem=f"{error}" or type(error).__name__)


def failed(name: str, span: Span, problem: str, guards: tuple[str, ...] = ()) -> ReadOperation:
    return ReadOperation(name, span, None, problem, guards)


def _named(
    kind: type[Operation], args: Sequence[object], kwargs: Mapping[str, object], call: Call
) -> dict[str, object]:
    """The arguments by name. Raises TypeError when they do not fit the class."""
    if call.more is not None:
        raise UnbuildableError(call.more.text)
    bound = call_of(kind).bind(*args, **kwargs)
    return dict(bound.arguments)


def call_of(kind: type[Operation]) -> Signature:
    """The arguments that a call of the class takes.

    Those of `__init__`: `Operation.__new__` takes whatever there is, and before 3.11.4 that is what `inspect` tells of
    a class that inherits both (python/cpython#105080).
    """
    if kind not in _CALLS:
        whole = signature(kind.__init__)
        _CALLS[kind] = whole.replace(parameters=list(whole.parameters.values())[1:])
    return _CALLS[kind]


_CALLS: dict[type, Signature] = {}  # of Django's classes and those of libraries: a few dozen


def _plain(kind: type[Operation], given: Mapping[str, object], place: ReadOperation) -> ReadOperation:
    kept = {key: value for key, value in given.items() if key not in _DROPPED.get(kind, ())}
    arguments = {key: _argument(key, value, place) for key, value in kept.items()}
    if kind is migrations.AlterModelManagers:
        arguments["managers"] = []
    if kind is migrations.AlterModelOptions:
        arguments["options"] = _options(given.get("options"))
    stamped = any(isinstance(value, models.Field) and is_set_by_clock(value) for value in arguments.values())
    return place._replace(operation=kind(**arguments), holes=stamped or _is_opaque(arguments.values()))


def _argument(key: str, value: object, place: ReadOperation) -> object:
    if key == "field":
        return _field(value, stated_field(place.node))
    if isinstance(value, HostObject) and value.kind is OPERATION:
        return _only(as_operation(value))
    return real(value)


def _only(read: ReadOperation) -> Operation:
    """An operation that is another's argument."""
    if read.operation is None:
        raise UnbuildableError(read.problem)
    return read.operation


def _field(value: object, node: ast.expr | None = None) -> models.Field:
    """A field; of one that is not known, the options that its `node` states."""
    if value is None:
        return NoColumn()
    if isinstance(value, HostObject) and value.kind is FIELD:
        assert isinstance(value.payload, models.Field)
        return value.payload
    if isinstance(value, Unknown):
        return opaque(value.text.split("(")[0].rsplit(".", 1)[-1], stated_options(node))
    if isinstance(value, Instance):  # of a class whose bases were not found
        return opaque(value.defined.name, stated_options(node))
    raise UnbuildableError(words(value))


def _is_opaque(values: Iterable[object]) -> bool:
    return any(
        _has_unknown_part(value) if isinstance(value, models.Field) else has_unknown_value(value) for value in values
    )


def _has_unknown_part(field: models.Field) -> bool:
    if isinstance(getattr(field, "db_default", None), UnknownCall):
        return True
    return is_opaque(field) or field.default is unknown_default or field.default is changing_default


def _options(value: object) -> dict[str, object]:
    """Model options that the database knows; verbose names, permissions and ordering are dropped."""
    if not isinstance(value, dict):
        return {}
    return {key: real(item) for key, item in value.items() if key in _STATE_OPTIONS}


def _create_model(kind: type[Operation], given: Mapping[str, object], place: ReadOperation) -> ReadOperation:
    fields = given["fields"]
    if not isinstance(fields, (list, tuple)):
        raise UnbuildableError(words(fields))
    nodes = dict(stated_fields(place.node))
    built = [_field_pair(item, nodes) for item in fields]
    operation = kind(
        name=real(given["name"]),
        fields=built,
        options=_options(given.get("options")),
        bases=tuple(_bases(given.get("bases"))) or (models.Model,),
    )
    if "partitioning_options" in given:  # of psqlextra's subclass
        operation.partitioning_options = real(given["partitioning_options"])
    return place._replace(operation=operation, holes=_is_opaque(field for _, field in built))


def _field_pair(item: object, nodes: Mapping[object, ast.expr]) -> tuple[str, models.Field]:
    """A name and its field."""
    if not isinstance(item, (list, tuple)) or len(item) != 2:
        raise UnbuildableError(words(item))
    name = real(item[0])
    assert isinstance(name, str)
    return name, _field(item[1], nodes.get(name))


def _bases(value: object) -> Iterator[object]:
    """Models that are named as text are parents with tables; mixins and unknown classes have no columns here."""
    for base in value if isinstance(value, (list, tuple)) else ():
        if isinstance(base, str):
            yield base


def _run_sql(kind: type[Operation], given: Mapping[str, object], place: ReadOperation) -> ReadOperation:
    sql = given["sql"]
    holes = is_partly_unknown(sql)
    state = given.get("state_operations")
    nested = _operations(state) if state is not None else []
    operation = kind(
        sql=sql_of_run_sql(sql),
        reverse_sql=_reverse(given.get("reverse_sql")),
        state_operations=[one.operation for one in nested if one.operation is not None],
    )
    return place._replace(operation=operation, holes=holes)


def _reverse(value: object) -> object | None:
    if value is None:
        return None
    try:
        return sql_of_run_sql(value)
    except UnbuildableError:
        return None


def _run_python(kind: type[Operation], given: Mapping[str, object], place: ReadOperation) -> ReadOperation:
    """Django never runs it here; the code is looked at elsewhere."""
    backward = given.get("reverse_code")
    noop = migrations.RunPython.noop
    operation = kind(code=noop, reverse_code=noop if backward is not None else None, atomic=_atomic(given))
    return place._replace(operation=operation, codes=(PythonStep(given["code"], backward),))


def _atomic(given: Mapping[str, object]) -> bool | None:
    value = given.get("atomic")
    return value if isinstance(value, bool) else None


def _separate(kind: type[Operation], given: Mapping[str, object], place: ReadOperation) -> ReadOperation:
    database = _operations(given.get("database_operations"))
    state = _operations(given.get("state_operations"))
    problems = [one.problem for one in (*database, *state) if one.problem]
    operation = kind(
        database_operations=[one.operation for one in database if one.operation is not None],
        state_operations=[one.operation for one in state if one.operation is not None],
    )
    codes = tuple(code for one in database for code in one.codes)
    holes = any(one.holes for one in database)
    return place._replace(operation=operation, problem="; ".join(problems), holes=holes, codes=codes)


def _operations(value: object) -> list[ReadOperation]:
    if value is None:
        return []
    if not isinstance(value, (list, tuple, Either, Maybe)):
        raise UnbuildableError(words(value))
    return [as_operation(item, guards) for guards, item in listed(value)]


def as_operation(item: object, guards: Guards = (), span: Span | None = None) -> ReadOperation:
    """An item of a list of operations, there under conditions. One that is not known says so at `span`."""
    if isinstance(item, HostObject) and item.kind is OPERATION:
        read = item.payload
        assert isinstance(read, ReadOperation)
        return read._replace(guards=(*guards, *(guard for guard in read.guards if guard not in guards)))
    return failed(words(item).split("(")[0], span or Span(0, 0), f"{words(item)} is not known", guards)


_Builder = Callable[[type[Operation], Mapping[str, object], ReadOperation], ReadOperation]
_BUILDERS: dict[type[Operation], _Builder] = {
    migrations.CreateModel: _create_model,
    migrations.RunSQL: _run_sql,
    migrations.RunPython: _run_python,
    SeparateDatabaseAndState: _separate,
}


def _builder(kind: type[Operation]) -> _Builder:
    if issubclass(kind, migrations.CreateModel):
        return _create_model
    if issubclass(kind, migrations.RunSQL) and "sql" in call_of(kind).parameters:
        return _run_sql
    return _BUILDERS.get(kind, _plain)


def every(operations: Sequence[ReadOperation]) -> Iterator[Operation]:
    """The operations of Django that were built, those inside of SeparateDatabaseAndState too."""
    for read in operations:
        if read.operation is not None:
            yield from nested(read.operation)


def nested(operation: Operation) -> Iterator[Operation]:
    """An operation and those inside of it."""
    yield operation
    if isinstance(operation, SeparateDatabaseAndState):
        for inner in (*operation.database_operations, *operation.state_operations):
            yield from nested(inner)
    elif isinstance(operation, migrations.RunSQL):
        for inner in operation.state_operations:
            yield from nested(inner)
