"""Rows are deleted from a table whose foreign keys have no index on the other side.

What happens
    For every deleted row the server looks for rows that reference it, in each table with a foreign key. Without an
    index on the referencing column each look is a full read of that table.

Why it hurts
    A thousand deleted rows are a thousand reads of the child table. The DELETE runs for hours while it keeps
    the row locks of everything that it has deleted.

Safer form
    Index the referencing column first:

        CREATE INDEX CONCURRENTLY orders_user_id_idx ON orders (user_id);

    Alembic: `op.create_index(…, postgresql_concurrently=True)` in an `autocommit_block()`.
    Django: `AddIndexConcurrently`.

When it is fine
    When the child table is small.

Versions
    All supported versions.

Evidence
    Manual, 5.4.5 "Foreign Keys": "it is often a good idea to index the referencing columns too"; `RI_FKey_noaction_del`
    in ri_triggers.c. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import ForeignKey, IndexElement
from migsafe.model.findings import Remedy, Severity, Step
from migsafe.model.names import Name
from migsafe.model.operations import CreateIndex, Delete
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.constraint_names import index_name
from migsafe.rules.steps import outside
from migsafe.rules.wording import listed
from migsafe.schema.objects import Relation
from migsafe.schema.schema import Schema


@statement_rule(RuleInfo(code="MS603", name="delete-scanning-children", since="0.1.0"), Delete)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, delete, _ in situation.working(Delete):
        table = situation.schema.resolve(delete.table)
        slow = [(child, key) for child, key in _keys_on(table, situation.schema) if not child.new]
        slow = [(child, key) for child, key in slow if not _is_indexed(child.name, key, situation.schema)]
        if not slow:
            continue
        indexes = tuple(_index(child, key, situation.schema) for child, key in slow)
        children = listed(child.name for child, _ in slow)
        yield Hit(
            severity=Severity.WARNING,
            message=f"For every row deleted from {table} the whole of {children} is read.",
            why="The foreign key is checked for each deleted row, and no index leads with its columns.",
            remedy=Remedy("Index the referencing columns first.", indexes),
            clause=number,
            relation=table,
        )


def _keys_on(table: Name, schema: Schema) -> Iterator[tuple[Relation, ForeignKey]]:
    for child, name in schema.referencing(table):
        held = child.constraint(name)
        if held is not None and isinstance(held.definition, ForeignKey) and held.enforced and held.parent is None:
            yield child, held.definition


def _is_indexed(table: Name, key: ForeignKey, schema: Schema) -> bool:
    """Whether an index begins with the columns of the key, in any order."""
    wanted = set(key.columns)
    for index in schema.indexes_of(table):
        leading = [element.column for element in index.elements[: len(wanted)]]
        if index.predicate is None and index.valid and set(leading) == wanted:
            return True
    return not schema.relation(table).complete


def _index(child: Relation, key: ForeignKey, schema: Schema) -> Step:
    elements = tuple(IndexElement(column=column) for column in key.columns)
    name = index_name(child.name, elements, (), schema)
    return outside(CreateIndex(table=child.name, name=name, elements=elements, concurrently=True))
