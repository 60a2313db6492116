"""Triggers that may give a column its value before each INSERT."""

from __future__ import annotations

from migsafe.model.names import Name
from migsafe.model.operations import CreateTrigger
from migsafe.rules.base import StatementSituation
from migsafe.rules.elsewhere import anywhere


def may_be_filled(table: Name, situation: StatementSituation) -> bool:
    """Whether the table has, or gets in this migration, a row trigger before INSERT. What it does is not known."""
    schema = situation.schema
    held = schema.relation(table).triggers
    if any(t.enabled and t.row and t.timing == "before" and "insert" in t.events for t in held):
        return True
    made = (create for create in anywhere(situation, CreateTrigger) if schema.resolve(create.table) == table)
    return any(create.row and create.timing == "before" and "insert" in create.events for create in made)
