"""Where a statement comes from, as far as it decides what is new."""

from __future__ import annotations

from migsafe.model.record import Record


class Origin(Record):
    """The migration that runs. `single_deploy`: the migrations in focus are deployed together."""

    migration: str
    in_focus: bool = True
    single_deploy: bool = False

    def keeps_new(self, created_in_focus: bool) -> bool:
        """Whether what an earlier migration created is still new while this one runs."""
        return created_in_focus and self.in_focus and self.single_deploy
