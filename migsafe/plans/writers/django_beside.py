"""A column of the new type beside the old one, kept alike by a trigger, filled in batches, then swapped in.

The models know nothing of it: Django sees the change of type when the names are swapped.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import ColumnDef
from migsafe.model.findings import Slot, Step
from migsafe.model.names import Name
from migsafe.model.operations import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddUnique,
    AlterColumnType,
    CreateIndex,
    DropColumn,
    DropConstraint,
    DropIndex,
    Operation,
    RenameColumn,
    SetNotNull,
    ValidateConstraint,
)
from migsafe.plans.writers.django_entries import accepted, field_of, fill, run_python, run_sql, separate
from migsafe.plans.writers.django_files import Draft, Note, Part
from migsafe.plans.writers.django_sql import SHORT_WAIT, Sql, proof_of, sql_of
from migsafe.plans.writers.django_task import Task, drafts_of
from migsafe.plans.writers.sql_definitions import type_name
from migsafe.plans.writers.sql_statements import Unwritable, statement
from migsafe.rules.column_copy import Copied, columns_of, on_other_column, retired, without_blocking
from migsafe.rules.column_copy import beside as copied
from migsafe.schema.schema import Schema
from migsafe.text.identifiers import identifier, relation


def by_new_column(task: Task) -> tuple[Part, ...]:
    """The migrations. Raises Unwritable for more than one change of type, and for one of a column that is renamed."""
    changes = tuple(task.operations(AlterColumnType))
    field = field_of(task.call)
    if (
        len(changes) != 1
        or any(task.operations(RenameColumn))
        or field is None
        or task.written.model is None
        or task.written.field is None
    ):
        raise Unwritable(task.written.operation)
    change = changes[0]
    required = field.argument("null") != "True"
    return (
        Draft(entries=_expand(change)),
        Draft(
            entries=_fill(task, change, required=required),
            functions=(_function(task),),
            atomic=False,
            word="fill",
            slot=Slot.BACKGROUND,
        ),
        *_built(task, change),
        Draft(
            entries=(_swapped(task, change, required=required),),
            word="swap",
            note="undoing this one rewrites the table, as Django does it",
            slot=Slot.POST_DEPLOY,
        ),
        Draft(entries=_contract(change), word="drop", slot=Slot.CLEANUP),
    )


def _new(change: AlterColumnType) -> str:
    return copied(change.column)


def _old(change: AlterColumnType) -> str:
    return retired(change.column)


def _program(change: AlterColumnType) -> str:
    """The name of the trigger and of its function."""
    return identifier(f"{change.table.name}_{_new(change)}")


def _expand(change: AlterColumnType) -> tuple[str, ...]:
    column = ColumnDef(name=_new(change), type=change.type, collation=change.collation)
    add = AddColumn(table=change.table, column=column)
    drop = DropColumn(table=change.table, column=_new(change), column_if_exists=True)
    return (run_sql(Sql(sql=statement(add), reverse=statement(drop))), *_copying(change))


def _copying(change: AlterColumnType) -> tuple[str, ...]:
    """The trigger that gives new and changed rows their value."""
    name, table = _program(change), relation(change.table)
    new, old = identifier(_new(change)), identifier(change.column)
    value = f"NEW.{old}::{type_name(change.type)}"
    function = (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$\n"
        f"BEGIN\n    NEW.{new} := {value};\n    RETURN NEW;\nEND $$"
    )
    trigger = f"CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    return (
        run_sql(Sql(sql=function, reverse=f"DROP FUNCTION IF EXISTS {name}()")),
        run_sql(Sql(sql=trigger, reverse=f"DROP TRIGGER IF EXISTS {name} ON {table}")),
    )


def _function(task: Task) -> str:
    field = task.written.field or ""
    change = f'rows.filter(pk__in=pks).update({field}=models.F("{field}"))  # the trigger does the rest'
    return fill(f"touch_{field}", (task.label, task.written.model or ""), "", change)


def _fill(task: Task, change: AlterColumnType, *, required: bool) -> tuple[str, ...]:
    entries = [run_python(f"touch_{task.written.field}")]
    if required:
        proof = proof_of(change.table, _new(change))
        name = proof.constraint.name or ""
        entries += [run_sql(sql_of(proof)), run_sql(sql_of(ValidateConstraint(table=change.table, name=name)))]
    return tuple(entries)


def _built(task: Task, change: AlterColumnType) -> Iterator[Part]:
    """What the column has of indexes and constraints, and what the operation gives it."""
    steps = _steps(task, change)
    for step in steps:
        if not step.operations:
            yield Note(step.note, Slot.BACKGROUND)
    parts = [sql_of(operation) for step in steps for operation in step.operations]
    for draft in drafts_of(parts, "", Slot.BACKGROUND):
        yield draft if draft.word else draft.replace(word="constraint" if draft.atomic else "index")


def _steps(task: Task, change: AlterColumnType) -> tuple[Step, ...]:
    """Those of the remedy for what stays, then those for what the operation makes anew."""
    stays = [step for step in task.remedy.steps if step.instead_of is not None]
    made: list[Step] = []
    for operation in task.operations(Operation):
        if not isinstance(operation, Copied) or operation.table != change.table:
            continue
        if change.column in columns_of(operation):
            copy = on_other_column(operation, change.column)
            if copy is None:
                raise Unwritable(operation.label)
            name = _name(operation)
            made += [step.replace(instead_of=name) for step in without_blocking(copy, _NO_SCHEMA)]
    return (*stays, *made)


def _name(operation: Copied) -> str:
    name = operation.name if isinstance(operation, CreateIndex) else operation.constraint.name
    if name is None:
        raise Unwritable(operation.label)
    return name


def _swapped(task: Task, change: AlterColumnType, *, required: bool) -> str:
    entry = separate(_swap(task, change, required=required), (task.written.text,))
    return accepted(entry, "MS501", f"the names change at once, and no release knows {_new(change)}")


def _swap(task: Task, change: AlterColumnType, *, required: bool) -> tuple[str, ...]:
    """The trigger goes and the names change, in one short transaction. The way back is Django's own, which rewrites
    the table."""
    name, table, back = _program(change), change.table, task.written.back
    parts = [
        statement(SHORT_WAIT),
        f"DROP TRIGGER {name} ON {relation(table)}",
        f"DROP FUNCTION {name}()",
        statement(RenameColumn(table=table, column=change.column, new_name=_old(change))),
        statement(RenameColumn(table=table, column=_new(change), new_name=change.column)),
        *_renamings(task, change),
    ]
    if required:
        proof = proof_of(table, _new(change)).constraint.name or ""
        parts += [
            statement(SetNotNull(table=table, column=change.column)),
            statement(DropConstraint(table=table, name=proof)),
            f"ALTER TABLE {relation(table)} ALTER COLUMN {identifier(_old(change))} DROP NOT NULL",
        ]
    gone = statement(DropColumn(table=table, column=_old(change), column_if_exists=True))
    undone = "; ".join((gone, *back)) if back else None
    return tuple(run_sql(Sql(sql=part, reverse=undone if not number else "")) for number, part in enumerate(parts))


def _renamings(task: Task, change: AlterColumnType) -> Iterator[str]:
    """The index of a constraint is renamed with it."""
    steps = _steps(task, change)
    constraints = {step.instead_of for step in steps for each in step.operations if isinstance(each, _OF_TABLE)}
    replaced = {step.instead_of for step in task.remedy.steps} | set(_dropped(task))
    for name in dict.fromkeys(step.instead_of for step in steps if step.operations):
        if name is None:
            continue
        kind = f"ALTER TABLE {relation(change.table)} RENAME CONSTRAINT"
        if name in replaced:
            yield _renamed(kind, name, retired(name), change.table, constraint=name in constraints)
        yield _renamed(kind, copied(name), name, change.table, constraint=name in constraints)


_OF_TABLE = AddCheck | AddForeignKey | AddUnique
_NO_SCHEMA = Schema()


def _dropped(task: Task) -> Iterator[str]:
    """What the operation takes away goes with the old column instead."""
    yield from (each.index.name for each in task.operations(DropIndex))
    yield from (each.name for each in task.operations(DropConstraint))


def _renamed(kind: str, name: str, new: str, table: Name, *, constraint: bool) -> str:
    if constraint:
        return f"{kind} {identifier(name)} TO {identifier(new)}"
    return f"ALTER INDEX {relation(Name(table.schema, name))} RENAME TO {identifier(new)}"


def _contract(change: AlterColumnType) -> tuple[str, ...]:
    drop = run_sql(Sql(sql=statement(DropColumn(table=change.table, column=_old(change)))))
    return (accepted(drop, "MS401", f"{change.column} has all of its values"),)
