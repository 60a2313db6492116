"""The project's state at another migration, for operations that ask Django's loader for it: what our own replay had
there. It is replayed again, because a state that is kept for each migration would be a copy of the whole project."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from migsafe.sources.django.reading.followed import PAST, is_derived
from migsafe.sources.django.reading.operations import nested
from migsafe.sources.django.reading.reader import ReadMigration
from migsafe.sources.django.reading.state_values import Past
from migsafe.sources.django.state.slices import contrib_state, slice_of, touched


class PastStates:
    """The states at the migrations of one history."""

    def __init__(self, line: Sequence[ReadMigration] = ()) -> None:
        self._line = line
        self._last: tuple[Past, ProjectState] | None = None

    def give_to(self, operation: Operation, app_label: str) -> None:
        """Let an operation of a project's class ask while it is rendered. It gets the models that it names."""
        inner = [one for one in nested(operation) if is_derived(one)]

        def state(moment: Past) -> ProjectState:
            whole = self._at(moment)
            return slice_of(whole, touched(inner, app_label, whole), app_label, inner)

        for one in inner:
            setattr(one, PAST, state)

    def _at(self, moment: Past) -> ProjectState:
        if self._last is None or self._last[0] != moment:
            self._last = (moment, self._replayed(moment))
        return self._last[1]

    def _replayed(self, moment: Past) -> ProjectState:
        """Raises LookupError when no migration of the history has this name."""
        node = (moment.app_label, moment.name)
        place = next((at for at, migration in enumerate(self._line) if migration.node == node), None)
        if place is None:
            raise LookupError(f"no migration {'.'.join(node)} runs before")
        state = contrib_state(frozenset(migration.app_label for migration in self._line))
        for migration in self._line[: place + moment.behind]:
            for read in migration.operations:
                _forward(read.operation, migration.app_label, state)
        return state


def _forward(operation: Operation | None, app_label: str, state: ProjectState) -> None:
    """What does not fit is told where the history itself is replayed."""
    try:
        if operation is not None:
            operation.state_forwards(app_label, state)
    except Exception:  # noqa: BLE001  # Django's code on what was read: anything can be missing
        return
