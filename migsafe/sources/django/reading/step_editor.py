"""What the function of a RunPython asks the schema editor to do, as operations that ask Django's own editor for it.

The function's models are those of the state at that moment: models and fields are looked up there when the migration
is rendered. Between two such requests stands what the function does to rows, in its order.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from django.db import models
from django.db.migrations.operations.base import Operation

from migsafe.sources.django.objects.values import UnbuildableError, real
from migsafe.sources.django.reading.operations import ReadOperation
from migsafe.sources.django.reading.state_values import EditorCall, FieldOf, ModelOf, Side, States, resolved
from migsafe.sources.django.steps.records import Asked, DataStep, Rows
from migsafe.sources.interpreter import HostObject
from migsafe.sources.interpreter.holes import has_hole

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState


class Request(Operation):
    """One request, on the way up or on the way back. `uses` are the models that it is about, for the slice of the
    state that it gets."""

    reversible: ClassVar[bool] = True
    reduces_to_sql: ClassVar[bool] = True

    def __init__(self, forward: EditorCall | None, backward: EditorCall | None) -> None:
        self._forward = forward
        self._backward = backward
        self.uses = frozenset(key for call in (forward, backward) if call is not None for key in _models(call))

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The function changes the database only."""

    def database_forwards(
        self,
        app_label: str,  # noqa: ARG002  # Django's signature
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,  # noqa: ARG002  # likewise
    ) -> None:
        _play(self._forward, schema_editor, from_state)

    def database_backwards(
        self,
        app_label: str,  # noqa: ARG002  # Django's signature
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,  # noqa: ARG002  # likewise
    ) -> None:
        _play(self._backward, schema_editor, from_state)


def apart(read: ReadOperation) -> Iterator[ReadOperation]:
    """The operation with those that do what its steps ask of the schema editor: before it on the way up, after it on
    the way back, which is the same list from its end."""
    up, down = list(_parts(read.steps)), list(_parts(read.back))
    asks = len(down) > 1
    if asks and down[-1].steps:
        yield _bare(read)._replace(operation=Request(None, None), back=down[-1].steps)
    for part in reversed(down[:-1]):
        yield _request(read, part, back=True)._replace(back=part.steps)
    for part in up[:-1]:
        yield _request(read, part, back=False)._replace(steps=part.steps)
    yield read._replace(steps=up[-1].steps, back=() if asks else read.back)


class _Part(NamedTuple):
    """Steps, and the request behind them; the last part has none."""

    steps: tuple[DataStep, ...]
    request: DataStep | None = None


def _parts(steps: Sequence[DataStep]) -> Iterator[_Part]:
    waiting: list[DataStep] = []
    for step in steps:
        if step.change != "editor":
            waiting.append(step)
            continue
        yield _Part(tuple(waiting), step)
        waiting = []
    yield _Part(tuple(waiting))


def _request(read: ReadOperation, part: _Part, *, back: bool) -> ReadOperation:
    step = part.request
    assert step is not None
    assert step.asked is not None
    problem, call = "", None
    try:
        call = _call(step.asked)
    except UnbuildableError as error:
        problem = f"schema_editor.{step.asked.method} gets {error}, which is not known"
    holes = any(isinstance(value, str) and has_hole(value) for value in _values(call))
    return _bare(read)._replace(
        operation=Request(None, call) if back else Request(call, None),
        span=step.span,
        problem=problem,
        guards=(*read.guards, *(guard for guard in step.guards if guard not in read.guards)),
        caught=step.caught,
        holes=read.holes or holes,
    )


def _bare(read: ReadOperation) -> ReadOperation:
    return read._replace(problem="", steps=(), back=(), own=None)


def _values(value: object) -> Iterator[object]:
    if isinstance(value, EditorCall):
        for one in (*value.args, *value.kwargs.values()):
            yield from _values(one)
    elif type(value) in (list, tuple, set, frozenset):
        assert isinstance(value, (list, tuple, set, frozenset))
        for one in value:
            yield from _values(one)
    else:
        yield value


def _models(call: EditorCall) -> Iterator[tuple[str, str]]:
    for value in _values(call):
        model = value.model if isinstance(value, FieldOf) else value
        if isinstance(model, ModelOf):
            yield (model.app_label, model.name)


def _call(asked: Asked) -> EditorCall:
    """Raises UnbuildableError when an argument is not known. A statement that another method wrote is executed."""
    args = tuple(_reference(value) for value in asked.args)
    call = EditorCall(asked.method, args, {name: _reference(value) for name, value in asked.kwargs.items()})
    return call if not asked.method.startswith("_") else EditorCall("execute", (call,), {})


def _reference(value: object) -> object:
    """A value of the program as Django's own, or as what is looked up in the state."""
    if type(value) in (list, tuple, set, frozenset):
        assert isinstance(value, (list, tuple, set, frozenset))
        return type(value)(_reference(item) for item in value)
    if isinstance(value, str):
        return value
    payload = value.payload if isinstance(value, HostObject) else None
    if isinstance(payload, Rows):
        return _model(payload)
    if isinstance(payload, tuple) and len(payload) == 2 and isinstance(payload[0], HostObject):  # a field of `_meta`
        owner, name = payload
        return FieldOf(_model(owner.payload), name)
    return real(value)


def _model(rows: object) -> ModelOf:
    if not isinstance(rows, Rows) or rows.model is None or not rows.model[0] or rows.path:
        raise UnbuildableError("a model")
    return ModelOf(Side.BEFORE, *rows.model)


def _play(call: EditorCall | None, editor: BaseDatabaseSchemaEditor, state: ProjectState) -> None:
    if call is not None:
        _done(call, editor, lambda _: state)


def _done(call: EditorCall, editor: Any, states: States) -> object:
    """Raises what Django raises, and LookupError for what the state has not."""
    args = [_real(value, editor, states) for value in call.args]
    kwargs = {name: _real(value, editor, states) for name, value in call.kwargs.items()}
    model = next((value for value in (*args, *kwargs.values()) if isinstance(value, type)), None)
    args = [_of_model(value, model) for value in args]
    return getattr(editor, call.method)(*args, **{name: _of_model(value, model) for name, value in kwargs.items()})


def _real(value: object, editor: Any, states: States) -> Any:  # any object of Django's
    if isinstance(value, EditorCall):
        return _done(value, editor, states)
    if type(value) in (list, tuple):
        assert isinstance(value, (list, tuple))
        return type(value)(_real(item, editor, states) for item in value)
    return resolved(value, states)


def _of_model(value: object, model: type[models.Model] | None) -> object:
    """A field that the function makes itself is no model's yet: Django takes it as one of the model that it goes to."""
    if not isinstance(value, models.Field) or hasattr(value, "model") or model is None:
        return value
    if value.name is None:
        raise LookupError("a field that has no name")
    field = copy.copy(value)
    field.model = model
    if field.remote_field is not None:
        field.remote_field = _relation(field.remote_field, field, model)
    return field


def _relation(of: Any, field: models.Field, model: type[models.Model]) -> object:
    """As `contribute_to_related_class` completes it (django/db/models/fields/related.py)."""
    relation = copy.copy(of)
    relation.field = field
    if isinstance(relation.model, str):
        label, _, name = relation.model.rpartition(".")
        relation.model = model._meta.apps.get_model(label or model._meta.app_label, name)  # noqa: SLF001  # documented
    if getattr(relation, "field_name", "") is None:
        relation.field_name = relation.model._meta.pk.name  # noqa: SLF001  # likewise
    return relation
