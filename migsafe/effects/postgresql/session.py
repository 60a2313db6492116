"""Transactions, settings and LOCK."""

from __future__ import annotations

from migsafe.effects.postgresql.dispatch import Context, effect_of
from migsafe.effects.postgresql.existence import TABLES, is_system, known_kind, relation_there
from migsafe.effects.postgresql.referential import check_pending
from migsafe.model.effects import SettledBy
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.model.operations import (
    Begin,
    Commit,
    LockTable,
    Operation,
    PrepareTransaction,
    ReleaseSavepoint,
    Rollback,
    RollbackToSavepoint,
    Savepoint,
    SetConstraints,
    SetParameter,
)

_SOURCE = "lockcmds.c, LockTableCommand"
_LOCKABLE = TABLES | {RelationKind.VIEW}


@effect_of(Begin, Commit, Rollback, Savepoint, ReleaseSavepoint, RollbackToSavepoint, SetParameter)
def no_relation(_operation: Operation, _context: Context) -> None:
    """No lock on any relation."""


@effect_of(PrepareTransaction)
def prepare_transaction(operation: PrepareTransaction, context: Context) -> None:
    if operation.action != "prepare":  # twophase.c: COMMIT PREPARED and ROLLBACK PREPARED
        context.builder.not_transactional()


@effect_of(SetConstraints)
def set_constraints(operation: SetConstraints, context: Context) -> None:
    """SET CONSTRAINTS … IMMEDIATE runs the checks that earlier statements left behind."""
    if operation.deferred:
        return
    names = {name.name for name in operation.names}
    for check in context.schema.uncommitted.unchecked:
        if not names or check.key in names:
            check_pending(check, context)
    context.builder.assume("no other deferred check of this transaction is waiting", SettledBy.DATABASE)


@effect_of(LockTable)
def lock_table(operation: LockTable, context: Context) -> None:
    full = relation_there(operation.table, context)
    kind = known_kind(full, context)
    if kind is not None and kind not in _LOCKABLE:
        old = f'"{full.name}" is not a table or view'
        new = f'cannot lock relation "{full.name}"'
        context.builder.refuse(new if context.version >= 15 else old, "42809", _SOURCE)
    _lock(full, operation.mode, operation.only, context)


def _lock(full: Name, mode: LockMode, only: bool, context: Context) -> None:
    """A view passes the lock on to what it reads, at every depth (`LockViewRecurse`)."""
    if is_system(full):
        return
    context.builder.lock(full, mode, "LOCK TABLE asks for it.", _SOURCE)
    relation = context.schema.relation(full)
    if relation.kind is RelationKind.VIEW:
        for name in relation.query.reads if relation.query is not None else ():
            _lock(context.schema.resolve(name), mode, False, context)
    elif not only:
        for child in context.schema.descendants_of(full):
            context.builder.lock(child.name, mode, f"It is a partition or child of {full}.", _SOURCE)
