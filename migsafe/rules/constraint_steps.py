"""The steps that add a constraint to a table in use without blocking it: what several rules propose."""

from __future__ import annotations

from migsafe.model.definitions import Check, ForeignKey, IndexElement, NotNull, PrimaryKey, Unique
from migsafe.model.expressions import Expression
from migsafe.model.findings import Remedy, Slot, Step
from migsafe.model.migration import Statement
from migsafe.model.names import Name
from migsafe.model.operations import (
    AddCheck,
    AddForeignKey,
    AddNotNull,
    AddPrimaryKey,
    AddUnique,
    CreateIndex,
    DropConstraint,
    SetNotNull,
    ValidateConstraint,
)
from migsafe.rules.constraint_names import constraint_name
from migsafe.rules.steps import alone, by_hand, outside
from migsafe.schema.schema import Schema
from migsafe.text.identifiers import identifier

ON_PARTITIONS = Remedy(
    "Build the unique index on each partition first: a partitioned table takes no index for its constraint.",
    (
        by_hand("On each partition: CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … USING INDEX."),
        by_hand("On the partitioned table: ALTER TABLE ONLY … ADD CONSTRAINT, which builds nothing."),
        by_hand("For each partition: ALTER INDEX … ATTACH PARTITION; the last one makes the constraint valid."),
    ),
)
NATIVE_NOT_NULL_SINCE = 18  # ADD CONSTRAINT … NOT NULL … NOT VALID


def replacing(steps: tuple[Step, ...], name: str | None, statement: Statement) -> tuple[Step, ...]:
    """The steps with the DROP of a constraint of the same name in the first one, if the statement has it."""
    drops = [op for op in statement.operations if isinstance(op, DropConstraint) and op.name == name]
    return (steps[0].replace(operations=(*drops, *steps[0].operations)), *steps[1:]) if drops else steps


def check_steps(table: Name, check: Check, schema: Schema) -> tuple[Step, ...]:
    """ADD … NOT VALID and VALIDATE, each in a transaction of its own."""
    columns = check.expression.columns
    name = constraint_name(check, table, columns if len(columns) == 1 else (), "check", schema)
    add = AddCheck(table=table, constraint=check.replace(name=name, not_valid=True))
    return (alone(add), alone(ValidateConstraint(table=table, name=name)))


def foreign_key_steps(table: Name, key: ForeignKey, schema: Schema) -> tuple[Step, ...]:
    """ADD … NOT VALID and VALIDATE, each in a transaction of its own."""
    name = constraint_name(key, table, key.columns, "fkey", schema)
    add = AddForeignKey(table=table, constraint=key.replace(name=name, not_valid=True))
    return (alone(add), alone(ValidateConstraint(table=table, name=name)))


def unique_steps(table: Name, unique: Unique, schema: Schema) -> tuple[Step, ...]:
    """Build the index concurrently, then make it the constraint's."""
    name = constraint_name(unique, table, unique.columns + unique.include, "key", schema)
    build = _unique_index(table, name, unique).replace(nulls_not_distinct=unique.nulls_not_distinct)
    attach = Unique(
        name=name,
        using_index=name,
        deferrable=unique.deferrable,
        initially_deferred=unique.initially_deferred,
    )
    return (outside(build), alone(AddUnique(table=table, constraint=attach)))


def primary_key_steps(table: Name, key: PrimaryKey, schema: Schema, version: int) -> tuple[Step, ...]:
    """Make the columns NOT NULL without a long lock, build the index concurrently, make it the key's."""
    name = constraint_name(key, table, (), "pkey", schema)
    attach = PrimaryKey(
        name=name,
        using_index=key.using_index or name,
        deferrable=key.deferrable,
        initially_deferred=key.initially_deferred,
    )
    build = () if key.using_index is not None else (outside(_unique_index(table, name, key)),)
    columns = key.columns or _columns_of_index(table, key, schema)
    nullable = [column for column in columns if _may_be_null(table, column, schema)]
    not_null = tuple(step for column in nullable for step in not_null_steps(table, column, version))
    return (*not_null, *build, alone(AddPrimaryKey(table=table, constraint=attach)))


def _columns_of_index(table: Name, key: PrimaryKey, schema: Schema) -> tuple[str, ...]:
    name = Name(schema.resolve(table).schema, key.using_index or "")
    index = schema.index(name)
    return tuple(e.column for e in index.elements if e.column is not None) if index is not None else ()


def _may_be_null(table: Name, column: str, schema: Schema) -> bool:
    known = schema.relation(table).column(column)
    return known is None or not known.not_null


def _unique_index(table: Name, name: str, constraint: Unique | PrimaryKey) -> CreateIndex:
    return CreateIndex(
        table=table,
        name=name,
        elements=tuple(IndexElement(column=column) for column in constraint.columns),
        include=constraint.include,
        unique=True,
        concurrently=True,
        tablespace=constraint.tablespace,
    )


def not_null_steps(table: Name, column: str, version: int, slot: Slot = Slot.PRE_DEPLOY) -> tuple[Step, ...]:
    """Prove that no value is NULL while reads and writes go on; SET NOT NULL is instant then."""
    name = f"{table.name}_{column}_not_null"
    validate = alone(ValidateConstraint(table=table, name=name), slot=slot)
    if version >= NATIVE_NOT_NULL_SINCE:
        native = NotNull(name=name, column=column, not_valid=True)
        return (alone(AddNotNull(table=table, constraint=native), slot=slot), validate)
    expression = Expression(f"{identifier(column)} IS NOT NULL", columns=(column,), proves_not_null=(column,))
    proof = AddCheck(table=table, constraint=Check(name=name, expression=expression, not_valid=True))
    return (
        alone(proof, slot=slot),
        validate,
        alone(SetNotNull(table=table, column=column), slot=slot),
        alone(DropConstraint(table=table, name=name), slot=slot),
    )
