"""Columns that every INSERT has to give a value."""

from __future__ import annotations

from migsafe.model.definitions import ColumnDef
from migsafe.schema.objects import Column

_DRAWS_NUMBERS = ("serial", "bigserial", "smallserial", "serial2", "serial4", "serial8")


def is_required(column: ColumnDef) -> bool:
    """Whether a new column is NOT NULL and nothing gives it a value: `DEFAULT NULL` does not."""
    filled = column.default is not None or column.generated is not None or column.identity is not None
    if filled and not (column.default is not None and column.default.null):
        return False
    return column.not_null and column.type.name not in _DRAWS_NUMBERS


def is_required_of(column: Column) -> bool:
    """The same for a column that exists."""
    filled = column.default is not None or column.generated is not None or column.identity is not None
    return column.not_null and not filled
