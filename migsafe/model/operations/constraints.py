"""ALTER TABLE actions on constraints."""

from __future__ import annotations

from migsafe.model.definitions import Check, Exclusion, ForeignKey, NotNull, PrimaryKey, Unique
from migsafe.model.operations.base import TableAction


class AddCheck(TableAction):
    constraint: Check


class AddNotNull(TableAction):
    """ADD CONSTRAINT … NOT NULL column (PostgreSQL 18)."""

    constraint: NotNull


class AddForeignKey(TableAction):
    constraint: ForeignKey


class AddUnique(TableAction):
    constraint: Unique


class AddPrimaryKey(TableAction):
    constraint: PrimaryKey


class AddExclusion(TableAction):
    constraint: Exclusion


class ValidateConstraint(TableAction):
    name: str


class AlterConstraint(TableAction):
    """ALTER CONSTRAINT: deferrability, and from PostgreSQL 18 enforcement and inheritance. None: not mentioned."""

    name: str
    deferrable: bool | None = None
    initially_deferred: bool | None = None
    enforced: bool | None = None
    inherit: bool | None = None


class DropConstraint(TableAction):
    name: str
    constraint_if_exists: bool = False
    cascade: bool = False


class RenameConstraint(TableAction):
    name: str
    new_name: str
