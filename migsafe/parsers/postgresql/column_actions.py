"""The actions of ALTER TABLE on columns."""

from __future__ import annotations

from migsafe.model.operations import (
    AddColumn,
    AddIdentity,
    AlterColumnType,
    DropColumn,
    DropDefault,
    DropExpression,
    DropIdentity,
    DropNotNull,
    Operation,
    SetColumnOptions,
    SetCompression,
    SetDefault,
    SetExpression,
    SetIdentity,
    SetNotNull,
    SetStatistics,
    SetStorage,
)
from migsafe.parsers.postgresql.actions import Action, action, option_names
from migsafe.parsers.postgresql.columns import collation, column_definition
from migsafe.parsers.postgresql.expressions import expression, optional_expression
from migsafe.parsers.postgresql.tree import (
    cascades,
    child,
    text,
)
from migsafe.parsers.postgresql.types import type_name


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
    return SetColumnOptions(column=found.name, options=option_names(found), **found.target)


@action("SetStorage")
def _set_storage(found: Action) -> Operation:
    return SetStorage(column=found.name, storage=text(found.definition, "sval").lower(), **found.target)


@action("SetCompression")
def _set_compression(found: Action) -> Operation:
    return SetCompression(column=found.name, method=text(found.definition, "sval").lower(), **found.target)
