"""RunPython: the same function, some rows at a time, each of these committed by itself."""

from __future__ import annotations

from migsafe.model.findings import Slot
from migsafe.model.operations import Delete, Update
from migsafe.plans.writers.django_entries import fill
from migsafe.plans.writers.django_files import Draft, Part
from migsafe.plans.writers.django_task import Task
from migsafe.plans.writers.python_calls import Argument, Call
from migsafe.plans.writers.sql_statements import Unwritable

COVERS = ()
CODES = ("MS310", "MS601", "MS602")


def write(task: Task) -> tuple[Part, ...]:
    code = task.call.argument("code", 0)
    if code is None or not code.isidentifier():
        raise Unwritable(task.written.operation)
    if task.subject.code == "MS310":  # each change of a row is a transaction then
        note = f"{code} stays as it is; it has to bear that it is run again, after a failure in the middle"
        return (Draft(entries=(task.written.text,), atomic=False, slot=Slot.BACKGROUND, note=note),)
    changes = task.subject.statement.operations
    label, dot, model = (task.written.model or "").partition(".")
    if not dot or not isinstance(changes[0], Update | Delete) or _does_more(task):
        raise Unwritable(task.written.operation)
    function = fill(code, (label, model), _which(changes[0]), _change(changes[0], code))
    back = task.call.argument("reverse_code", 1)
    arguments = (Argument(None, code), *([Argument("reverse_code", back)] if back is not None else []))
    call = Call(task.call.function, arguments)
    return (Draft(entries=(call.source,), functions=(function,), atomic=False, slot=Slot.BACKGROUND),)


def _does_more(task: Task) -> bool:
    """Whether the function changes other rows as well: what one loop takes the place of would be lost."""
    written = [s.written_as for s in task.migration.statements if s.written_as is not None]
    return sum((w.operation, w.text) == (task.written.operation, task.written.text) for w in written) > 1


def _which(operation: Update | Delete) -> str:
    """What the function asks of the rows is its own to say: left out, the loop would change or delete all of them."""
    return "" if operation.where is None and operation.query is None else ".filter(...)"


def _change(operation: Update | Delete, code: str) -> str:
    if isinstance(operation, Delete):
        return f"rows.filter(pk__in=pks).delete()  # the rows of {code}"
    return f"rows.filter(pk__in=pks).update(...)  # as in {code}"
