"""What stands in for models of apps that are not part of the project: a key of a type that is supposed.

Of such a model nothing but its name is known. That its key is a `bigint` is Django's own default and no more than
that: columns that refer to it have the key's type, so that what the server makes of their type is not certain.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.utils import resolve_relation

ModelKey = tuple[str, str]


class SupposedKey(models.BigAutoField):
    """The key of a model that no migration has made."""


def stand_in_model(key: ModelKey) -> ModelState:
    """A model of which nothing but the name is known."""
    return ModelState(key[0], key[1], [("id", SupposedKey(primary_key=True))])


def supposed_keys(operation: Operation, app_label: str, before: ProjectState, after: ProjectState) -> tuple[str, ...]:
    """The models ("label.model") whose keys' types an operation's SQL has, and that are supposed. `before` and `after`
    hold all that its fields refer to."""
    found = {
        key: None
        for state, model, field in _columns(operation, app_label, before, after)
        for key in _keys(state, model, field, frozenset())
    }
    return tuple(".".join(key) for key in found)


def _columns(
    operation: Operation, app_label: str, before: ProjectState, after: ProjectState
) -> Iterator[tuple[ProjectState, ModelState, models.Field]]:
    """The columns that it makes, changes or takes away, which a way back makes again."""
    names: tuple[str, ...]
    if isinstance(operation, migrations.CreateModel | migrations.DeleteModel):
        key, names = (app_label, operation.name_lower), ()
    elif isinstance(operation, migrations.AddField | migrations.RemoveField | migrations.AlterField):
        key, names = (app_label, operation.model_name_lower), (operation.name,)
    else:
        return
    for state in (before, after):
        model = state.models.get(key)
        if model is not None:
            kept = (model.fields[name] for name in names if name in model.fields) if names else model.fields.values()
            yield from ((state, model, field) for field in kept)


def _keys(state: ProjectState, model: ModelState, field: models.Field, seen: frozenset[ModelKey]) -> Iterator[ModelKey]:
    """The models with a supposed key that a field's column, or the table between two models, takes its type from."""
    target = getattr(field.remote_field, "model", None)
    if not isinstance(target, str):
        return
    key = resolve_relation(target, model.app_label, model.name_lower)
    other = state.models.get(key)
    if other is None or key in seen:
        return
    for own in (each for each in other.fields.values() if each.primary_key):
        if isinstance(own, SupposedKey):
            yield key
        else:
            yield from _keys(state, other, own, seen | {key})
