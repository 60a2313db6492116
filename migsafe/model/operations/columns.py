"""ALTER TABLE actions on columns."""

from __future__ import annotations

from migsafe.model.definitions import ColumnDef
from migsafe.model.expressions import Expression, TypeName
from migsafe.model.names import Name
from migsafe.model.operations.base import TableAction


class AddColumn(TableAction):
    column: ColumnDef
    if_not_exists: bool = False


class DropColumn(TableAction):
    column: str
    column_if_exists: bool = False
    cascade: bool = False


class RenameColumn(TableAction):
    """Also renames an attribute of a view or a composite type, as `keyword` says."""

    column: str
    new_name: str


class AlterColumnType(TableAction):
    column: str
    type: TypeName
    using: Expression | None = None
    collation: Name | None = None


class SetDefault(TableAction):
    column: str
    default: Expression


class DropDefault(TableAction):
    column: str


class SetNotNull(TableAction):
    column: str


class DropNotNull(TableAction):
    column: str


class SetExpression(TableAction):
    """SET EXPRESSION of a generated column (PostgreSQL 17)."""

    column: str
    expression: Expression


class DropExpression(TableAction):
    column: str
    column_if_exists: bool = False


class AddIdentity(TableAction):
    column: str
    always: bool = False


class SetIdentity(TableAction):
    column: str


class DropIdentity(TableAction):
    column: str
    column_if_exists: bool = False


class SetStatistics(TableAction):
    column: str


class SetColumnOptions(TableAction):
    """SET (n_distinct = …) or RESET (…) on a column."""

    column: str
    options: tuple[str, ...] = ()


class SetStorage(TableAction):
    column: str
    storage: str


class SetCompression(TableAction):
    column: str
    method: str
