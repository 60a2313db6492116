"""Which lock each action of ALTER TABLE asks for, and on which kinds of relation it is allowed.

Sources: tablecmds.c, `AlterTableGetLockLevel` and `ATPrepCmd` (`ATSimplePermissions`); the statement takes the
strongest level of its actions.
"""

from __future__ import annotations

from migsafe.effects.postgresql.storage_options import lock_level_of_options
from migsafe.model import operations as ops
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.record import Record

SOURCE = "tablecmds.c, AlterTableGetLockLevel"
# The weakest lock that any ALTER TABLE takes.
WEAKEST = LockMode.SHARE_UPDATE_EXCLUSIVE

_T, _P, _V = RelationKind.TABLE, RelationKind.PARTITIONED_TABLE, RelationKind.VIEW
_M, _I = RelationKind.MATERIALIZED_VIEW, RelationKind.INDEX
_F, _S = RelationKind.FOREIGN_TABLE, RelationKind.SEQUENCE
ANY_KIND = frozenset(RelationKind)


class ActionRule(Record):
    """`label` is the action's name in the server's messages; `kinds` what it may be applied to."""

    label: str
    kinds: frozenset[RelationKind]
    mode: LockMode = LockMode.ACCESS_EXCLUSIVE


def _rule(label: str, *kinds: RelationKind, mode: LockMode = LockMode.ACCESS_EXCLUSIVE) -> ActionRule:
    return ActionRule(label, frozenset(kinds), mode)


_SUE, _SRE = LockMode.SHARE_UPDATE_EXCLUSIVE, LockMode.SHARE_ROW_EXCLUSIVE

_RULES: dict[type[ops.Operation], ActionRule] = {
    ops.AddColumn: _rule("ADD COLUMN", _T, _P, _F),
    ops.DropColumn: _rule("DROP COLUMN", _T, _P, _F),
    ops.AlterColumnType: _rule("ALTER COLUMN ... SET DATA TYPE", _T, _P, _F),
    ops.SetDefault: _rule("ALTER COLUMN ... SET DEFAULT", _T, _P, _V, _F),
    ops.DropDefault: _rule("ALTER COLUMN ... DROP DEFAULT", _T, _P, _V, _F),
    ops.SetNotNull: _rule("ALTER COLUMN ... SET NOT NULL", _T, _P, _F),
    ops.DropNotNull: _rule("ALTER COLUMN ... DROP NOT NULL", _T, _P, _F),
    ops.SetExpression: _rule("ALTER COLUMN ... SET EXPRESSION", _T, _P, _F),
    ops.DropExpression: _rule("ALTER COLUMN ... DROP EXPRESSION", _T, _P, _F),
    ops.AddIdentity: _rule("ALTER COLUMN ... ADD IDENTITY", _T, _P, _V, _F),
    ops.SetIdentity: _rule("ALTER COLUMN ... SET", _T, _P, _V, _F),
    ops.DropIdentity: _rule("ALTER COLUMN ... DROP IDENTITY", _T, _P, _V, _F),
    ops.SetStatistics: _rule("ALTER COLUMN ... SET STATISTICS", _T, _P, _M, _I, _F, mode=_SUE),
    ops.SetColumnOptions: _rule("ALTER COLUMN ... SET", _T, _P, _M, _F, mode=_SUE),
    ops.SetStorage: _rule("ALTER COLUMN ... SET STORAGE", _T, _P, _M, _F),
    ops.SetCompression: _rule("ALTER COLUMN ... SET COMPRESSION", _T, _P, _M),
    ops.AddCheck: _rule("ADD CONSTRAINT", _T, _P, _F),
    ops.AddNotNull: _rule("ADD CONSTRAINT", _T, _P, _F),
    ops.AddForeignKey: _rule("ADD CONSTRAINT", _T, _P, _F, mode=_SRE),
    ops.AddUnique: _rule("ADD CONSTRAINT", _T, _P, _F),
    ops.AddPrimaryKey: _rule("ADD CONSTRAINT", _T, _P, _F),
    ops.AddExclusion: _rule("ADD CONSTRAINT", _T, _P, _F),
    ops.ValidateConstraint: _rule("VALIDATE CONSTRAINT", _T, _P, _F, mode=_SUE),
    ops.AlterConstraint: _rule("ALTER CONSTRAINT", _T, _P),
    ops.DropConstraint: _rule("DROP CONSTRAINT", _T, _P, _F),
    ops.OwnerTo: ActionRule("OWNER TO", ANY_KIND),
    ops.SetTablespace: _rule("SET TABLESPACE", _T, _P, _M, _I),
    ops.SetPersistence: _rule("SET LOGGED", _T, _S),
    ops.SetAccessMethod: _rule("SET ACCESS METHOD", _T, _P, _M),
    ops.ClusterOn: _rule("CLUSTER ON", _T, _P, _M, mode=_SUE),
    ops.SetRelationOptions: _rule("SET", _T, _P, _V, _M, _I),
    ops.SetReplicaIdentity: _rule("REPLICA IDENTITY", _T, _P, _M),
    ops.AddInherit: _rule("INHERIT", _T, _P, _F),
    ops.DropInherit: _rule("NO INHERIT", _T, _P, _F),
    ops.SetOfType: _rule("OF", _T, _P),
    ops.SwitchTrigger: _rule("ENABLE TRIGGER", _T, _P, _F, mode=_SRE),
    ops.SwitchRule: _rule("ENABLE RULE", _T, _P),
    ops.SetRowSecurity: _rule("ENABLE ROW SECURITY", _T, _P),
    ops.SetForeignOptions: _rule("OPTIONS (...)", _F),
    ops.AttachPartition: _rule("ATTACH PARTITION", _P, _I, mode=_SUE),
    ops.AttachIndexPartition: _rule("ATTACH PARTITION", _P, _I, mode=_SUE),
    ops.DetachPartition: _rule("DETACH PARTITION", _P),
}


def rule_of(action: ops.TableAction) -> ActionRule:
    """Label, allowed kinds and usual lock of an action. Raises KeyError for what is no action of ALTER TABLE."""
    return _RULES[type(action)]


def allowed_kinds(action: ops.TableAction, version: int) -> frozenset[RelationKind]:
    """What the action may be applied to. SET LOGGED learnt of sequences in 15 and refuses partitioned ones from 18."""
    if isinstance(action, ops.SetPersistence):
        kinds = {_T} | ({_S} if version >= 15 else set()) | ({_P} if version < 18 else set())
        return frozenset(kinds)
    return rule_of(action).kinds


def lock_level(action: ops.TableAction) -> LockMode:
    """The lock on the altered relation that this action alone asks for."""
    if isinstance(action, ops.SetRelationOptions):
        return lock_level_of_options(action.options)
    if isinstance(action, ops.DetachPartition) and (action.concurrently or action.finalize):
        return LockMode.SHARE_UPDATE_EXCLUSIVE
    return rule_of(action).mode
