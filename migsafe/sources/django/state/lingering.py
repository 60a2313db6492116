"""What the project's models have lost and the database still has: columns and tables that wait for their removal.

`SeparateDatabaseAndState(state_operations=[RemoveField(…)])` takes a column away from the models alone, so that the
code of one release stops using it before a later release drops it; so do the operations of libraries that remove in
two deploys. The state of the project does not have the column any more, and the table does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from django.db import migrations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import Field, ForeignKey

from migsafe.model import operations as ops
from migsafe.model.text import Span
from migsafe.sources.django.reading.followed import is_derived
from migsafe.sources.django.reading.in_order import Told
from migsafe.sources.django.reading.older_sql import sql_of
from migsafe.sources.django.reading.operations import nested
from migsafe.sources.django.state.data import table_name
from migsafe.sources.django.state.slices import ModelKey
from migsafe.sources.rendered import Origin, RenderedStatements

_REMOVALS: Final = (migrations.RemoveField, migrations.DeleteModel)


class Lingering:
    """Fields by model, and models, in the order in which the project lost them."""

    def __init__(self) -> None:
        self._fields: dict[ModelKey, dict[str, Field]] = {}
        self._models: dict[ModelKey, ModelState] = {}

    def __bool__(self) -> bool:
        return bool(self._fields or self._models)

    def forward(self, operation: Operation, app_label: str, state: ProjectState) -> None:
        """What an operation does to it; `state` is the one before the operation."""
        for removal in left_in_database(operation):
            self._keep(removal, app_label, state)
        for one in nested(operation) if self else ():
            self._follow_names(one, app_label)
        if self:
            self._drop(operation, app_label, state)

    def _keep(self, removal: Operation, app_label: str, state: ProjectState) -> None:
        """Not what another model or field stands for as well."""
        key = _key(removal, app_label)
        model = state.models.get(key)
        if model is None:
            return
        if isinstance(removal, migrations.DeleteModel):
            if not any(_same_table(key, model, *other) for other in state.models.items()):
                self._models[key] = model
        elif removal.name in model.fields:
            column = _column(removal.name, model.fields[removal.name])
            if not any(_column(*other) == column for other in model.fields.items() if other[0] != removal.name):
                self._fields.setdefault(key, {})[removal.name] = model.fields[removal.name]

    def _follow_names(self, operation: Operation, app_label: str) -> None:
        """A model that gets another name, and tables and columns that the models take up again."""
        if isinstance(operation, migrations.RenameModel):
            old, new = (app_label, operation.old_name_lower), (app_label, operation.new_name_lower)
            if old in self._fields:
                self._fields[new] = self._fields.pop(old)
        elif isinstance(operation, migrations.CreateModel):
            key = (app_label, operation.name_lower)
            self._fields.pop(key, None)
            self._forget_table(table_name(key, ModelState(app_label, operation.name, [], operation.options)).name)
        elif isinstance(operation, migrations.AddField):
            key = _key(operation, app_label)
            self._forget_column(key, _column(operation.name, operation.field))

    def _drop(self, operation: Operation, app_label: str, state: ProjectState) -> None:
        """What the database loses: by an operation on what no state has, or by SQL."""
        for one in nested(operation):
            if is_of_lost(one, app_label, state):
                key = _key(one, app_label)
                if isinstance(one, migrations.RemoveField):
                    self._forget(key, one.name)
                else:
                    self._models.pop(key, None)
        for drop in _drops(sql_of(operation)):
            self._drop_by_sql(drop, state)

    def _drop_by_sql(self, drop: ops.DropColumn | ops.DropTable, state: ProjectState) -> None:
        """Tables and columns are told by their names in the database."""
        if isinstance(drop, ops.DropTable):
            self._forget_table(drop.table.name)
            return
        for key in list(self._fields):
            model = state.models.get(key)
            if model is not None and table_name(key, model).name == drop.table.name:
                self._forget_column(key, drop.column)

    def _forget_table(self, table: str) -> None:
        for key in [key for key, model in self._models.items() if table_name(key, model).name == table]:
            del self._models[key]

    def _forget_column(self, key: ModelKey, column: str) -> None:
        for name in [name for name, field in self._fields.get(key, {}).items() if _column(name, field) == column]:
            self._forget(key, name)

    def _forget(self, key: ModelKey, name: str) -> None:
        fields = self._fields.get(key, {})
        fields.pop(name, None)
        if not fields:
            self._fields.pop(key, None)

    def restored(self, state: ProjectState) -> ProjectState:
        """A state with what lingers put back: as the database is, where the models no longer say so. The state itself
        when nothing lingers."""
        if not self:
            return state
        tables = {table_name(key, model).name for key, model in state.models.items()}
        found = dict(state.models)
        for key, model in self._models.items():
            if key not in found and table_name(key, model).name not in tables:
                found[key] = model
        for key, fields in self._fields.items():
            if key in found:
                found[key] = _with_fields(found[key], fields)
        return ProjectState(models=found)


def is_of_lost(operation: Operation, app_label: str, state: ProjectState) -> bool:
    """Whether it removes what the state does not have."""
    if not isinstance(operation, _REMOVALS):
        return False
    model = state.models.get(_key(operation, app_label))
    if isinstance(operation, migrations.DeleteModel) or model is None:
        return model is None
    return operation.name not in model.fields


def left_in_database(operation: Operation) -> Iterator[Operation]:
    """The removals of an operation that are for the state alone. None of one whose work on the database is not
    understood as a whole: it may have removed them."""
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        work = operation.done if isinstance(operation, Told) else operation.database_operations
        done = [one for outer in work for one in nested(outer)]
        if all(map(_is_understood, done)):
            same = {_said(one) for one in done if isinstance(one, _REMOVALS)}
            told = [one for outer in operation.state_operations for one in nested(outer)]
            yield from (one for one in told if isinstance(one, _REMOVALS) and _said(one) not in same)
    elif isinstance(operation, migrations.RunSQL):
        if operation.state_operations and _is_understood(operation):
            yield from (one for one in operation.state_operations if isinstance(one, _REMOVALS))
    elif isinstance(operation, _REMOVALS) and not operation.reduces_to_sql:
        yield operation


def _is_understood(operation: Operation) -> bool:
    if isinstance(operation, migrations.RunSQL):
        kinds = [kind for text in sql_of(operation) for kind in _kinds(text)]
        return not any(isinstance(kind, ops.Opaque | ops.DoBlock) for kind in kinds)
    if isinstance(operation, migrations.RunPython) or is_derived(operation):
        return False
    return type(operation).__module__.startswith("django.")


def _kinds(text: str) -> Iterator[ops.Operation]:
    collected = RenderedStatements()
    collected.script(text, Origin(span=Span(0, 0)))
    for statement in collected.statements:
        if statement.parent is None:
            yield from statement.operations


def _drops(texts: Iterable[str]) -> Iterator[ops.DropColumn | ops.DropTable]:
    for text in texts:
        if "drop" in text.lower():
            yield from (kind for kind in _kinds(text) if isinstance(kind, ops.DropColumn | ops.DropTable))


def _key(operation: Operation, app_label: str) -> ModelKey:
    found = getattr(operation, "model_name", None) or operation.name
    return (app_label, str(found).lower())


def _said(removal: Operation) -> tuple[str, str]:
    return (str(getattr(removal, "model_name", "")).lower(), removal.name.lower())


def _column(name: str, field: Field) -> str:
    """The column of a field of a state, which has no name of its own (`ForeignKey.get_attname`)."""
    return str(field.db_column or (f"{name}_id" if isinstance(field, ForeignKey) else name))


def _same_table(key: ModelKey, model: ModelState, other: ModelKey, one: ModelState) -> bool:
    return key != other and table_name(key, model).name == table_name(other, one).name


def _with_fields(model: ModelState, fields: Mapping[str, Field]) -> ModelState:
    """Without those whose column is another field's now."""
    found = model.clone()
    columns = {_column(name, field) for name, field in found.fields.items()}
    for name, field in fields.items():
        if name not in found.fields and _column(name, field) not in columns:
            found.fields[name] = field
    return found
