"""The columns that a stored query gives to its view or table."""

from __future__ import annotations

import re
from typing import Final

from migsafe.model.expressions import Query
from migsafe.schema.objects import Column
from migsafe.schema.schema import Schema

_ALL_OF_ONE: Final = re.compile(r'\s*select\s+\*\s+(?:into\s+\S+\s+)?from\s+(?:only\s+)?["\w]', re.IGNORECASE)


def columns_of_query(schema: Schema, query: Query) -> tuple[Column, ...]:
    """The output columns where the text shows them or takes all of one known relation; empty when it does not."""
    if query.columns:
        return tuple(Column(name=column) for column in query.columns)
    if len(query.reads) != 1 or not _ALL_OF_ONE.match(query.sql):
        return ()
    source = schema.relation(query.reads[0])
    if not (source.known and source.complete):
        return ()
    return tuple(Column(name=c.name, type=c.type, collation=c.collation) for c in source.columns)
