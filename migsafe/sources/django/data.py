"""Changes of rows that Python makes, as operations on the tables of the project's state."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.migrations.state import ModelState

from migsafe.model.expressions import Comparison, Expression
from migsafe.model.migration import Certainty
from migsafe.model.names import Name
from migsafe.model.operations import Delete, Insert, Operation, Update
from migsafe.sources.django.operations import ReadOperation
from migsafe.sources.django.python_steps import DataStep
from migsafe.sources.rendered import Origin, RenderedStatements

_UNKNOWN_CONDITION = Expression("…")
_ONE_ROW = Expression("id = …", conjuncts=(Comparison("id", "=", "…"),), whole=True)


def describe(
    read: ReadOperation,
    steps: tuple[DataStep, ...],
    models: Mapping[tuple[str, str], ModelState],
    into: RenderedStatements,
) -> None:
    """Add a statement for each change of rows that the function of a RunPython makes."""
    for step in steps:
        origin = _origin(read, step)
        if step.change == "sql":
            _sql(step, origin, into)
            continue
        table = _table(step.model, models)
        if table is None:
            into.opaque(f"-- {step.change} of a model that is not known", "the model is not known", origin)
        else:
            into.operations(_words(step, table), [_operation(step, table)], origin)


def _origin(read: ReadOperation, step: DataStep) -> Origin:
    guards = (*read.guards, *step.guards)
    certainty = Certainty.DATA_LOOP if step.loop else Certainty.GUARDED if guards else Certainty.EXACT
    return Origin(span=step.span, certainty=certainty, guard=" and ".join(guards) or None)


def _sql(step: DataStep, origin: Origin, into: RenderedStatements) -> None:
    if step.sql is None:
        into.opaque("-- SQL that the function puts together", "the SQL is put together at run time", origin)
    else:
        into.script(step.sql, origin)


def _table(model: tuple[str, str] | None, models: Mapping[tuple[str, str], ModelState]) -> Name | None:
    """The table as Django names it: `db_table`, else the label and the model's name (options.py)."""
    if model is None:
        return None
    state = models.get(model)
    table = state.options.get("db_table") if state is not None else None
    return Name(None, str(table) if table else f"{model[0]}_{model[1]}")


def _operation(step: DataStep, table: Name) -> Operation:
    where = _ONE_ROW if step.few else _UNKNOWN_CONDITION if step.narrowed else None
    if step.change == "insert":
        return Insert(table=table, rows=1 if step.few else None)
    if step.change == "delete":
        return Delete(table=table, where=where)
    return Update(table=table, where=where)


def _words(step: DataStep, table: Name) -> str:
    """How it reads where a statement's text is shown."""
    how = " for each row of a query" if step.loop else " under a condition" if step.narrowed else ""
    verb = {"insert": "INSERT INTO", "delete": "DELETE FROM", "update": "UPDATE"}[step.change]
    return f"{verb} {table}{how}"
