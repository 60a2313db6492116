"""Changes of rows that Python makes, as operations on the tables of the project's state."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Final, NamedTuple

from django.db import models as fields
from django.db.migrations.state import ModelState
from django.db.migrations.utils import resolve_relation

from migsafe.model.expressions import Comparison, Expression
from migsafe.model.migration import Certainty, Statement
from migsafe.model.names import Name
from migsafe.model.operations import Begin, Commit, Delete, Insert, Operation, Update
from migsafe.sources.django.reading.operations import ReadOperation
from migsafe.sources.django.steps.model_options import TABLE
from migsafe.sources.django.steps.records import CHANGES, DataStep
from migsafe.sources.rendered import Origin, RenderedStatements

_ONE_ROW = Expression("id = …", columns=("id",), conjuncts=(Comparison("id", "=", "…"),), whole=True)
_OF_LINKS: Final = {"add", "remove", "set", "clear"}
Models = Mapping[tuple[str, str], ModelState]


class _Target(NamedTuple):
    """Where a step's rows are: the table; None for no table at all, when what looks like rows is a column's value.
    `model` is the last one on the way there."""

    table: Name | None
    model: tuple[str, str] | None = None


def describe(read: ReadOperation, steps: tuple[DataStep, ...], models: Models, into: RenderedStatements) -> None:
    """Add a statement for each change that the function of a RunPython makes before its transaction ends."""
    for block, together in groupby((s for s in steps if s.change in CHANGES and not s.after), lambda s: s.block):
        part = list(together)
        looped = any(step.loop and not step.committed for step in part)
        opened = block > 0 and (len(part) > 1 or looped)  # one statement is a transaction by itself
        if opened:
            into.operations("BEGIN", [Begin()], Origin(span=part[0].span))
        for step in part:
            _describe(read, step, models, into)
        if opened:
            into.operations("COMMIT", [Commit()], Origin(span=part[-1].span))


def describe_after(read: ReadOperation, models: Models, into: RenderedStatements) -> None:
    """The same for what runs when all migrations are done, each statement by itself."""
    for step in read.steps:
        if step.change in CHANGES and step.after:
            _describe(read, step, models, into)


def _describe(read: ReadOperation, step: DataStep, models: Models, into: RenderedStatements) -> None:
    origin = _origin(read, step)
    if step.change == "sql":
        _sql(step, origin, models, into)
        return
    target = _target(step, models)
    if target is None:
        into.opaque(f"-- {step.change} of a model that is not known", _unknown_words(step), origin)
    elif target.table is None:
        return
    else:
        operation = _operation(step, target, models)
        into.operations(_words(step, target.table), [operation], origin)
        into.statements[-1] = _told(into.statements[-1], target, models)
        if step.loop and not step.committed and not step.few:
            once = step.row_by_row and not step.path
            into.statements[-1] = into.statements[-1].replace(repeated=True, row_by_row=once)


def _told(statement: Statement, target: _Target, models: Models) -> Statement:
    """The statement with its model in Django's words: with the app's label, because it need not be the own one."""
    known = models.get(target.model) if target.model is not None else None
    if known is None or statement.written_as is None:
        return statement
    return statement.replace(written_as=statement.written_as.replace(model=f"{known.app_label}.{known.name}"))


def _unknown_words(step: DataStep) -> str:
    """What is not known, in the words of the code."""
    if step.model is None:
        return f"the {step.change} is of a model that is not known"
    return f"the {step.change} is of {'.'.join((*step.model, *step.path))}, which is not known"


def _origin(read: ReadOperation, step: DataStep) -> Origin:
    told = (guard for guard in step.guards if not guard.startswith("for each "))
    guards = (*read.guards, *told)
    certainty = Certainty.DATA_LOOP if step.loop else Certainty.GUARDED if guards else Certainty.EXACT
    return Origin(span=step.span, certainty=certainty, guards=guards, caught=step.caught)


def _sql(step: DataStep, origin: Origin, models: Models, into: RenderedStatements) -> None:
    if step.sql is None:
        into.opaque("-- SQL that the function puts together", "the SQL is put together at run time", origin)
    else:
        first = len(into.statements)
        into.script(_with_tables(step.sql, models), origin)
        if step.loop and not step.committed:
            into.statements[first:] = [_each_round(statement) for statement in into.statements[first:]]


def _each_round(statement: Statement) -> Statement:
    changes = any(isinstance(operation, Update | Delete) for operation in statement.operations)
    return statement.replace(repeated=True) if changes else statement


def _with_tables(sql: str, models: Models) -> str:
    """The names of tables and columns where `Model._meta` stands for them."""
    return _TABLE.sub(lambda found: _meant(found[1].split("."), models), sql)


_TABLE: Final = re.compile(f"{TABLE[0]}([^{TABLE[1]}]*){TABLE[1]}")


def _meant(parts: list[str], models: Models) -> str:
    key = (parts[0], parts[1])
    if len(parts) == 2:
        return table_name(key, models.get(key)).name
    state = models.get(key)
    return _column(state, parts[2]) if state is not None else parts[2]


def _column(state: ModelState, name: str) -> str:
    """The column of a field, as Django names it."""
    if name == "pk":
        name = next((n for n, field in state.fields.items() if field.primary_key), "id")
    field = state.fields.get(name)
    if field is None:
        return name
    suffix = "_id" if isinstance(field, fields.ForeignKey) else ""
    return str(field.db_column or f"{name}{suffix}")


def _target(step: DataStep, models: Models) -> _Target | None:
    """The table that a step changes; None when it is not known."""
    model = _known_model(step.model, models)
    if model is None:
        return None
    for position, name in enumerate(step.path):
        found = _related(model, name, models)
        if found is None:
            return None
        if found is _PLAIN:
            return _Target(None)
        assert isinstance(found, _Relation)
        if found.between is not None and step.links and position == len(step.path) - 1:
            return _Target(found.between)
        model = found.model
    return _Target(table_name(model, models.get(model)), model)


def changed_table(step: DataStep, models: Models) -> Name | None:
    """The table that a step is about, if it is known."""
    target = _target(step, models)
    return target.table if target is not None else None


def _known_model(model: tuple[str, str] | None, models: Models) -> tuple[str, str] | None:
    """The model; one of which the code tells only the class is the only one with that name."""
    if model is None or model in models:
        return model
    named = [key for key in models if key[1] == model[1]]
    return named[0] if len(named) == 1 else model


class _Relation(NamedTuple):
    """The model that a relation leads to, and the table of links if there is one between."""

    model: tuple[str, str]
    between: Name | None = None


_PLAIN: Final = "a value"


def _related(model: tuple[str, str], name: str, models: Models) -> _Relation | str | None:
    """What an attribute of a row leads to: a relation, or a plain value; None: not known."""
    if name.endswith("_id") or name in ("pk", "id"):
        return _PLAIN
    for key in _lineage(model, models):
        state = models.get(key)
        field = state.fields.get(name) if state is not None else None
        found = _forward(state, name, field, models) if state is not None and field is not None else None
        found = found or _reverse(key, name, models)
        if found is not None:
            return found
    return None


def _lineage(model: tuple[str, str], models: Models) -> Iterator[tuple[str, str]]:
    """A model and those that it inherits tables from."""
    waiting, seen = [model], set()
    while waiting:
        key = waiting.pop(0)
        if key in seen:
            continue
        seen.add(key)
        yield key
        state = models.get(key)
        bases = state.bases if state is not None else ()
        waiting += [_key(base) for base in bases if isinstance(base, str) and "." in base]


def _key(base: str) -> tuple[str, str]:
    label, _, name = base.rpartition(".")
    return (label, name.lower())


def _forward(state: ModelState, name: str, field: fields.Field, models: Models) -> _Relation | str:
    if field.remote_field is None:
        return _PLAIN
    far = resolve_relation(field.remote_field.model, state.app_label, state.name_lower)
    return _Relation(far, _between(state, name, field, models) if field.many_to_many else None)


def _between(state: ModelState, name: str, field: fields.ManyToManyField, models: Models) -> Name:
    """The table of links: as Django names it (`ManyToManyField._get_m2m_db_table`), or that of the stated model."""
    through = field.remote_field.through
    if through is not None:
        key = resolve_relation(through, state.app_label, state.name_lower)
        return table_name(key, models.get(key))
    stated = getattr(field, "db_table", None)
    return Name(None, stated or f"{table_name((state.app_label, state.name_lower), state).name}_{name}")


def _reverse(own: tuple[str, str], name: str, models: Models) -> _Relation | None:
    """The far side of a relation that another model declares, by its `related_name` or by `<model>_set`."""
    for key, field_name, field in _referring(own, models):
        stated = str(field.remote_field.related_name or f"{key[1]}_set")
        names = (stated.replace("%(class)s", key[1]).replace("%(app_label)s", key[0]), key[1])
        if name in names:
            return _Relation(key, _between(models[key], field_name, field, models) if field.many_to_many else None)
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


def _operation(step: DataStep, target: _Target, models: Models) -> Operation:
    table = target.table
    assert table is not None
    if step.change == "insert":
        return Insert(table=table, rows=step.rows if step.few else None)
    where = _where(step, target, models)
    if step.change == "delete":
        return Delete(table=table, where=where)
    state = models.get(target.model) if target.model is not None else None
    columns = _columns(state, step.columns) if state is not None else step.columns
    return Update(table=table, columns=columns, values=(None,) * len(columns), where=where)


def _columns(state: ModelState, names: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of those attributes that the model keeps: others (`order._quiet = True`) are Python's alone, or are
    kept in the table of a parent, or of links."""
    known = {name for field in _kept(state) for name in (field, f"{field}_id")}
    return tuple(_column(state, name) for name in names if name == "pk" or name in known)


def _kept(state: ModelState) -> frozenset[str]:
    """The fields that have a column."""
    return frozenset(name for name, field in state.fields.items() if not field.many_to_many)


def _where(step: DataStep, target: _Target, models: Models) -> Expression | None:
    """Which rows one statement changes; of a loop that is one transaction, which rows all of its rounds change."""
    if step.few or (step.committed and step.part):
        return _ONE_ROW
    if not step.narrowed:
        return None
    state = models.get(target.model) if target.model is not None and not step.path else None
    stated = [c for c in step.conditions if state is not None and (c.column == "pk" or c.column in _kept(state))]
    if step.loop and not step.committed:
        stated = [c for c in stated if c.operator in ("is null", "is not null")]  # the others tell the round's part
    assert state is not None or not stated
    found = tuple(Comparison(_column(state, c.column), c.operator, c.value) for c in stated) if state else ()
    return Expression(
        " AND ".join(f"{c.column} {c.operator}{'' if c.value is None else ' …'}" for c in found) or "…",
        columns=tuple(c.column for c in found),
        operators=tuple(c.operator for c in found if c.value is not None) if found else ("=",),
        special=() if found else ("…",),
        conjuncts=found,
        whole=step.whole and len(found) == len(step.conditions),
    )


def _words(step: DataStep, table: Name) -> str:
    """How it reads where a statement's text is shown."""
    how = " for each row of a query" if step.loop else " under a condition" if step.narrowed else ""
    verb = {"insert": "INSERT INTO", "delete": "DELETE FROM", "update": "UPDATE"}[step.change]
    return f"{verb} {table}{how}"
