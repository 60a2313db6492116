"""The actions of ALTER TABLE, INDEX, VIEW, SEQUENCE, MATERIALIZED VIEW and FOREIGN TABLE, one by one.

Each function takes the body of an AlterTableCmd and what all actions of the statement share.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias, TypedDict

from migsafe.model.definitions import (
    Check,
    Constraint,
    Exclusion,
    ForeignKey,
    NotNull,
    Persistence,
    PrimaryKey,
    Unique,
)
from migsafe.model.names import Name
from migsafe.model.operations import (
    AddCheck,
    AddColumn,
    AddExclusion,
    AddForeignKey,
    AddIdentity,
    AddInherit,
    AddNotNull,
    AddPrimaryKey,
    AddUnique,
    AlterColumnType,
    AlterConstraint,
    AttachIndexPartition,
    AttachPartition,
    ClusterOn,
    DetachPartition,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropExpression,
    DropIdentity,
    DropInherit,
    DropNotNull,
    Opaque,
    Operation,
    OwnerTo,
    SetAccessMethod,
    SetColumnOptions,
    SetCompression,
    SetDefault,
    SetExpression,
    SetForeignOptions,
    SetIdentity,
    SetNotNull,
    SetOfType,
    SetPersistence,
    SetRelationOptions,
    SetReplicaIdentity,
    SetRowSecurity,
    SetStatistics,
    SetStorage,
    SetTablespace,
    SwitchRule,
    SwitchTrigger,
    ValidateConstraint,
)
from migsafe.parsers.postgresql.columns import collation, column_definition
from migsafe.parsers.postgresql.constraints import table_constraint
from migsafe.parsers.postgresql.expressions import expression, optional_expression
from migsafe.parsers.postgresql.source import Source
from migsafe.parsers.postgresql.tables import partition_bound
from migsafe.parsers.postgresql.tree import (
    Node,
    body_of,
    cascades,
    child,
    flag,
    items,
    name_of,
    names,
    number,
    optional_text,
    relation_name,
    text,
    unwrapped,
)
from migsafe.parsers.postgresql.types import type_name


class Target(TypedDict):
    """What every action of one statement shares."""

    table: Name
    if_exists: bool
    only: bool
    keyword: str


class Action(NamedTuple):
    """One AlterTableCmd: its body and its surroundings."""

    body: Node
    target: Target
    source: Source

    @property
    def name(self) -> str:
        """The column, constraint, trigger … that the action names. ALTER INDEX names a column by its number."""
        return text(self.body, "name") or str(number(self.body, "num") or "")

    @property
    def definition(self) -> Node:
        return unwrapped(self.body, "def")

    @property
    def missing_ok(self) -> bool:
        return flag(self.body, "missing_ok")


Build: TypeAlias = Callable[[Action], Operation]
_ACTIONS: dict[str, Build] = {}


def action(*subtypes: str) -> Callable[[Build], Build]:
    def register(build: Build) -> Build:
        _ACTIONS.update({f"AT_{subtype}": build for subtype in subtypes})
        return build

    return register


def operation_of(found: Action) -> Operation:
    """The operation of an action; Opaque for a subtype that no function knows."""
    build = _ACTIONS.get(text(found.body, "subtype"))
    if build is None:
        return Opaque(reason=f"the action {text(found.body, 'subtype')} of ALTER TABLE is not analysed")
    return build(found)


@action("AddColumn")
def _add_column(found: Action) -> Operation:
    definition = column_definition(found.definition, found.source)
    return AddColumn(column=definition, if_not_exists=found.missing_ok, **found.target)


@action("DropColumn")
def _drop_column(found: Action) -> Operation:
    dropped = cascades(found.body)
    return DropColumn(column=found.name, column_if_exists=found.missing_ok, cascade=dropped, **found.target)


@action("AlterColumnType")
def _alter_column_type(found: Action) -> Operation:
    return AlterColumnType(
        column=found.name,
        type=type_name(child(found.definition, "typeName")),
        using=optional_expression(found.definition, "raw_default", found.source),
        collation=collation(found.definition),
        **found.target,
    )


@action("ColumnDefault")
def _column_default(found: Action) -> Operation:
    default = optional_expression(found.body, "def", found.source)
    if default is None:
        return DropDefault(column=found.name, **found.target)
    return SetDefault(column=found.name, default=default, **found.target)


@action("SetNotNull")
def _set_not_null(found: Action) -> Operation:
    return SetNotNull(column=found.name, **found.target)


@action("DropNotNull")
def _drop_not_null(found: Action) -> Operation:
    return DropNotNull(column=found.name, **found.target)


@action("SetExpression")
def _set_expression(found: Action) -> Operation:
    generated = expression(child(found.body, "def"), found.source)
    return SetExpression(column=found.name, expression=generated, **found.target)


@action("DropExpression")
def _drop_expression(found: Action) -> Operation:
    return DropExpression(column=found.name, column_if_exists=found.missing_ok, **found.target)


@action("AddIdentity")
def _add_identity(found: Action) -> Operation:
    always = text(found.definition, "generated_when") == "a"
    return AddIdentity(column=found.name, always=always, **found.target)


@action("SetIdentity")
def _set_identity(found: Action) -> Operation:
    return SetIdentity(column=found.name, **found.target)


@action("DropIdentity")
def _drop_identity(found: Action) -> Operation:
    return DropIdentity(column=found.name, column_if_exists=found.missing_ok, **found.target)


@action("SetStatistics")
def _set_statistics(found: Action) -> Operation:
    return SetStatistics(column=found.name, **found.target)


@action("SetOptions", "ResetOptions")
def _set_column_options(found: Action) -> Operation:
    return SetColumnOptions(column=found.name, options=_option_names(found), **found.target)


@action("SetStorage")
def _set_storage(found: Action) -> Operation:
    return SetStorage(column=found.name, storage=text(found.definition, "sval").lower(), **found.target)


@action("SetCompression")
def _set_compression(found: Action) -> Operation:
    return SetCompression(column=found.name, method=text(found.definition, "sval").lower(), **found.target)


# Which operation adds which constraint; `constraint` has the type that the operation declares.
_ADDITIONS: dict[type[Constraint | None], Callable[..., Operation]] = {
    Check: AddCheck,
    NotNull: AddNotNull,
    ForeignKey: AddForeignKey,
    Unique: AddUnique,
    PrimaryKey: AddPrimaryKey,
    Exclusion: AddExclusion,
}


@action("AddConstraint")
def _add_constraint(found: Action) -> Operation:
    constraint = table_constraint(found.definition, found.source)
    build = _ADDITIONS.get(type(constraint))
    if constraint is None or build is None:
        return Opaque(reason=f"a constraint of the kind {text(found.definition, 'contype')} is not analysed")
    return build(constraint=constraint, **found.target)


@action("ValidateConstraint")
def _validate_constraint(found: Action) -> Operation:
    return ValidateConstraint(name=found.name, **found.target)


@action("DropConstraint")
def _drop_constraint(found: Action) -> Operation:
    dropped = cascades(found.body)
    return DropConstraint(name=found.name, constraint_if_exists=found.missing_ok, cascade=dropped, **found.target)


@action("AlterConstraint")
def _alter_constraint(found: Action) -> Operation:
    written = found.definition
    deferrability = flag(written, "alterDeferrability")
    return AlterConstraint(
        name=text(written, "conname"),
        deferrable=flag(written, "deferrable") if deferrability else None,
        initially_deferred=flag(written, "initdeferred") if deferrability else None,
        enforced=flag(written, "is_enforced") if flag(written, "alterEnforceability") else None,
        inherit=not flag(written, "noinherit") if flag(written, "alterInheritability") else None,
        **found.target,
    )


@action("ChangeOwner")
def _change_owner(found: Action) -> Operation:
    owner = child(found.body, "newowner")
    return OwnerTo(owner=role_name(owner), **found.target)


def role_name(role: Node) -> str:
    """The body of a RoleSpec: a name, or CURRENT_USER and the like in lower case."""
    return text(role, "rolename") or text(role, "roletype").removeprefix("ROLESPEC_").lower()


@action("SetTableSpace")
def _set_tablespace(found: Action) -> Operation:
    return SetTablespace(tablespace=found.name, **found.target)


@action("SetLogged")
def _set_logged(found: Action) -> Operation:
    return SetPersistence(persistence=Persistence.PERMANENT, **found.target)


@action("SetUnLogged")
def _set_unlogged(found: Action) -> Operation:
    return SetPersistence(persistence=Persistence.UNLOGGED, **found.target)


@action("SetAccessMethod")
def _set_access_method(found: Action) -> Operation:
    return SetAccessMethod(method=optional_text(found.body, "name"), **found.target)


@action("ClusterOn", "DropCluster")
def _cluster_on(found: Action) -> Operation:
    return ClusterOn(index=optional_text(found.body, "name"), **found.target)


@action("SetRelOptions", "ReplaceRelOptions")
def _set_relation_options(found: Action) -> Operation:
    return SetRelationOptions(options=_option_names(found), **found.target)


@action("ResetRelOptions")
def _reset_relation_options(found: Action) -> Operation:
    return SetRelationOptions(options=_option_names(found), reset=True, **found.target)


@action("DropOids")
def _drop_oids(found: Action) -> Operation:
    """SET WITHOUT OIDS does nothing since version 12 and takes its lock."""
    return SetRelationOptions(options=("oids",), reset=True, **found.target)


def _option_names(found: Action) -> tuple[str, ...]:
    return tuple(_option_name(body_of(item)) for item in items(child(found.body, "def")))


def _option_name(definition: Node) -> str:
    space = text(definition, "defnamespace")
    name = text(definition, "defname").lower()
    return f"{space}.{name}" if space else name


_IDENTITIES = {"d": "default", "f": "full", "n": "nothing", "i": "index"}


@action("ReplicaIdentity")
def _replica_identity(found: Action) -> Operation:
    mode = _IDENTITIES.get(text(found.definition, "identity_type"), "default")
    return SetReplicaIdentity(mode=mode, index=optional_text(found.definition, "name"), **found.target)


@action("AddInherit")
def _add_inherit(found: Action) -> Operation:
    return AddInherit(parent=relation_name(found.definition), **found.target)


@action("DropInherit")
def _drop_inherit(found: Action) -> Operation:
    return DropInherit(parent=relation_name(found.definition), **found.target)


@action("AddOf", "DropOf")
def _of_type(found: Action) -> Operation:
    parts = names(found.definition, "names")
    return SetOfType(type=name_of(parts) if parts else None, **found.target)


_FIRING = {"Always": "always", "Replica": "replica"}


@action("EnableTrig", "EnableAlwaysTrig", "EnableReplicaTrig", "DisableTrig", "EnableTrigAll", "DisableTrigAll",
        "EnableTrigUser", "DisableTrigUser")  # fmt: skip
def _switch_trigger(found: Action) -> Operation:
    subtype = text(found.body, "subtype").removeprefix("AT_")
    return SwitchTrigger(
        name=optional_text(found.body, "name"),
        enabled=subtype.startswith("Enable"),
        firing=next((word for part, word in _FIRING.items() if part in subtype), "origin"),
        **found.target,
    )


@action("EnableRule", "EnableAlwaysRule", "EnableReplicaRule", "DisableRule")
def _switch_rule(found: Action) -> Operation:
    enabled = not text(found.body, "subtype").startswith("AT_Disable")
    return SwitchRule(name=found.name, enabled=enabled, **found.target)


_ROW_SECURITY = {
    "AT_EnableRowSecurity": "enable",
    "AT_DisableRowSecurity": "disable",
    "AT_ForceRowSecurity": "force",
    "AT_NoForceRowSecurity": "no force",
}


@action("EnableRowSecurity", "DisableRowSecurity", "ForceRowSecurity", "NoForceRowSecurity")
def _row_security(found: Action) -> Operation:
    return SetRowSecurity(action=_ROW_SECURITY[text(found.body, "subtype")], **found.target)


@action("GenericOptions", "AlterColumnGenericOptions")
def _foreign_options(found: Action) -> Operation:
    return SetForeignOptions(column=optional_text(found.body, "name"), **found.target)


@action("AttachPartition")
def _attach_partition(found: Action) -> Operation:
    partition = relation_name(child(found.definition, "name"))
    if found.target["keyword"] == "index":
        return AttachIndexPartition(partition=partition, **found.target)
    bound = partition_bound(child(found.definition, "bound"), found.source)
    return AttachPartition(partition=partition, bound=bound, **found.target)


@action("DetachPartition", "DetachPartitionFinalize")
def _detach_partition(found: Action) -> Operation:
    return DetachPartition(
        partition=relation_name(child(found.definition, "name")),
        concurrently=flag(found.definition, "concurrent"),
        finalize=text(found.body, "subtype") == "AT_DetachPartitionFinalize",
        **found.target,
    )
