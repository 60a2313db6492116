"""What an operation on single fields needs of the other fields of its model: next to nothing.

Django renders a class of the model before and after the operation, with all its fields and with every model that one of
them refers to. Of that class the schema editor asks the table, the key, the names of indexes and constraints, and the
fields that it is about (`add_field`, `remove_field`, `_alter_field`, `_delete_composed_index`,
django/db/backends/base/schema.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState
from django.db.models.options import normalize_together

_ON_FIELD = (migrations.AddField, migrations.AlterField, migrations.RemoveField)
_CHANGING = (*_ON_FIELD, migrations.RenameField)
_ON_TOGETHER = (migrations.AlterUniqueTogether, migrations.AlterIndexTogether)
_MADE = (migrations.AddIndex, AddIndexConcurrently, migrations.AddConstraint)
_REMOVED = (migrations.RemoveIndex, RemoveIndexConcurrently, migrations.RemoveConstraint)


def keep_needed(model: ModelState, operations: Sequence[Operation]) -> None:
    """Take out the fields that do not matter to the operations; none when that is not certain."""
    named = set(_named(operations[0], model)) if len(operations) == 1 else set()
    if not named or not _are_fields(named, model, operations[0]) or _leans_on_others(model, operations[0], named):
        return
    needed = named | set(meant((model,)))
    for name, field in list(model.fields.items()):
        if name not in needed and not field.primary_key and (field.remote_field is not None or not field.unique):
            del model.fields[name]


def meant(models: Iterable[ModelState]) -> Iterator[str]:
    """The names of fields that references name, at either end; most mean the key."""
    for model in models:
        for field in model.fields.values():
            if field.remote_field is not None:
                yield from filter(None, (getattr(field.remote_field, "field_name", None),))
                yield from filter(None, (*getattr(field, "to_fields", ()), *getattr(field, "from_fields", ())))


def _named(operation: Operation, model: ModelState) -> Iterator[str]:
    """The fields that an operation is about; none when it can be about others as well."""
    if type(operation) in _ON_FIELD:
        yield operation.name
    elif type(operation) is migrations.RenameField:
        yield from (operation.old_name, operation.new_name)
    elif type(operation) in _ON_TOGETHER:
        stated = model.options.get(operation.option_name)
        yield from chain.from_iterable((*normalize_together(stated), *normalize_together(operation.option_value)))
    elif type(operation) in _MADE:
        yield from _columns(getattr(operation, "index", None) or operation.constraint)
    elif type(operation) in _REMOVED:
        parts = (*model.options.get("indexes", ()), *model.options.get("constraints", ()))
        yield from chain.from_iterable(_columns(part) for part in parts if part.name == operation.name)


def _columns(part: models.Index | models.BaseConstraint) -> Iterator[str]:
    """The fields of an index or a constraint that is made of columns alone; none of another."""
    if getattr(part, "expressions", ()) or getattr(part, "condition", None) is not None:
        return
    if isinstance(part, models.Index | models.UniqueConstraint) and type(part).__module__.startswith("django."):
        yield from (name.removeprefix("-") for name in (*part.fields, *(part.include or ())))


def _are_fields(named: set[str], model: ModelState, operation: Operation) -> bool:
    """Whether all of them are fields of this model. For Django `customer_id` is another name of `customer`, and a
    parent has fields of its own."""
    changes = type(operation) in _CHANGING
    made = {getattr(operation, name, "") for name in ("name", "new_name")} if changes else set()
    return all(name in model.fields for name in named - made)


def _leans_on_others(model: ModelState, operation: Operation, named: set[str]) -> bool:
    """Whether the class, or one of these fields, cannot be made without other fields: a column that is generated from
    others, the order among the rows of another model (`Options._prepare`)."""
    fields = (*(model.fields.get(name) for name in named), getattr(operation, "field", None))
    return bool(model.options.get("order_with_respect_to")) or any(getattr(f, "generated", False) for f in fields)
