"""Names for what a remedy has to name because it speaks of it twice: as written, else as the server makes them up."""

from __future__ import annotations

from migsafe.model.definitions import Constraint, IndexElement
from migsafe.model.names import Name
from migsafe.schema.generated_names import choose_name, index_column_names, joined_columns
from migsafe.schema.schema import Schema


def constraint_name(constraint: Constraint, table: Name, columns: tuple[str, ...], label: str, schema: Schema) -> str:
    """The name as written, else the one that the server would generate: `orders_user_id_fkey`."""
    return constraint.name or _free(table, joined_columns(columns) or None, label, schema)


def index_name(table: Name, elements: tuple[IndexElement, ...], include: tuple[str, ...], schema: Schema) -> str:
    """The name that the server would generate for an index: `orders_customer_idx`."""
    return _free(table, joined_columns(index_column_names(elements, include)) or None, "idx", schema)


def _free(table: Name, columns: str | None, label: str, schema: Schema) -> str:
    place = schema.resolve(table).schema

    def taken(name: str) -> bool:
        candidate = Name(place, name)
        return schema.name_taken(candidate) or schema.constraint_name_taken(candidate)

    return choose_name(table.name, columns, label, taken)
