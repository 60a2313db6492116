"""Foreign keys of a class of their own, which Django tells apart.

When AlterField changes the class alone, Django drops the constraint and adds it again, because it compares the classes
by the path that `deconstruct` states (django/db/backends/base/schema.py, `_field_should_be_altered`). For other fields
the class makes no difference to the SQL.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Deconstructed = tuple[str, str, Sequence[object], Mapping[str, object]]


def as_stated(field: models.Field, path: str) -> models.Field:
    """The field as one of the class that `path` names, when that matters: the field itself otherwise."""
    if isinstance(field, models.ForeignKey):
        field.__class__ = _stated(field.__class__, path)
    return field


@functools.cache
def _stated(kind: type[models.ForeignKey], path: str) -> type[models.ForeignKey]:
    def deconstruct(self: models.ForeignKey) -> Deconstructed:
        name, _, args, options = kind.deconstruct(self)
        return name, path, args, options

    return type(path.rpartition(".")[2], (kind,), {"deconstruct": deconstruct, "__module__": kind.__module__})
