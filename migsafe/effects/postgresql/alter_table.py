"""ALTER TABLE: all actions of one statement together, as tablecmds.c runs them."""

from __future__ import annotations

from migsafe.effects.postgresql.dispatch import Context
from migsafe.model.operations import TableAction


def alter_table(actions: tuple[TableAction, ...], context: Context) -> None:
    """Write the effect of one ALTER TABLE (or ALTER INDEX, VIEW … with the same actions)."""
    raise NotImplementedError
