"""Remedies as SQL for PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Slot, Step, StepTransaction
from migsafe.model.migration import Migration
from migsafe.plans.writers.slots import HEADINGS
from migsafe.plans.writers.sql_batches import batch
from migsafe.plans.writers.sql_statements import Unwritable, statement
from migsafe.plans.writers.subject import Subject


def write(
    remedy: Remedy,
    migration: Migration | None = None,  # noqa: ARG001  # as all writers
    about: Subject | None = None,  # noqa: ARG001  # as all writers
) -> str:
    """The steps in order. Statements are SQL; what no statement does is a comment."""
    several = len({step.slot for step in remedy.steps}) > 1
    lines: list[str] = []
    slot: Slot | None = None
    for step in remedy.steps:
        if several and step.slot is not slot:
            lines.append(f"-- {HEADINGS[step.slot]}:")
            slot = step.slot
        lines.extend(_step(step))
    return "\n".join(lines)


def _step(step: Step) -> Iterator[str]:
    if step.note:
        yield f"-- {step.note}"
    if step.batch is not None:
        yield "-- again and again until no row is found, each committed:"
        yield f"{batch(step.batch)};"
    if not step.operations:
        return
    if step.transaction is StepTransaction.NONE:
        yield "-- outside any transaction:"
    yield from _in_transaction(_statements(step))


def _statements(step: Step) -> list[str]:
    try:
        return [statement(operation) for operation in step.operations]
    except Unwritable:
        return ["-- this statement, as it is"]


def _in_transaction(statements: list[str]) -> list[str]:
    """Several statements of one step belong together; one is a transaction by itself."""
    ended = [s if s.startswith("--") else f"{s};" for s in statements]
    return ["BEGIN;", *ended, "COMMIT;"] if len(ended) > 1 else ended
