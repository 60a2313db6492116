"""Whether a view depends on a column."""

from __future__ import annotations

from enum import Enum, auto

from migsafe.model.names import Name
from migsafe.schema.objects import Relation
from migsafe.schema.schema import Schema


class Dependence(Enum):
    NONE = auto()
    POSSIBLE = auto()  # a name in the query may mean the column, or the view may not be there
    CERTAIN = auto()


def view_depends(schema: Schema, view: Relation, relation: Name, column: str) -> Dependence:
    """Whether the view has to go when the column of the relation, which it reads, goes."""
    read = next((r for r in view.reads if r.relation == relation), None)
    if read is None:  # its query is not known
        return Dependence.POSSIBLE
    if column in read.columns:
        return Dependence.CERTAIN if schema.exists(view.name) and view.known else Dependence.POSSIBLE
    return Dependence.NONE if read.complete and column not in read.perhaps else Dependence.POSSIBLE


def views_depending_on(schema: Schema, relation: Name, column: str, how: Dependence) -> tuple[Relation, ...]:
    """The views that depend on the column, certainly or possibly."""
    views = schema.views_on(relation)
    return tuple(view for view in views if view_depends(schema, view, relation, column) is how)
