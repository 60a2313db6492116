"""Names for constraints that a remedy has to name because it speaks of them twice."""

from __future__ import annotations

from migsafe.model.definitions import Constraint
from migsafe.model.names import Name
from migsafe.schema.generated_names import joined_columns, make_object_name


def constraint_name(constraint: Constraint, table: Name, columns: tuple[str, ...], label: str) -> str:
    """The name as written, else the one that the server would generate: `orders_user_id_fkey`."""
    return constraint.name or make_object_name(table.name, joined_columns(columns) or None, label)
