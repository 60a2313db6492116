"""Changes of many rows as one small statement that is repeated until it finds nothing more to do."""

from __future__ import annotations

from migsafe.model.findings import Batch
from migsafe.text.identifiers import identifier, relation

ROWS = 1000
"""Rows of one batch: few enough that nobody waits long for one of them."""


def batch(change: Batch) -> str:
    """The statement for one batch, without the semicolon; PostgreSQL has no LIMIT for UPDATE and DELETE."""
    table = relation(change.table)
    key = ", ".join(identifier(column) for column in change.key)
    left = f"({key})" if len(change.key) > 1 else key
    where = f" WHERE {change.where.sql}" if change.where is not None else ""
    chosen = f"WHERE {left} IN (SELECT {key} FROM {table}{where} LIMIT {ROWS})"
    if change.column is None or change.value is None:
        return f"DELETE FROM {table} {chosen}"
    return f"UPDATE {table} SET {identifier(change.column)} = {change.value.sql} {chosen}"
