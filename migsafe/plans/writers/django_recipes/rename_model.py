"""RenameModel: with `Meta.db_table` the table keeps its name, and nothing happens in the database."""

from __future__ import annotations

from migsafe.model.operations import AddForeignKey, DropConstraint, RenameColumn, RenameRelation
from migsafe.plans.writers.django_files import InPlace, Note, Part
from migsafe.plans.writers.django_tables import under_both_names
from migsafe.plans.writers.django_task import Task
from migsafe.plans.writers.python_calls import Argument, Call
from migsafe.plans.writers.python_code import literal

COVERS = (AddForeignKey, DropConstraint, RenameColumn, RenameRelation)  # nothing of it happens
CODES = ("MS501",)


def write(task: Task) -> tuple[Part, ...]:
    tables = [each for each in task.operations(RenameRelation) if each.keyword == "table"]
    old = task.call.argument("old_name", 0)
    if len(tables) != 1 or old is None:  # tables of many-to-many relations have columns that follow the model's name
        return under_both_names(task)
    table = literal(tables[0].table.name)
    keep = Call("migrations.AlterModelTable", (Argument("name", old), Argument("table", table)))
    return (
        Note(f"In class Meta of the model: db_table = {table}. Then no table is renamed:"),
        InPlace(entries=(keep.source, task.written.text)),
    )
