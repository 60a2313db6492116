"""Remedies for Django's operations: a file for each, named like it; `write` returns the migrations to write instead.

`COVERS` are operations of a rule's remedy of which at least one has to be there: a recipe answers hazards of what the
operation does, and leaves advice about anything else (types, names) to the general form. `CODES` are rules whose remedy
is in words. `write` raises Unwritable when the operation is not one that it knows an answer for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from migsafe.model.migration import Certainty
from migsafe.model.operations import (
    AddCheck,
    AddForeignKey,
    AddUnique,
    CreateIndex,
    Delete,
    DropConstraint,
    DropIndex,
    Insert,
    SetNotNull,
    SetParameter,
    Update,
    ValidateConstraint,
)
from migsafe.plans.writers.django_files import Part
from migsafe.plans.writers.django_task import Task, stepwise
from migsafe.plans.writers.sql_statements import Unwritable


def written(task: Task) -> Sequence[Part] | None:
    """The migrations; None when there is no recipe for the operation or for the hazard. All hazards of one operation
    have one plan where there is one for all that it does. Raises Unwritable."""
    try:
        found = _by_recipe(task)
    except Unwritable:
        found = None
    return found if found is not None else _as_a_whole(task)


def _as_a_whole(task: Task) -> Sequence[Part] | None:
    """Everything that the operation sends in its safe form, if that is what the remedy is about."""
    proposed = [operation for step in task.remedy.steps for operation in step.operations]
    if len(task.statements) <= 1 or task.written.by_hand or not any(isinstance(each, _LONG) for each in proposed):
        return None
    if not all(isinstance(each, _IN_SAFE_FORM) for each in proposed) or any(step.batch for step in task.remedy.steps):
        return None
    if any(isinstance(op, _ROWS) for s in task.statements for op in s.operations):
        return None
    if any(each.certainty is not Certainty.EXACT for each in task.statements):
        return None
    return stepwise(task)


_LONG = (AddCheck, AddForeignKey, AddUnique, CreateIndex, DropConstraint, DropIndex)
_IN_SAFE_FORM = (*_LONG, SetNotNull, SetParameter, ValidateConstraint)
_ROWS = (Delete, Insert, Update)


def _by_recipe(task: Task) -> Sequence[Part] | None:
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", task.written.operation).lower()
    if name not in _names():
        return None
    recipe = import_module(f"{__name__}.{name}")
    proposed = (operation for step in task.remedy.steps for operation in step.operations)
    covered = any(isinstance(operation, recipe.COVERS) for operation in proposed)
    if not covered and task.subject.code not in getattr(recipe, "CODES", ()):
        return None
    found: Sequence[Part] = recipe.write(task)
    return found


@cache
def _names() -> frozenset[str]:
    return frozenset(module.name for module in iter_modules(__path__))
