"""Changes of rows that Python makes, as operations on the tables of the project's state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from django.db import models as fields
from django.db.migrations.state import ModelState
from django.db.migrations.utils import resolve_relation

from migsafe.model.expressions import Comparison, Expression
from migsafe.model.migration import Certainty
from migsafe.model.names import Name
from migsafe.model.operations import Delete, Insert, Operation, Update
from migsafe.sources.django.operations import ReadOperation
from migsafe.sources.django.python_steps import DataStep
from migsafe.sources.rendered import Origin, RenderedStatements

_UNKNOWN_CONDITION = Expression("…")
_ONE_ROW = Expression("id = …", conjuncts=(Comparison("id", "=", "…"),), whole=True)
_OF_LINKS: Final = {"add", "remove", "set", "clear"}
Models = Mapping[tuple[str, str], ModelState]


class _Target(NamedTuple):
    """Where a step's rows are: the table; None for no table at all, when what looks like rows is a column's value."""

    table: Name | None


def describe(read: ReadOperation, steps: tuple[DataStep, ...], models: Models, into: RenderedStatements) -> None:
    """Add a statement for each change of rows that the function of a RunPython makes."""
    for step in steps:
        origin = _origin(read, step)
        if step.change == "sql":
            _sql(step, origin, into)
            continue
        target = _target(step, models)
        if target is None:
            into.opaque(f"-- {step.change} of a model that is not known", _unknown_words(step), origin)
        elif target.table is not None:
            into.operations(_words(step, target.table), [_operation(step, target.table)], origin)


def _unknown_words(step: DataStep) -> str:
    """What is not known, in the words of the code."""
    if step.model is None:
        return f"the {step.change} is of a model that is not known"
    return f"the {step.change} is of {'.'.join((*step.model, *step.path))}, which is not known"


def _origin(read: ReadOperation, step: DataStep) -> Origin:
    guards = (*read.guards, *step.guards)
    certainty = Certainty.DATA_LOOP if step.loop else Certainty.GUARDED if guards else Certainty.EXACT
    return Origin(span=step.span, certainty=certainty, guard=" and ".join(guards) or None)


def _sql(step: DataStep, origin: Origin, into: RenderedStatements) -> None:
    if step.sql is None:
        into.opaque("-- SQL that the function puts together", "the SQL is put together at run time", origin)
    else:
        into.script(step.sql, origin)


def _target(step: DataStep, models: Models) -> _Target | None:
    """The table that a step changes; None when it is not known."""
    if step.model is None:
        return None
    model = step.model
    for position, name in enumerate(step.path):
        state = models.get(model)
        if state is None:
            return None
        found = _related(state, name, models)
        if found is None:
            return None
        if isinstance(found, Name):  # the table of a many-to-many relation, or its far side when rows are followed
            return _Target(found) if position == len(step.path) - 1 else None
        if not found:
            return _Target(None)
        model = found[0]
    return _Target(table_name(model, models.get(model)))


def _related(state: ModelState, name: str, models: Models) -> Name | tuple[tuple[str, str], ...] | None:
    """What an attribute of a row leads to: a model, the table between two, () for a plain value; None: not known."""
    field = state.fields.get(name)
    if field is None:
        return () if name.endswith("_id") or name in ("pk", "id") else _reverse(state, name, models)
    if isinstance(field, fields.ManyToManyField):
        return _between(state, name, field, models)
    if field.remote_field is None:
        return ()
    return (resolve_relation(field.remote_field.model, state.app_label, state.name_lower),)


def _between(state: ModelState, name: str, field: fields.ManyToManyField, models: Models) -> Name:
    """The table of links: as Django names it (`ManyToManyField._get_m2m_db_table`), or that of the stated model."""
    through = field.remote_field.through
    if through is not None:
        key = resolve_relation(through, state.app_label, state.name_lower)
        return table_name(key, models.get(key))
    stated = getattr(field, "db_table", None)
    return Name(None, stated or f"{table_name((state.app_label, state.name_lower), state).name}_{name}")


def _reverse(state: ModelState, name: str, models: Models) -> Name | tuple[tuple[str, str], ...] | None:
    """The far side of a relation that another model declares, by its `related_name` or by `<model>_set`."""
    own = (state.app_label, state.name_lower)
    for key, field_name, field in _referring(own, models):
        names = (field.remote_field.related_name or f"{key[1]}_set", key[1])
        if name in names:
            if isinstance(field, fields.ManyToManyField):
                return _between(models[key], field_name, field, models)
            return (key,)
    return None


def _referring(own: tuple[str, str], models: Models) -> Iterator[tuple[tuple[str, str], str, fields.Field]]:
    for key, model in models.items():
        for name, field in model.fields.items():
            remote = field.remote_field
            if remote is not None and resolve_relation(remote.model, *key) == own:
                yield key, name, field


def table_name(key: tuple[str, str], state: ModelState | None) -> Name:
    """The table as Django names it: `db_table`, else the label and the model's name (options.py)."""
    table = state.options.get("db_table") if state is not None else None
    return Name(None, str(table).strip('"') if table else f"{key[0]}_{key[1]}")


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
