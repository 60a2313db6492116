"""What a DROP takes away besides what it names: the schema with the statement against the schema without it."""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.locks import RelationKind
from migsafe.model.names import Name, quoted
from migsafe.model.operations import (
    DropColumn,
    DropConstraint,
    DropSequence,
    DropTable,
    DropView,
)
from migsafe.model.record import KeywordRecord
from migsafe.rules.base import StatementSituation
from migsafe.schema.objects import Relation
from migsafe.schema.origin import Origin
from migsafe.schema.replay import advance

_WORDS = {
    RelationKind.VIEW: "view",
    RelationKind.MATERIALIZED_VIEW: "materialized view",
    RelationKind.SEQUENCE: "sequence",
    RelationKind.FOREIGN_TABLE: "foreign table",
}
_HOLD_ROWS = (RelationKind.TABLE, RelationKind.PARTITIONED_TABLE)


class Losses(KeywordRecord):
    """`words` are the objects as people say them; `holds_rows` when rows or values are among them."""

    words: tuple[str, ...] = ()
    holds_rows: bool = False
    first: Name | None = None

    def __bool__(self) -> bool:
        return bool(self.words)


class _Lost(KeywordRecord):
    word: str
    relation: Name
    holds_rows: bool = False


def losses_of(situation: StatementSituation) -> Losses:
    """What goes with the statement that it does not name, and that is not part of what it names."""
    schema = situation.schema
    after = schema.overlay()
    advance(after, situation.statement, schema.origin or Origin(situation.migration.key, True, False))
    named = _named(situation)
    lost: list[_Lost] = []
    for name in after.relations.changed():
        before, now = schema.relations.find(name), after.relations.find(name)
        if before is None or before.new or name in named:
            continue
        if now is None:
            lost.extend(_whole(before))
        else:
            lost.extend(_parts(before, now, situation))
    lost.sort(key=lambda each: (not each.holds_rows, each.word))
    return Losses(
        words=tuple(each.word for each in lost),
        holds_rows=any(each.holds_rows for each in lost),
        first=lost[0].relation if lost else None,
    )


def _named(situation: StatementSituation) -> frozenset[Name]:
    """The relations that the statement names to drop them."""
    resolve = situation.schema.resolve
    found: set[Name] = set()
    for operation in situation.statement.operations:
        match operation:
            case DropTable():
                found.add(resolve(operation.table))
            case DropView():
                found.add(resolve(operation.view))
            case DropSequence():
                found.add(resolve(operation.sequence))
    return frozenset(found)


def _whole(relation: Relation) -> Iterator[_Lost]:
    """A relation that goes, unless it is a part: a partition, or the sequence of a column."""
    if relation.partition_of is not None or relation.owned_by is not None:
        return
    word = _WORDS.get(relation.kind, "table")
    yield _Lost(word=f"{word} {relation.name}", relation=relation.name, holds_rows=relation.kind in _HOLD_ROWS)


def _parts(before: Relation, now: Relation, situation: StatementSituation) -> Iterator[_Lost]:
    """Columns, constraints, defaults and triggers that go from a relation that stays."""
    columns, constraints = _dropped_by_name(before.name, situation)
    kept = {column.name: column for column in now.columns}
    for column in before.columns:
        shown = f"{before.name}.{quoted(column.name)}"
        if column.name not in kept and column.name not in columns:
            yield _Lost(word=f"column {shown}", relation=before.name, holds_rows=True)
        elif column.name in kept and column.default is not None and kept[column.name].default is None:
            yield _Lost(word=f"the default of {shown}", relation=before.name)
    for constraint in before.constraints:
        goes_with_column = bool(columns)  # without CASCADE, too
        if now.constraint(constraint.name) is None and constraint.name not in constraints and not goes_with_column:
            yield _Lost(word=f"constraint {quoted(constraint.name)} of {before.name}", relation=before.name)
    for trigger in before.triggers:
        if all(trigger.name != other.name for other in now.triggers):
            yield _Lost(word=f"trigger {quoted(trigger.name)} of {before.name}", relation=before.name)


def _dropped_by_name(table: Name, situation: StatementSituation) -> tuple[frozenset[str], frozenset[str]]:
    """The columns and constraints of a table that the statement names to drop them."""
    resolve = situation.schema.resolve
    operations = situation.statement.operations
    mine = [op for op in operations if isinstance(op, DropColumn | DropConstraint) and resolve(op.table) == table]
    columns = frozenset(op.column for op in mine if isinstance(op, DropColumn))
    return columns, frozenset(op.name for op in mine if isinstance(op, DropConstraint))
