"""What ROLLBACK takes back: the changes of an explicit transaction, newest last."""

from __future__ import annotations

from migsafe.schema.layers import Journal
from migsafe.schema.settings import Settings


class Transaction:
    """The undo log of a transaction that the text began itself, with its savepoints."""

    def __init__(self, settings: Settings) -> None:
        self.journal: Journal = []
        self._start = settings
        self._savepoints: list[tuple[str, int, Settings]] = []

    def savepoint(self, name: str, settings: Settings) -> None:
        self._savepoints.append((name, len(self.journal), settings))

    def release(self, name: str) -> None:
        """Forget the savepoint and those after it; their changes stay."""
        at = self._find(name)
        if at is not None:
            del self._savepoints[at:]

    def undo_to(self, name: str) -> Settings | None:
        """Take back what happened since the savepoint, which stays. None when there is no such savepoint."""
        at = self._find(name)
        if at is None:
            return None
        _, position, settings = self._savepoints[at]
        del self._savepoints[at + 1 :]
        self._undo(position)
        return settings

    def undo(self) -> Settings:
        """Take everything back. The maps must no longer write to the journal."""
        self._undo(0)
        return self._start

    def _undo(self, position: int) -> None:
        while len(self.journal) > position:
            self.journal.pop()()

    def _find(self, name: str) -> int | None:
        places = range(len(self._savepoints) - 1, -1, -1)
        return next((at for at in places if self._savepoints[at][0] == name), None)
