"""A column of the new type beside the old one, kept alike by a trigger, filled in batches, then swapped in.

The models know nothing of it: Django sees the change of type when the names are swapped.
"""

from __future__ import annotations

from migsafe.model.definitions import ColumnDef
from migsafe.model.findings import Slot
from migsafe.model.operations import (
    AddColumn,
    AlterColumnType,
    DropColumn,
    DropConstraint,
    RenameColumn,
    SetNotNull,
    ValidateConstraint,
)
from migsafe.plans.writers.django_entries import accepted, field_of, fill, run_python, run_sql, separate
from migsafe.plans.writers.django_files import Draft, Note, Part
from migsafe.plans.writers.django_sql import Sql, proof_of, sql_of
from migsafe.plans.writers.django_task import Task
from migsafe.plans.writers.sql_definitions import type_name
from migsafe.plans.writers.sql_statements import Unwritable, statement
from migsafe.text.identifiers import identifier, relation


def beside(task: Task) -> tuple[Part, ...]:
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
        Note(f"Build what {change.column} has of indexes and constraints on {_new(change)} as well.", Slot.BACKGROUND),
        Draft(
            entries=(_swapped(task, change, required=required),),
            word="swap",
            note="undoing this one rewrites the table, as Django does it",
            slot=Slot.POST_DEPLOY,
        ),
        Draft(entries=_contract(change), word="drop", slot=Slot.CLEANUP),
    )


def _new(change: AlterColumnType) -> str:
    return f"{change.column}_new"


def _old(change: AlterColumnType) -> str:
    return f"{change.column}_old"


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


def _swapped(task: Task, change: AlterColumnType, *, required: bool) -> str:
    entry = separate(_swap(change, task.written.back, required=required), (task.written.text,))
    return accepted(entry, "MS501", f"the names change at once, and no release knows {_new(change)}")


def _swap(change: AlterColumnType, back: tuple[str, ...], *, required: bool) -> tuple[str, ...]:
    """The trigger goes and the names change, in one short transaction. The way back is Django's own, which rewrites
    the table."""
    name, table = _program(change), change.table
    parts = [
        "SET LOCAL lock_timeout = '2s'",
        f"DROP TRIGGER {name} ON {relation(table)}",
        f"DROP FUNCTION {name}()",
        statement(RenameColumn(table=table, column=change.column, new_name=_old(change))),
        statement(RenameColumn(table=table, column=_new(change), new_name=change.column)),
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


def _contract(change: AlterColumnType) -> tuple[str, ...]:
    drop = run_sql(Sql(sql=statement(DropColumn(table=change.table, column=_old(change)))))
    return (accepted(drop, "MS401, MS801", f"{change.column} has all of its values"),)
