"""AddConstraint: a CHECK has operations of Django's own, a unique constraint is made of an index."""

from __future__ import annotations

from migsafe.model.operations import AddCheck, AddUnique, CreateIndex
from migsafe.plans.writers.django_files import Draft
from migsafe.plans.writers.django_task import Task, stepwise
from migsafe.plans.writers.python_calls import Argument, Call
from migsafe.plans.writers.python_code import literal

COVERS = (AddCheck, AddUnique, CreateIndex)


def write(task: Task) -> tuple[Draft, ...]:
    checks = tuple(task.operations(AddCheck))
    model = task.call.argument("model_name", 0)
    if task.call.name != "AddConstraint" or len(checks) != 1 or model is None:
        return stepwise(task)
    validate = Call(
        "ValidateConstraint",
        (Argument("model_name", model), Argument("name", literal(checks[0].constraint.name or ""))),
    )
    return (
        Draft(entries=(task.call.to("AddConstraintNotValid").source,)),
        Draft(entries=(validate.source,), word="validate"),
    )
