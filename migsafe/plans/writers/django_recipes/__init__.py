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

from migsafe.plans.writers.django_files import Part
from migsafe.plans.writers.django_task import Task


def written(task: Task) -> Sequence[Part] | None:
    """The migrations; None when there is no recipe for the operation or for the hazard. Raises Unwritable."""
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
