"""An operation that runs Python between its SQL, as one operation for each: what each of them does keeps its order."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import migrations
from django.db.migrations.operations.base import Operation

from migsafe.sources.django.reading.operations import ReadOperation


def in_order(read: ReadOperation, number: int) -> Iterator[ReadOperation]:
    """The pieces of a migration's operation of this number. Of `SeparateDatabaseAndState` only one whose operations on
    the database change no state: Django lets each see the state behind those before it."""
    read = read._replace(number=number)
    outer = read.operation
    if not isinstance(outer, migrations.SeparateDatabaseAndState) or not _is_split(read, outer.database_operations):
        yield read
        return
    codes = iter(read.codes)
    for inner in outer.database_operations:
        piece = migrations.SeparateDatabaseAndState(database_operations=[inner])
        own = (next(codes),) if isinstance(inner, migrations.RunPython) else ()
        yield read._replace(operation=piece, codes=own, problem="")
    yield read._replace(operation=Told(outer), codes=())


class Told(migrations.SeparateDatabaseAndState):
    """What is left of one whose work on the database is done: what the models are told. `done` is that work."""

    def __init__(self, whole: migrations.SeparateDatabaseAndState) -> None:
        super().__init__(state_operations=whole.state_operations)
        self.done: list[Operation] = whole.database_operations


def _is_split(read: ReadOperation, done: list[Operation]) -> bool:
    python = [one for one in done if isinstance(one, migrations.RunPython)]
    return (
        read.own is None and len(python) == len(read.codes) and 0 < len(python) < len(done) and all(map(_is_bare, done))
    )


def _is_bare(operation: Operation) -> bool:
    """Whether it changes no state."""
    if isinstance(operation, migrations.RunSQL):
        return not operation.state_operations
    return isinstance(operation, migrations.RunPython)
