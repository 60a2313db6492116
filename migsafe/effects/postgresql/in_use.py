"""What the session itself still has open on a table (tablecmds.c, `CheckTableNotInUse`)."""

from __future__ import annotations

from migsafe.effects.postgresql.dispatch import Context
from migsafe.model.names import Name

_SOURCE = "tablecmds.c, CheckTableNotInUse"


def refuse_in_use(table: Name, command: str, context: Context) -> None:
    """Refuse ALTER TABLE, DROP TABLE and TRUNCATE under an open cursor or with checks that are still to come."""
    state = context.schema.uncommitted
    if any(table in reads for _, reads in state.cursors):
        message = f'cannot {command} "{table.name}" because it is being used by active queries in this session'
        context.builder.refuse(message, "55006", _SOURCE)
    if any(check.changed == table and check.certain for check in state.unchecked):
        message = f'cannot {command} "{table.name}" because it has pending trigger events'
        context.builder.refuse(message, "55006", _SOURCE)
