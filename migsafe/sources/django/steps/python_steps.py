"""What the Python of a migration does to tables: its calls of Django's ORM and of cursors, evaluated, never run.

The function gets stand-ins for `apps` and `schema_editor` (query_sets.py, cursors.py). A model from `apps.get_model`
knows its name, a query set whether it was narrowed, and everything that changes rows is recorded with its place, its
conditions and whether it happens once for each row of a query (step_records.py).
"""

from __future__ import annotations

import ast
from typing import Final

from migsafe.sources.django.steps.cursors import EDITOR
from migsafe.sources.django.steps.names import (
    NAMES,
    attribute_of_function,
    attribute_of_unknown,
    call_of_unknown,
    escapes,
    user_model,
    works,
)
from migsafe.sources.django.steps.query_sets import MODEL
from migsafe.sources.django.steps.records import Around, Course, DataStep, Model, steps
from migsafe.sources.django.steps.registry import APPS, with_methods
from migsafe.sources.interpreter import Class, Function, HostObject


def arguments() -> tuple[HostObject, HostObject]:
    """Stand-ins for the two arguments of a RunPython function."""
    return HostObject(APPS), HostObject(EDITOR)


_CHANGING: Final = frozenset(
    (
        *("update", "delete", "save", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create"),
        *("execute", "executemany", "_raw_delete", "truncate"),
    )
)


def proxy(defined: Class) -> HostObject | None:
    """The historical model from which the code derives a class, with the methods of that."""
    base = next((base for base in defined.lineage() if isinstance(base, HostObject) and base.kind is MODEL), None)
    methods = {name: value for name, value in defined.namespace.items() if isinstance(value, Function)}
    return None if base is None else with_methods(base, methods)


def changes_rows(call: ast.Call) -> bool:
    """Whether a call must not be passed over: it reads like a change of rows."""
    return isinstance(call.func, ast.Attribute) and call.func.attr in _CHANGING


__all__ = [
    "NAMES",
    "Around",
    "Course",
    "DataStep",
    "Model",
    "arguments",
    "attribute_of_function",
    "attribute_of_unknown",
    "call_of_unknown",
    "changes_rows",
    "escapes",
    "proxy",
    "steps",
    "user_model",
    "works",
]
