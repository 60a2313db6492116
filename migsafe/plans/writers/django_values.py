"""The values that existing rows get, in functions for RunPython."""

from __future__ import annotations

import ast

from migsafe.plans.writers.django_entries import field_of, fill
from migsafe.plans.writers.django_task import Task
from migsafe.plans.writers.python_calls import is_literal
from migsafe.plans.writers.sql_statements import Unwritable


def filler(task: Task) -> str:
    """The name of the function below."""
    return f"fill_{_field(task)}"


def fill_nulls(task: Task) -> str:
    """A function that gives the rows without a value the field's default, in batches. Raises Unwritable."""
    if task.written.model is None:
        raise Unwritable(task.written.operation)
    field = _field(task)
    which = f".filter({field}__isnull=True)"
    default = _default(task)
    model = (task.label, task.written.model)
    if default in _EMPTY:
        default = _EMPTY[default]
    if is_callable(default):  # each row gets a value of its own
        return fill(filler(task), model, which, _OF_ITS_OWN.format(field=field, value=f"{default}()"))
    return fill(filler(task), model, which, f"rows.filter(pk__in=pks).update({field}={default})")


_EMPTY = {"dict": "{}", "list": "[]", "str": '""', "int": "0", "bool": "False"}
_OF_ITS_OWN = """\
for pk in pks:
            rows.filter(pk=pk).update({field}={value})"""


def _field(task: Task) -> str:
    field = task.written.field
    if field is None or not field.isidentifier():
        raise Unwritable(task.written.operation)
    return field


def _default(task: Task) -> str:
    """The source text of the default; `...` where the user has to say it."""
    field = field_of(task.call)
    stated = field.argument("default") if field is not None else None
    return stated if stated not in (None, "", "None") else "..."  # NULL is no value for a column that must have one


def is_callable(text: str) -> bool:
    """Whether the text of a default names a function, as its spelling shows: `uuid.uuid4`, not `Status.NEW`."""
    if is_literal(text):
        return False
    try:
        node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return False
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return bool(name) and name.islower()
