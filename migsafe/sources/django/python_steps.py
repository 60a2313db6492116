"""What the Python of a migration does to tables: its calls of Django's ORM and of cursors, evaluated, never run.

The function gets stand-ins for `apps` and `schema_editor` (query_sets.py, cursors.py). A model from `apps.get_model`
knows its name, a query set whether it was narrowed, and everything that changes rows is recorded with its place, its
conditions and whether it happens once for each row of a query (step_records.py).
"""

from __future__ import annotations

import ast
from typing import Final

from migsafe.sources.django.cursors import EDITOR
from migsafe.sources.django.registry import APPS
from migsafe.sources.django.step_names import (
    NAMES,
    attribute_of_function,
    attribute_of_unknown,
    call_of_unknown,
    user_model,
)
from migsafe.sources.django.step_records import Around, Course, DataStep, Model, steps
from migsafe.sources.interpreter import HostObject


def arguments() -> tuple[HostObject, HostObject]:
    """Stand-ins for the two arguments of a RunPython function."""
    return HostObject(APPS), HostObject(EDITOR)


_CHANGING: Final = frozenset(
    (
        *("update", "delete", "save", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create"),
        *("execute", "executemany", "_raw_delete", "truncate"),
    )
)


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
    "steps",
    "user_model",
]
