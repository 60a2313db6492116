"""A foreign key has no index on its own columns.

What happens
    When a row of the referenced table is deleted, or its key is changed, the server looks for rows that reference it.
    Without an index on the referencing columns it reads the whole referencing table, once for every such row, and
    keeps the deleted row locked meanwhile.

Why it hurts
    Nothing is slow until somebody deletes a user with an account of a hundred million orders beside it. With ON DELETE
    CASCADE or SET NULL the same read is done to find the rows to change.

Safer form
    An index that begins with the columns of the key, built before the key is added, outside any transaction block:

        CREATE INDEX CONCURRENTLY orders_user_id_idx ON orders (user_id);

    Alembic: `op.create_index(…, postgresql_concurrently=True)` in an `autocommit_block()`.
    Django makes such an index by itself, unless `db_index=False` is set.

When it is fine
    When rows of the referenced table are never deleted and their keys never change, or the referencing table is small.
    Where the key says what happens on a delete, deletes are meant to happen, and this is a warning; else an info. An
    index that a later migration of the same run builds counts.

Versions
    All supported versions.

Evidence
    Manual, 5.5.5 "Foreign Keys"; `RI_Initial_Check` and `ri_PerformCheck` in ri_triggers.c. The read is shown on a
    server by a test of this rule.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import IndexElement
from migsafe.model.findings import Remedy, Severity
from migsafe.model.locks import RelationKind
from migsafe.model.operations import AddColumn, AddForeignKey, CreateIndex
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule
from migsafe.rules.constraint_names import index_name
from migsafe.rules.constraint_steps import foreign_key_steps
from migsafe.rules.foreign_key_uses import AddedKey, added_keys
from migsafe.rules.partition_steps import index_on_partitions
from migsafe.rules.steps import alone, by_hand, outside
from migsafe.rules.wording import listed
from migsafe.schema.objects import Index
from migsafe.schema.schema import Schema
from migsafe.text.identifiers import identifiers, relation

_SMALL = 10_000
"""Rows that are read in a few milliseconds."""
_ACTS = ("cascade", "set null", "set default")


@migration_rule(RuleInfo(code="MS207", name="foreign-key-without-index", since="0.2.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    for added in added_keys(situation):
        table = added.table
        if table.known and table.complete and not _is_small(added, situation) and not _is_covered(added, situation):
            yield _hit(added, situation.schema)


def _is_small(added: AddedKey, situation: MigrationSituation) -> bool:
    known = situation.target.statistics.table(added.table.name)
    return known is not None and known.rows is not None and known.rows * situation.target.growth < _SMALL


def _is_covered(added: AddedKey, situation: MigrationSituation) -> bool:
    """Whether an index begins with the columns of the key, in any order."""
    return any(_begins_with(index, added.key.columns) for index in situation.schema.indexes_of(added.table.name))


def _begins_with(index: Index, columns: tuple[str, ...]) -> bool:
    first = {element.column for element in index.elements[: len(columns)]}
    return first == set(columns) and index.method in ("btree", "hash") and _finds_all(index, columns)


def _finds_all(index: Index, columns: tuple[str, ...]) -> bool:
    """A partial index helps when it leaves out nothing but NULL, which references nothing."""
    tests = index.predicate
    if tests is None:
        return True
    return tests.whole and all(c.operator == "is not null" and c.column in columns for c in tests.conjuncts)


def _hit(added: AddedKey, schema: Schema) -> Hit:
    table, columns = added.table.name, listed(added.key.columns)
    referenced = schema.resolve(added.key.referenced)
    acts = added.key.on_delete in _ACTS or added.key.on_update in _ACTS
    return Hit(
        severity=Severity.WARNING if acts else Severity.INFO,
        message=f"Each row deleted from {referenced} makes the server read all of {table}: {columns} has no index.",
        why=f"No index begins with {columns}, so the rows that reference it are found by reading every row.",
        remedy=_remedy(added, schema),
        clause=added.clause,
        relation=table,
        at=added.executed,
    )


def _remedy(added: AddedKey, schema: Schema) -> Remedy:
    operation = added.executed.statement.operations[added.clause]
    advice = "Index the columns of the key."
    if not isinstance(operation, AddForeignKey | AddColumn):
        columns = identifiers(added.key.columns)
        words = f"In the same migration, after the table: CREATE INDEX ON {relation(added.table.name)} ({columns})."
        return Remedy(advice, (by_hand(words),))
    elements = tuple(IndexElement(column=column) for column in added.key.columns)
    index = CreateIndex(
        table=operation.table, name=index_name(operation.table, elements, (), schema), elements=elements
    )
    if added.table.kind is RelationKind.PARTITIONED_TABLE:
        build = index_on_partitions(index, schema).steps
    else:
        build = (alone(index) if added.table.new else outside(index.replace(concurrently=True)),)
    if isinstance(operation, AddForeignKey):
        return Remedy(advice, (*build, alone(operation)))
    rest = tuple(c for c in operation.column.constraints if c != added.key)
    plain = alone(operation.replace(column=operation.column.replace(constraints=rest)))
    return Remedy(advice, (plain, *build, *foreign_key_steps(operation.table, added.key, schema)))
