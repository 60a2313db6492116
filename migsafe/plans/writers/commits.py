"""Which steps of a remedy are committed by themselves, for runners that put a whole migration into one transaction."""

from __future__ import annotations

from migsafe.model.findings import Step, StepTransaction


def acts(step: Step) -> bool:
    """Whether the step does something in the database; otherwise it is words."""
    return bool(step.operations) or step.batch is not None


def commits_alone(step: Step, several: bool) -> bool:
    """Whether each of its statements has to be committed by itself. `several`: other steps act as well."""
    if step.transaction is StepTransaction.NONE or step.batch is not None:
        return acts(step)
    return several and len(step.operations) == 1
