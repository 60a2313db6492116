"""Remedies as the body of Alembic's `upgrade()`.

Alembic runs all pending revisions in one transaction by default, so that a revision of its own does not make a
transaction of its own: a step that has to be committed before the next one stands in `autocommit_block()`, which
commits what came before and runs each statement by itself (alembic/runtime/migration.py, `autocommit_block`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from migsafe.model.findings import Remedy, Step
from migsafe.model.migration import Migration
from migsafe.plans.writers.alembic_calls import operation_call
from migsafe.plans.writers.commits import acts, commits_alone
from migsafe.plans.writers.python_code import indented, literal
from migsafe.plans.writers.slots import HEADINGS
from migsafe.plans.writers.sql_batches import batch
from migsafe.plans.writers.sql_statements import Unwritable
from migsafe.plans.writers.subject import Subject

_AUTOCOMMIT = "with op.get_context().autocommit_block():"


def write(
    remedy: Remedy,
    migration: Migration | None = None,  # noqa: ARG001  # as all writers
    about: Subject | None = None,  # noqa: ARG001  # as all writers
) -> str:
    """The steps in order. Calls of `op`; what no call does is a comment."""
    several = len({step.slot for step in remedy.steps}) > 1
    parts: list[str] = []
    for slot, of_slot in groupby(remedy.steps, key=lambda step: step.slot):
        steps = tuple(of_slot)
        if several:
            parts.append(f"# {HEADINGS[slot]}, in a revision of its own:")
        parts.extend(_blocks(steps))
    return "\n".join(parts)


def _blocks(steps: Sequence[Step]) -> Iterator[str]:
    """Steps that commit statement by statement share one block; a step of several operations is a transaction."""
    several = sum(acts(step) for step in steps) > 1
    for alone, group in groupby(steps, key=lambda step: commits_alone(step, several)):
        body = "\n".join(line for step in group for line in _step(step))
        yield f"{_AUTOCOMMIT}\n{indented(body)}" if alone else body


def _step(step: Step) -> Iterator[str]:
    if step.note:
        yield f"# {step.note}"
    if step.batch is not None:
        yield "# again and again until no row is found, each committed:"
        yield f"while op.get_bind().execute(sa.text({literal(batch(step.batch))})).rowcount:"
        yield indented("pass")
    yield from _calls(step)


def _calls(step: Step) -> list[str]:
    try:
        return [operation_call(operation) for operation in step.operations]
    except Unwritable:
        return ["...  # this statement, as it is"]
