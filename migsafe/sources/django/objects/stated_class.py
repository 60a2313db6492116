"""Foreign keys of a class of their own, which Django tells apart.

When AlterField changes the class alone, Django drops the constraint and adds it again, because it compares the classes
by the path that `deconstruct` states (django/db/backends/base/schema.py, `_field_should_be_altered`). With the options
there it compares those that are the class's own, too. For other fields neither makes a difference to the SQL.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Deconstructed = tuple[str, str, Sequence[object], Mapping[str, object]]


Options = tuple[tuple[str, str], ...]
"""Names and values of options that only the class itself knows; the values as text, to be compared and no more."""


def as_stated(field: models.Field, path: str, own: Options = ()) -> models.Field:
    """The field as one of the class that `path` names, when that matters: the field itself otherwise."""
    if isinstance(field, models.ForeignKey):
        field.__class__ = _stated(field.__class__, path, own)
    return field


@functools.cache
def known_options() -> frozenset[str]:
    """The names of the options that Django's own class takes."""
    kinds = (models.Field, models.ForeignKey)
    return frozenset(name for kind in kinds for name in inspect.signature(kind.__init__).parameters)


@functools.cache
def _stated(kind: type[models.ForeignKey], path: str, own: Options) -> type[models.ForeignKey]:
    def deconstruct(self: models.ForeignKey) -> Deconstructed:
        name, _, args, options = kind.deconstruct(self)
        return name, path, args, {**options, **dict(own)}

    def clone(self: models.ForeignKey) -> models.ForeignKey:
        _, _, args, options = kind.deconstruct(self)
        return self.__class__(*args, **options)

    members = {"deconstruct": deconstruct, "clone": clone, "__module__": kind.__module__}
    return type(path.rpartition(".")[2], (kind,), members)
