"""A primary key builds its index, or reads the table for NULLs, while nobody can read or write the table.

What happens
    `ADD PRIMARY KEY` builds the index under ACCESS EXCLUSIVE and makes the columns NOT NULL, which reads the table
    once more when nothing proves it. With USING INDEX the build is spared, but the read for NULLs is not.

Why it hurts
    Reads and writes wait for the build and the read.

Safer form
    Make the columns NOT NULL first (see set-not-null-scan), build the index, then make it the key:

        CREATE UNIQUE INDEX CONCURRENTLY events_pkey ON events (id);
        ALTER TABLE events ADD CONSTRAINT events_pkey PRIMARY KEY USING INDEX events_pkey;

    Alembic: `op.create_index(…, unique=True, postgresql_concurrently=True)` in an `autocommit_block()`, then
    `op.execute("ALTER TABLE … ADD CONSTRAINT … PRIMARY KEY USING INDEX …")`.
    Django: the same with RunSQL in migrations with `atomic = False`.

When it is fine
    On a small or a new table.

Versions
    All supported versions. PostgreSQL 18 refuses a key over a NOT NULL constraint that is not valid.

Evidence
    Manual, ALTER TABLE, "ADD table_constraint_using_index"; `DefineIndex` and `index_check_primary_key` in
    indexcmds.c and index.c. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity
from migsafe.model.locks import RelationKind
from migsafe.model.names import Name
from migsafe.model.operations import AddPrimaryKey
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.constraint_steps import ON_PARTITIONS, primary_key_steps
from migsafe.rules.steps import by_hand
from migsafe.rules.wording import work_in_words


@statement_rule(RuleInfo(code="MS204", name="blocking-primary-key", since="0.1.0"), AddPrimaryKey)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation, work in situation.working(AddPrimaryKey):
        table = situation.schema.resolve(operation.table)
        yield Hit(
            severity=severity.of_blocking_work(work, situation.statement, situation.target),
            message=f"Reads and writes on {table} wait during {work_in_words(work)}.",
            why="ADD PRIMARY KEY does this under ACCESS EXCLUSIVE.",
            remedy=_remedy(operation, situation),
            clause=number,
            relation=table,
            explains=work,
        )
    for number, operation in situation.clauses(AddPrimaryKey):
        if _takes_unknown_index(operation, situation):
            yield _may_scan(number, operation, situation)


def _takes_unknown_index(operation: AddPrimaryKey, situation: StatementSituation) -> bool:
    table = situation.schema.resolve(operation.table)
    index = operation.constraint.using_index
    if index is None or not situation.effect.locks or situation.is_new(table):
        return False
    return situation.schema.index(Name(table.schema, index)) is None


def _may_scan(number: int, operation: AddPrimaryKey, situation: StatementSituation) -> Hit:
    """Nothing tells the index's columns, so nobody knows whether they are NOT NULL."""
    table = situation.schema.resolve(operation.table)
    return Hit(
        severity=Severity.WARNING,
        message=f"If a column of {operation.constraint.using_index} may be NULL, reads and writes on {table} wait while"
        " all rows are read.",
        why="A primary key makes its columns NOT NULL, and what is not known to be so is looked for in every row.",
        remedy=Remedy(
            "See that the columns are NOT NULL; the key is instant then.",
            (by_hand(f"First make the columns of {operation.constraint.using_index} NOT NULL, by way of a CHECK."),),
        ),
        clause=number,
        relation=table,
    )


def _remedy(operation: AddPrimaryKey, situation: StatementSituation) -> Remedy:
    if situation.schema.relation(operation.table).kind is RelationKind.PARTITIONED_TABLE:
        return ON_PARTITIONS
    steps = primary_key_steps(operation.table, operation.constraint, situation.schema, situation.target.version)
    if operation.constraint.using_index is not None:
        return Remedy("Make the columns NOT NULL first; the key is instant then.", steps)
    return Remedy("Build the unique index concurrently, then add the key with USING INDEX.", steps)
