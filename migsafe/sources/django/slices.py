"""The part of a project's state that an operation can touch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.apps import apps as installed
from django.db import models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.utils import resolve_relation

ModelKey = tuple[str, str]


def contrib_state() -> ProjectState:
    """The models of the apps that come with Django, as if their migrations had been replayed."""
    state = ProjectState()
    for model in installed.get_models(include_auto_created=False):
        state.add_model(ModelState.from_model(model))
    return state


def touched(operations: Iterable[Operation], app_label: str, state: ProjectState) -> set[ModelKey]:
    """The models that operations name and that the state knows."""
    names = {
        str(getattr(operation, attribute)).lower()
        for operation in operations
        for attribute in ("model_name", "name", "old_name", "new_name")
        if isinstance(getattr(operation, attribute, None), str)
    }
    return {(app_label, name) for name in names if (app_label, name) in state.models}


def references(model: ModelState) -> Iterator[ModelKey]:
    """The models that a model's fields and bases refer to."""
    own = (model.app_label, model.name_lower)
    for base in model.bases:
        if isinstance(base, str) and "." in base:
            yield resolve_relation(base, *own)
    for field in model.fields.values():
        remote = field.remote_field
        if remote is None:
            continue
        for target in (remote.model, getattr(remote, "through", None)):
            if isinstance(target, str) or (isinstance(target, type) and issubclass(target, models.Model)):
                yield resolve_relation(target, *own)


def referrers(state: ProjectState, keys: set[ModelKey]) -> set[ModelKey]:
    """The models that refer to some of these."""
    return {key for key, model in state.models.items() if not keys.isdisjoint(references(model))}


def slice_of(
    state: ProjectState, keys: set[ModelKey], app_label: str = "", operations: Sequence[Operation] = ()
) -> ProjectState:
    """A state with these models, those that refer to them, and all that any of them, or new fields, refer to.

    A model that no migration made (of an app outside of the project) stands in with a key of its own only.
    """
    wanted = keys | referrers(state, keys)
    wanted |= {key for model in _new_models(operations, app_label) for key in references(model)}
    new = {(app_label, operation.name_lower) for operation in operations if hasattr(operation, "fields")}
    part = ProjectState()
    waiting = sorted(wanted - new)
    while waiting:
        key = waiting.pop()
        if key in part.models:
            continue
        model = state.models[key].clone() if key in state.models else _stand_in(key)
        part.models[key] = model
        waiting += [other for other in references(model) if other not in part.models]
    return part


def _new_models(operations: Iterable[Operation], app_label: str) -> Iterator[ModelState]:
    """What the operations create, whole models or single fields, as models that refer to others."""
    for operation in operations:
        if hasattr(operation, "fields") and hasattr(operation, "bases"):
            yield ModelState(app_label, operation.name, operation.fields, bases=operation.bases)
        field = getattr(operation, "field", None)
        if isinstance(field, models.Field):
            yield ModelState(app_label, "holder", [("field", field)])


def _stand_in(key: ModelKey) -> ModelState:
    identity = models.BigAutoField(primary_key=True)
    return ModelState(key[0], key[1], [("id", identity)])
