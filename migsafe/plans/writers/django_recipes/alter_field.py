"""AlterField: whatever it sends, in its safe form; what the models say stays as the user wrote it."""

from __future__ import annotations

from migsafe.model.operations import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddNotNull,
    AddUnique,
    AlterColumnType,
    CreateIndex,
    DropIndex,
    RenameColumn,
    SetNotNull,
    Update,
    ValidateConstraint,
)
from migsafe.plans.writers.django_beside import beside
from migsafe.plans.writers.django_entries import field_of, run_python, run_sql, separate, with_field
from migsafe.plans.writers.django_files import Draft, InPlace, Note, Part
from migsafe.plans.writers.django_sql import drop_proof, proof_of, sql_of
from migsafe.plans.writers.django_task import Task, stepwise
from migsafe.plans.writers.django_values import fill_nulls, filler
from migsafe.plans.writers.python_code import literal
from migsafe.plans.writers.sql_statements import Unwritable

COVERS = (AddCheck, AddColumn, AddForeignKey, AddNotNull, AddUnique, CreateIndex, DropIndex, SetNotNull)
CODES = ("MS304", "MS601")  # of the UPDATE that Django sends before SET NOT NULL


def write(task: Task) -> tuple[Part, ...]:
    if task.subject.code == "MS501":
        return _same_column(task)
    if any(task.operations(AlterColumnType)):
        if not any(task.proposed(AddColumn)):
            raise Unwritable("a change of type that needs no column of its own")
        return beside(task)
    required = tuple(task.operations(SetNotNull))
    if not required and task.subject.code in CODES:
        raise Unwritable(task.written.operation)
    if len(required) == 1:
        return _not_null(task, required[0])
    return stepwise(task)


def _same_column(task: Task) -> tuple[Part, ...]:
    """A field of another kind has another column, unless it says which."""
    renamed, field = tuple(task.operations(RenameColumn)), field_of(task.call)
    if len(renamed) != 1 or field is None:
        raise Unwritable(task.written.operation)
    column = literal(renamed[0].column)
    kept = with_field(task.call, field.with_argument("db_column", column))
    note = Note(f"In the model: {task.written.field} = …(…, db_column={column}). Then no column is renamed:")
    return (note, InPlace(entries=(kept.source,)))


def _not_null(task: Task, required: SetNotNull) -> tuple[Part, ...]:
    """Prove it first; then SET NOT NULL need not look."""
    if not task.written.text:
        raise Unwritable(task.written.operation)
    native = tuple(task.proposed(AddNotNull))
    proof: AddCheck | AddNotNull = native[0] if native else proof_of(required.table, required.column)
    name = proof.constraint.name or ""
    entries = [run_sql(sql_of(proof))]
    functions: tuple[str, ...] = ()
    fills = any(task.operations(Update))
    if fills:
        functions = (fill_nulls(task),)
        entries.append(run_python(filler(task)))
    entries.append(run_sql(sql_of(ValidateConstraint(table=required.table, name=name))))
    drop = () if isinstance(proof, AddNotNull) else (run_sql(drop_proof(proof)),)
    instant = () if native else (run_sql(sql_of(required)),)
    last = (separate((*instant, *drop), (task.written.text,)),) if fills else (task.written.text, *drop)
    return (
        Draft(entries=tuple(entries), atomic=False, functions=functions),
        Draft(entries=last, word="not_null"),
    )
