"""Tables as a whole: create, drop, rename, and the ALTER TABLE actions that are about no single column."""

from __future__ import annotations

from migsafe.model.definitions import (
    ColumnDef,
    Constraint,
    LikeClause,
    PartitionBound,
    PartitionKey,
    Persistence,
)
from migsafe.model.expressions import Query
from migsafe.model.names import Name
from migsafe.model.operations.base import Operation, TableAction
from migsafe.model.scopes import Scope


class CreateTable(Operation):
    table: Name
    columns: tuple[ColumnDef, ...] = ()
    constraints: tuple[Constraint, ...] = ()  # written as table constraints
    like: tuple[LikeClause, ...] = ()
    inherits: tuple[Name, ...] = ()
    partition_of: Name | None = None
    bound: PartitionBound | None = None
    partition_by: PartitionKey | None = None
    of_type: Name | None = None
    persistence: Persistence = Persistence.PERMANENT
    if_not_exists: bool = False
    foreign: bool = False
    access_method: str | None = None
    tablespace: str | None = None


class CreateTableAs(Operation):
    """CREATE TABLE … AS and SELECT … INTO."""

    table: Name
    query: Query
    columns: tuple[str, ...] = ()
    scope: Scope | None = None
    with_data: bool = True
    persistence: Persistence = Persistence.PERMANENT
    if_not_exists: bool = False


class DropTable(Operation):
    table: Name
    if_exists: bool = False
    cascade: bool = False
    foreign: bool = False


class RenameRelation(TableAction):
    """ALTER TABLE|INDEX|VIEW|SEQUENCE … RENAME TO."""

    new_name: str


class SetSchema(TableAction):
    """ALTER TABLE|VIEW|SEQUENCE … SET SCHEMA."""

    new_schema: str


class OwnerTo(TableAction):
    owner: str


class SetTablespace(TableAction):
    tablespace: str


class SetPersistence(TableAction):
    """SET LOGGED and SET UNLOGGED."""

    persistence: Persistence


class SetAccessMethod(TableAction):
    method: str | None  # None: DEFAULT


class ClusterOn(TableAction):
    """CLUSTER ON index; None for SET WITHOUT CLUSTER."""

    index: str | None


class SetRelationOptions(TableAction):
    """SET (…) or RESET (…): storage parameters. `options` are lower-case names with their prefix, `toast.x`."""

    options: tuple[str, ...]
    reset: bool = False


class SetReplicaIdentity(TableAction):
    mode: str  # "default", "full", "nothing", "index"
    index: str | None = None


class AddInherit(TableAction):
    parent: Name


class DropInherit(TableAction):
    parent: Name


class SetOfType(TableAction):
    """OF type, or NOT OF when None."""

    type: Name | None


class SwitchTrigger(TableAction):
    """ENABLE / DISABLE [REPLICA | ALWAYS] TRIGGER name | ALL | USER (name None for ALL and USER)."""

    name: str | None
    enabled: bool
    firing: str = "origin"  # "origin", "replica", "always"


class SwitchRule(TableAction):
    name: str
    enabled: bool


class SetRowSecurity(TableAction):
    """ENABLE, DISABLE, FORCE or NO FORCE ROW LEVEL SECURITY."""

    action: str


class SetForeignOptions(TableAction):
    """OPTIONS (…) of a foreign table or one of its columns."""

    column: str | None = None


class MoveAllInTablespace(Operation):
    """ALTER TABLE|INDEX|MATERIALIZED VIEW ALL IN TABLESPACE … SET TABLESPACE."""

    keyword: str
    tablespace: str
    new_tablespace: str
    owners: tuple[str, ...] = ()  # OWNED BY: only what belongs to them


class AttachPartition(TableAction):
    partition: Name
    bound: PartitionBound


class DetachPartition(TableAction):
    partition: Name
    concurrently: bool = False
    finalize: bool = False
