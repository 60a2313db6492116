"""The states around the operations of a migration, made once for every way in which it is run.

`Migration.apply` and `Migration.unapply` make them anew each time, and each time Django makes the classes of all the
models again that an operation has to do with: in a project of 200 models that is nearly all of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple


class Step(NamedTuple):
    """An operation between two states of the project; nobody changes them any more."""

    operation: Any
    before: Any
    after: Any


def steps_of(migration: Any, state: Any) -> list[Step]:
    """As the first phase of `Migration.unapply` makes them; `state` is left as it is."""
    state.apps  # noqa: B018  # rendered once, as the executor does it: from here on only what an operation touches
    found = []
    for operation in migration.operations:
        after = state.clone()
        operation.state_forwards(migration.app_label, after)
        found.append(Step(operation, state, after))
        state = after
    return found


def forwards(migration: Any, steps: Sequence[Step], editor: Any) -> None:
    """What `Migration.apply` does; an editor that only collects leaves out what is not SQL."""
    for step in _written(steps, editor):
        with _atomic(migration, step.operation, editor):
            step.operation.database_forwards(migration.app_label, editor, step.before, step.after)


def backwards(migration: Any, steps: Sequence[Step], editor: Any) -> None:
    """What `Migration.unapply` does."""
    from django.db.migrations.exceptions import IrreversibleError

    for step in steps:
        if not step.operation.reversible:
            raise IrreversibleError(f"Operation {step.operation} in {migration} is not reversible")
    for step in _written(steps[::-1], editor):
        with _atomic(migration, step.operation, editor):
            step.operation.database_backwards(migration.app_label, editor, step.after, step.before)


def _written(steps: Sequence[Step], editor: Any) -> Iterator[Step]:
    return (step for step in steps if step.operation.reduces_to_sql or not editor.collect_sql)


def _atomic(migration: Any, operation: Any, editor: Any) -> AbstractContextManager[object]:
    from django.db.transaction import atomic

    wanted = operation.atomic or (migration.atomic and operation.atomic is not False)
    guard: Callable[[str], AbstractContextManager[object]] = atomic
    return guard(editor.connection.alias) if wanted and not editor.atomic_migration else nullcontext()
