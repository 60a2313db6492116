"""The columns that a statement makes or changes, and advice about their types: what the rules MS901 to MS919 share."""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.effects.postgresql.column_types import shown_type
from migsafe.model.definitions import ColumnDef, Persistence
from migsafe.model.expressions import TypeName
from migsafe.model.findings import Remedy, Severity, Step
from migsafe.model.names import Name
from migsafe.model.operations import AddColumn, AlterColumnType, CreateTable
from migsafe.model.record import KeywordRecord
from migsafe.rules.base import Hit, StatementSituation
from migsafe.rules.steps import alone, by_hand
from migsafe.rules.wording import column_in_words
from migsafe.text.identifiers import identifier

MAKING = (CreateTable, AddColumn, AlterColumnType)


class MadeColumn(KeywordRecord):
    """`definition` is None where only the type of an existing column changes."""

    clause: int
    operation: CreateTable | AddColumn | AlterColumnType
    table: Name
    name: str
    type: TypeName
    definition: ColumnDef | None = None

    @property
    def words(self) -> str:
        return column_in_words(self.table, self.name)


def made_columns(situation: StatementSituation) -> Iterator[MadeColumn]:
    """All columns that get a type; none in ways back and temporary tables, where advice comes too late or too early."""
    if situation.undoes is not None:
        return
    for number, operation in enumerate(situation.statement.operations):
        match operation:
            case CreateTable() if operation.persistence is not Persistence.TEMPORARY and not operation.foreign:
                table = situation.schema.resolve(operation.table)
                for column in operation.columns:
                    yield _of_definition(number, operation, table, column)
            case AddColumn():
                yield _of_definition(number, operation, situation.schema.resolve(operation.table), operation.column)
            case AlterColumnType():
                yield MadeColumn(
                    clause=number,
                    operation=operation,
                    table=situation.schema.resolve(operation.table),
                    name=operation.column,
                    type=operation.type,
                )


def _of_definition(clause: int, operation: CreateTable | AddColumn, table: Name, column: ColumnDef) -> MadeColumn:
    return MadeColumn(
        clause=clause, operation=operation, table=table, name=column.name, type=column.type, definition=column
    )


def type_advice(made: MadeColumn, message: str, why: str, better: TypeName) -> Hit:
    """An info about a column's type, with the type to use in its place."""
    return Hit(
        severity=Severity.INFO,
        message=message,
        why=why,
        remedy=Remedy(f"Use {better}.", (_step(made, better),)),
        clause=made.clause,
        relation=made.table,
    )


def _step(made: MadeColumn, better: TypeName) -> Step:
    if isinstance(made.operation, AddColumn) and made.definition is not None and made.definition.default is None:
        return alone(made.operation.replace(column=made.definition.replace(type=better)))
    shown = str(better) if better.modifiers or better.schema else shown_type(better)
    return by_hand(f"{identifier(made.name)} {shown}")
