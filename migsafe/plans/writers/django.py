"""Remedies as Django migrations.

A migration of Django's is one transaction unless `atomic = False`. So steps that have to be committed one by one
share a migration with `atomic = False`, and a step of several operations is a migration of its own. Django's state
does not see what RunSQL does: the operation that the remedy replaces goes on as state only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from migsafe.model.findings import Remedy, Step, StepTransaction
from migsafe.model.migration import Migration
from migsafe.plans.writers.django_operations import entry, keeps_state
from migsafe.plans.writers.python_code import indented, literal
from migsafe.plans.writers.slots import HEADINGS
from migsafe.plans.writers.sql_batches import batch
from migsafe.plans.writers.sql_statements import Unwritable

_STATE = "# then the operation itself, as state only: SeparateDatabaseAndState(state_operations=[…])"


def write(remedy: Remedy, migration: Migration | None = None) -> str:
    """The steps in order, as bodies of migrations. What no operation does is a comment."""
    app_label = migration.id.partition(".")[0] if migration is not None else ""
    several = len({step.slot for step in remedy.steps}) > 1
    parts: list[str] = []
    for slot, of_slot in groupby(remedy.steps, key=lambda step: step.slot):
        if several:
            parts.append(f"# {HEADINGS[slot]}:")
        parts.extend(_migrations(tuple(of_slot), app_label))
    return "\n".join(parts)


def _migrations(steps: Sequence[Step], app_label: str) -> Iterator[str]:
    several = sum(_acts(step) for step in steps) > 1
    for alone, group in groupby(steps, key=lambda step: _commits_alone(step, several)):
        members = tuple(group)
        if not any(map(_acts, members)):
            yield from (f"# {step.note}" for step in members)
        elif alone:
            yield _migration(members, app_label, atomic=False)
        else:
            yield from (_migration((step,), app_label, atomic=True) for step in members)


def _acts(step: Step) -> bool:
    return bool(step.operations) or step.batch is not None


def _commits_alone(step: Step, several: bool) -> bool:
    if step.transaction is StepTransaction.NONE or step.batch is not None:
        return _acts(step)
    return several and len(step.operations) == 1


def _migration(steps: Sequence[Step], app_label: str, *, atomic: bool) -> str:
    """One class; functions for its RunPython stand before it."""
    functions = [_function(step) for step in steps if step.batch is not None]
    body = ["" if atomic else "atomic = False  # each statement commits by itself", "operations = ["]
    body += [indented(line) for step in steps for line in _entries(step, app_label)]
    if any(not keeps_state(operation, app_label) for step in steps for operation in step.operations):
        body.append(indented(_STATE))
    body.append("]")
    lines = "\n".join(indented(line) for line in body if line)
    return "\n".join((*functions, "class Migration(migrations.Migration):", lines))


def _entries(step: Step, app_label: str) -> Iterator[str]:
    if step.note:
        yield f"# {step.note}"
    if step.batch is not None:
        yield "migrations.RunPython(in_batches, migrations.RunPython.noop),"
    try:
        yield from (f"{entry(operation, app_label)}," for operation in step.operations)
    except Unwritable:
        yield "# the operation of this migration, as it is"


def _function(step: Step) -> str:
    assert step.batch is not None
    sql = literal(batch(step.batch))
    return (
        "def in_batches(apps, schema_editor):\n"
        "    with schema_editor.connection.cursor() as cursor:\n"
        "        rows = 1\n"
        "        while rows:  # each committed, because the migration is not atomic\n"
        f"            cursor.execute({sql})\n"
        "            rows = cursor.rowcount\n\n"
    )
