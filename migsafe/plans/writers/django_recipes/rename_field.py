"""RenameField: with `db_column` the column keeps its name, and nothing happens in the database."""

from __future__ import annotations

from migsafe.model.operations import AddColumn, AddForeignKey, DropConstraint, RenameColumn
from migsafe.plans.writers.django_files import InPlace, Note, Part
from migsafe.plans.writers.django_task import Task
from migsafe.plans.writers.python_calls import Argument, Call, parse_call
from migsafe.plans.writers.python_code import literal
from migsafe.plans.writers.sql_statements import Unwritable

COVERS = (AddColumn, AddForeignKey, DropConstraint, RenameColumn)  # nothing of it happens
CODES = ("MS501",)


def write(task: Task) -> tuple[Part, ...]:
    renamings = tuple(task.operations(RenameColumn))
    model, field = task.call.argument("model_name", 0), task.call.argument("old_name", 1)
    if len(renamings) != 1 or model is None or field is None:
        raise Unwritable(task.written.operation)
    column = literal(renamings[0].column)
    note = Note(f"In the model: {task.written.new_name} = …(…, db_column={column}). Then no column is renamed:")
    before = parse_call(task.written.before) if task.written.before else None
    if before is None:
        return (note, Note("makemigrations writes an AlterField and the RenameField, and neither sends any SQL."))
    kept = before.without("db_column").with_argument("db_column", column)
    names = (Argument("model_name", model), Argument("name", field))
    alter = Call("migrations.AlterField", (*names, Argument("field", kept.source)))
    return (note, InPlace(entries=(alter.source, task.written.text)))
