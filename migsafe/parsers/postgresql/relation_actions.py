"""The actions of ALTER TABLE on the relation as a whole."""

from __future__ import annotations

from migsafe.model.definitions import (
    Persistence,
)
from migsafe.model.operations import (
    AddInherit,
    AttachIndexPartition,
    AttachPartition,
    ClusterOn,
    DetachPartition,
    DropInherit,
    Operation,
    OwnerTo,
    SetAccessMethod,
    SetForeignOptions,
    SetOfType,
    SetPersistence,
    SetRelationOptions,
    SetReplicaIdentity,
    SetRowSecurity,
    SetTablespace,
    SwitchRule,
    SwitchTrigger,
)
from migsafe.parsers.postgresql.actions import Action, action, option_names
from migsafe.parsers.postgresql.roles import role_name
from migsafe.parsers.postgresql.tables import partition_bound
from migsafe.parsers.postgresql.tree import (
    child,
    flag,
    name_of,
    names,
    optional_text,
    relation_name,
    text,
)


@action("ChangeOwner")
def _change_owner(found: Action) -> Operation:
    owner = child(found.body, "newowner")
    return OwnerTo(owner=role_name(owner), **found.target)


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
    return SetRelationOptions(options=option_names(found), **found.target)


@action("ResetRelOptions")
def _reset_relation_options(found: Action) -> Operation:
    return SetRelationOptions(options=option_names(found), reset=True, **found.target)


@action("DropOids")
def _drop_oids(found: Action) -> Operation:
    """SET WITHOUT OIDS does nothing since version 12 and takes its lock."""
    return SetRelationOptions(options=("oids",), reset=True, **found.target)


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
