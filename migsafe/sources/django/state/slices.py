"""The part of a project's state that an operation can touch.

Django renders a class for every model of a state and for all that refer to it. Of a thousand models, an operation
needs the one that it changes, what that refers to, and sometimes what refers to it: those are kept whole or, where
only their key matters, trimmed to it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from django.apps import apps as installed
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.utils import resolve_relation

from migsafe.sources.django.editor.supposed import stand_in_model
from migsafe.sources.django.state.needed import keep_needed, meant
from migsafe.sources.django.state.whole_state import WholeState

ModelKey = tuple[str, str]

SEEN_ELSEWHERE = (migrations.RenameModel, migrations.AlterModelTable, migrations.DeleteModel)
"""Operations that change what other tables refer to, whatever the field."""
_KEPT_OPTIONS = ("db_table", "managed", "proxy", "swappable", "db_tablespace")


def contrib_state(own: frozenset[str] = frozenset()) -> ProjectState:
    """The models of the apps that come with Django, as if their migrations had been replayed; without those apps that
    the project has under the same label itself."""
    state = WholeState()
    for model in installed.get_models(include_auto_created=False):
        if model._meta.app_label not in own:  # noqa: SLF001  # the documented API of models
            state.add_model(ModelState.from_model(model))
    return state


def touched(operations: Iterable[Operation], app_label: str, state: ProjectState) -> set[ModelKey]:
    """The models that operations name and that the state knows."""
    return {key for key in named(operations, app_label) if key in state.models}


def named(operations: Iterable[Operation], app_label: str) -> set[ModelKey]:
    """The models that operations name."""
    found: set[ModelKey] = set()
    for operation in operations:
        has_model = isinstance(getattr(operation, "model_name", None), str)
        for attribute in ("model_name",) if has_model else ("name", "old_name", "new_name"):
            value = getattr(operation, attribute, None)
            if isinstance(value, str):
                found.add((app_label, value.lower()))
        found |= getattr(operation, "uses", frozenset())  # of a request to the schema editor (step_editor.py)
    return found


def references(model: ModelState) -> Iterator[ModelKey]:
    """The models that a model's fields and bases refer to."""
    yield from _parents(model)
    for field in model.fields.values():
        yield from _targets(model, field)


def _parents(model: ModelState) -> Iterator[ModelKey]:
    for base in model.bases:
        if isinstance(base, str) and "." in base:
            yield resolve_relation(base, model.app_label, model.name_lower)


def _targets(model: ModelState, field: models.Field) -> Iterator[ModelKey]:
    remote = field.remote_field
    if remote is None:
        return
    for target in (remote.model, getattr(remote, "through", None)):
        if isinstance(target, str) or (isinstance(target, type) and issubclass(target, models.Model)):
            yield resolve_relation(target, model.app_label, model.name_lower)


def referrers(state: ProjectState, keys: set[ModelKey]) -> set[ModelKey]:
    """The models that refer to some of these."""
    return {key for key, model in state.models.items() if not keys.isdisjoint(references(model))}


def reached(state: ProjectState, keys: set[ModelKey]) -> set[ModelKey]:
    """The models whose columns have the type of these models' keys: those that refer to them, and where such a
    reference is a key itself (a model that inherits from one of them), those that refer to that, and so on. Django
    changes all of them with the key (`_related_non_m2m_objects`, django/db/backends/base/schema.py)."""
    found = referrers(state, keys)
    new = keyed_by(state, found, keys)
    while new:
        further = referrers(state, new) - found
        found |= further
        new = keyed_by(state, further, new) - keys
    return found


def keyed_by(state: ProjectState, models: Iterable[ModelKey], keys: set[ModelKey]) -> set[ModelKey]:
    """Of models those whose key refers to one of the `keys`."""
    return {
        key
        for key in models
        for field in state.models[key].fields.values()
        if field.primary_key and not keys.isdisjoint(_targets(state.models[key], field))
    }


def referred(operations: Sequence[Operation], app_label: str, state: ProjectState) -> set[ModelKey]:
    """The known models that new or changed fields of these operations refer to: their tables are locked and read."""
    return {key for model in new_models(operations, app_label) for key in references(model) if key in state.models}


def slice_of(
    state: ProjectState,
    keys: set[ModelKey],
    app_label: str = "",
    operations: Sequence[Operation] = (),
    *,
    with_referrers: bool = True,
) -> ProjectState:
    """A state with these models, those that refer to them, and all that any of them, or new fields, refer to.

    A model that no migration made (of an app outside of the project) stands in with a key of its own only. What is
    only referred to, or refers, is trimmed; for operations, to what a reference can mean.
    """
    whole = set(keys)
    alone = bool(operations) and not any(_is_seen_elsewhere(each, app_label, state) for each in operations)
    around = set() if alone or not with_referrers else reached(state, whole) - whole
    of = whole | keyed_by(state, around, whole | around)
    new = {(app_label, operation.name_lower) for operation in operations if hasattr(operation, "fields")}
    waiting = [key for model in new_models(operations, app_label) for key in references(model)]
    waiting += sorted(whole | around)
    part = ProjectState()
    while waiting:
        key = waiting.pop()
        if key in part.models or (key in new and key not in state.models):
            continue
        model = _piece(state, key, whole, around, of)
        if alone and key in whole:
            keep_needed(model, operations)
        part.models[key] = model
        waiting += [other for other in references(model) if other not in part.models]
    if operations:
        names = {*meant(part.models.values()), *meant(new_models(operations, app_label))}
        for key in part.models.keys() - whole:
            _slim(part.models[key], names)
    return part


def _slim(model: ModelState, names: Collection[str]) -> None:
    """Take out the fields that no reference can mean: each would be copied whenever a state is rendered."""
    for name, field in list(model.fields.items()):
        if field.remote_field is None and not (field.primary_key or field.unique or name in names):
            del model.fields[name]


def _is_seen_elsewhere(operation: Operation, app_label: str, state: ProjectState) -> bool:
    """Whether foreign keys of other tables may change with it: they refer to fields that are unique."""
    if isinstance(operation, SEEN_ELSEWHERE):
        return True
    if not isinstance(operation, migrations.AlterField | migrations.RenameField):
        return False
    model = state.models.get((app_label, operation.model_name_lower))
    name = operation.name if isinstance(operation, migrations.AlterField) else operation.old_name
    field = model.fields.get(name) if model is not None else None
    new = operation.field if isinstance(operation, migrations.AlterField) else None
    return field is None or field.unique or (new is not None and new.unique)


def _piece(
    state: ProjectState, key: ModelKey, whole: set[ModelKey], around: set[ModelKey], of: set[ModelKey]
) -> ModelState:
    model = state.models.get(key)
    if model is None:
        return stand_in_model(key)
    if key in whole:
        return model.clone()
    return _trimmed(model, of if key in around else frozenset(), linked=key in of)


def _trimmed(model: ModelState, of: Iterable[ModelKey], *, linked: bool = False) -> ModelState:
    """Of a model's fields those without relations, its key, and the relations to some models; if it is `linked`, those
    with a table between, which has the type of its key."""
    kept = {
        name: field
        for name, field in model.fields.items()
        if field.remote_field is None
        or field.primary_key
        or (linked and isinstance(field, models.ManyToManyField))
        or not set(of).isdisjoint(_targets(model, field))
    }
    options = {key: model.options[key] for key in _KEPT_OPTIONS if key in model.options}
    return ModelState(model.app_label, model.name, kept, options, model.bases, [])


def new_models(operations: Iterable[Operation], app_label: str) -> Iterator[ModelState]:
    """What the operations create, whole models or single fields, as models that refer to others."""
    for operation in operations:
        if hasattr(operation, "fields") and hasattr(operation, "bases"):
            yield ModelState(app_label, operation.name, operation.fields, bases=operation.bases)
        field = getattr(operation, "field", None)
        if isinstance(field, models.Field):
            name = getattr(operation, "model_name", "holder")
            yield ModelState(app_label, name, [("field", field)])


def stand_in(state: ProjectState, key: ModelKey) -> None:
    """Let the state have a model of which nothing but the name is known."""
    state.add_model(stand_in_model(key))
