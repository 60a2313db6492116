"""The project's state on each side of a condition: what one side does, the other does not find."""

from __future__ import annotations

from typing import NamedTuple

from django.db.migrations.state import ProjectState

from migsafe.sources.django.reading.conditions import excludes
from migsafe.sources.interpreter.values import Guards


class _Side(NamedTuple):
    guards: Guards
    before: ProjectState
    state: ProjectState


class Branches:
    """The sides that operations in a row belong to. An operation without a condition ends them all."""

    def __init__(self) -> None:
        self._sides: list[_Side] = []

    def state_for(self, guards: Guards, state: ProjectState) -> ProjectState:
        """The state that an operation under these conditions finds; `state` is that of all operations before it."""
        if not guards:
            self._sides.clear()
            return state
        for side in self._sides:
            if side.guards == guards:
                return side.state
        other = next((side for side in self._sides if excludes(side.guards, guards)), None)
        before = other.before if other is not None else state.clone()
        self._sides.append(_Side(guards, before, before.clone()))
        return self._sides[-1].state
