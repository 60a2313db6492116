"""The project's state and the tables on each side of a condition: what one side does, the other does not find."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from django.db.migrations import DeleteModel, RemoveField
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from migsafe.schema.schema import Schema
from migsafe.sources.django.reading.conditions import excludes
from migsafe.sources.interpreter.values import Guards

Run = Callable[[Schema, str], None]
"""Does to a schema what a statement does."""


class Side(NamedTuple):
    """`before` is the state from which it starts; `behind` counts the statements of other sides that it starts behind;
    `schema` is a layer over the tables that all sides start from."""

    guards: Guards
    before: ProjectState
    state: ProjectState
    behind: int
    schema: Schema


class Branches:
    """The sides that operations in a row belong to. An operation without a condition ends them all: it finds what all
    of them have done, as the project's state has it."""

    def __init__(self, schema: Schema, run: Run) -> None:
        self._schema = schema
        self._run = run
        self._sides: list[Side] = []
        self._done: list[str] = []  # on any side

    def side_for(self, guards: Guards, state: ProjectState) -> Side | None:
        """The side that an operation under these conditions belongs to; `state` is that of all operations before it."""
        if not guards:
            self.join()
            return None
        for side in self._sides:
            if side.guards == guards:
                return side
        other = next((side for side in self._sides if excludes(side.guards, guards)), None)
        before = other.before if other is not None else state.clone()
        behind = other.behind if other is not None else len(self._done)
        schema = self._schema.overlay()
        for sql in self._done[:behind]:
            self._run(schema, sql)
        self._sides.append(Side(guards, before, before.clone(), behind, schema))
        return self._sides[-1]

    def ran(self, side: Side | None, sql: str) -> None:
        """A statement that was sent on a side."""
        if side is None:
            self._run(self._schema, sql)
        else:
            self._run(side.schema, sql)
            self._done.append(sql)

    def join(self) -> None:
        """The end of all conditions. The tables have what any of the sides did: where two did the same, it is done
        once, because replay leaves alone what is there already."""
        self._sides.clear()
        for sql in self._done:
            self._run(self._schema, sql)
        self._done.clear()


class HalfRemoved:
    """Fields and models that one side of a condition removes: where the other side was taken they are still there, and
    later operations may be about them."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], Guards] = {}

    def keeps(self, operation: Operation, app_label: str, guards: Guards) -> bool:
        """Whether an operation under these conditions leaves in the project's state what it removes."""
        if not guards or not isinstance(operation, RemoveField | DeleteModel):
            return False
        owner = operation.model_name_lower if isinstance(operation, RemoveField) else ""
        other = self._found.setdefault((app_label, owner, operation.name_lower), guards)
        return not excludes(other, guards)  # unless both sides have removed it
