"""Statements that are looked up and kept for later: PREPARE, and the bodies of SQL functions.

Names are locked and views replaced by their queries; nothing is planned, so no index and no partition is locked
(analyze.c and rewriteHandler.c run, planner.c does not).
"""

from __future__ import annotations

from migsafe.effects.postgresql.dispatch import Context
from migsafe.effects.postgresql.existence import relation_there
from migsafe.effects.postgresql.reading import Stage, read_query, use
from migsafe.model.locks import LockMode
from migsafe.model.names import Name
from migsafe.model.operations import Delete, Insert, Merge, Operation, Select, Update


def look_up(operation: Operation, context: Context) -> None:
    """Lock what the statement names. Other statements than queries and changes of rows are not looked at."""
    if isinstance(operation, Select):
        read_query(operation.query, Stage.REWRITTEN, context)
    elif isinstance(operation, Insert | Update | Delete | Merge):
        _target(operation.table, context)
        read_query(operation.query, Stage.REWRITTEN, context)
        if isinstance(operation, Update | Delete) and operation.where is not None:
            for name in operation.where.reads:
                full = relation_there(name, context)
                use(full, LockMode.ACCESS_SHARE, Stage.REWRITTEN, context, "A sub-query reads it.")


def _target(name: Name, context: Context) -> None:
    full = relation_there(name, context)
    use(full, LockMode.ROW_EXCLUSIVE, Stage.REWRITTEN, context, "The statement is to change rows of it.")
