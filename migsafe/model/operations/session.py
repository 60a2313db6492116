"""Transaction control, settings and explicit locks."""

from __future__ import annotations

from migsafe.model.locks import LockMode
from migsafe.model.names import Name
from migsafe.model.operations.base import Operation


class Begin(Operation):
    pass


class Commit(Operation):
    """COMMIT or END; `chain` starts the next transaction at once."""

    chain: bool = False


class Rollback(Operation):
    chain: bool = False


class Savepoint(Operation):
    name: str


class ReleaseSavepoint(Operation):
    name: str


class RollbackToSavepoint(Operation):
    name: str


class PrepareTransaction(Operation):
    """PREPARE TRANSACTION, COMMIT PREPARED, ROLLBACK PREPARED (`action` is "prepare", "commit", "rollback")."""

    action: str


class SetParameter(Operation):
    """SET [LOCAL] name = value, and `SELECT set_config(…)` with constants; `value` None is DEFAULT or RESET."""

    name: str  # lower case; "all" for RESET ALL
    value: str | None
    local: bool = False


class LockTable(Operation):
    table: Name
    mode: LockMode = LockMode.ACCESS_EXCLUSIVE
    nowait: bool = False
    only: bool = False


class SetConstraints(Operation):
    names: tuple[Name, ...] = ()  # empty: ALL
    deferred: bool = True
