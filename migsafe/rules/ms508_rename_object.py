"""A schema, enum value, function, type or sequence is renamed or moved under the running release.

What happens
    The rename is instant. From its commit on the old name is an error: every query that names something in the schema,
    every INSERT and comparison with the old enum label, every call of the function.

Why it hurts
    Between the migration and the last restarted process every request that uses the old name fails. No release works on
    both sides.

Safer form
    Have both for a while: add the new enum value and let the application write it, create the function under its new
    name and leave the old one calling it, move the tables one by one behind views.

        ALTER TYPE state ADD VALUE 'done';
        -- release that reads both labels and writes 'done'; change the rows in batches

    Alembic and Django: the same in `op.execute` and `RunSQL`.

When it is fine
    When nothing runs against the database during the deploy. A sequence that only fills its column by default is not
    reported: the default follows.

Versions
    All supported versions.

Evidence
    Manual, ALTER SCHEMA, ALTER TYPE, ALTER FUNCTION; SQLSTATE 22P02, 42P01 and 42883. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity, Slot, Step
from migsafe.model.names import Name, quoted
from migsafe.model.operations import (
    AlterObject,
    Operation,
    RenameEnumValue,
    RenameRelation,
    RenameSchema,
    SetSchema,
)
from migsafe.model.record import Record
from migsafe.rules import severity, way_back
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.elsewhere import anywhere
from migsafe.rules.named_objects import NamedObject, created, renamed_to, same
from migsafe.rules.steps import by_hand
from migsafe.text.identifiers import literal

_ABOUT = (RenameSchema, RenameEnumValue, AlterObject, RenameRelation, SetSchema)
_KINDS = {"function": "function", "procedure": "function", "routine": "function", "aggregate": "function"}
_KINDS |= {"type": "type", "domain": "type"}


class _Renamed(Record):
    target: NamedObject
    words: str
    certain: bool
    advice: str


@statement_rule(RuleInfo(code="MS508", name="rename-object", since="0.1.0"), *_ABOUT)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation in enumerate(situation.statement.operations):
        renamed = _renamed(operation, situation)
        if renamed is None or _is_made_here(renamed.target, situation):
            continue
        if situation.undoes is not None and way_back.undoes_its_way_up(situation, operation):
            continue
        certain = severity.of_loss(situation.statement) if situation.undoes is None else Severity.WARNING
        yield Hit(
            severity=certain if renamed.certain else Severity.WARNING,
            message=f"Every query of the running release that uses {renamed.words} fails.",
            why="The rename is instant, and no release works both before and after it.",
            remedy=Remedy("Have both for a while.", (by_hand(renamed.advice, Slot.PRE_DEPLOY), _later())),
            clause=number,
        )


def _later() -> Step:
    return by_hand("Drop the old one when no release that uses it runs any more.", Slot.CLEANUP)


def _renamed(operation: Operation, situation: StatementSituation) -> _Renamed | None:
    match operation:
        case RenameSchema():
            target = NamedObject("schema", Name(None, operation.schema))
            advice = "Move its tables one by one, each with a view under the old name."
            return _Renamed(target, f"schema {quoted(operation.schema)}", True, advice)
        case RenameEnumValue():
            words = f"the label {literal(operation.value)} of type {operation.type}"
            advice = "Add the new label, write it from the next release on, and change the rows in batches."
            return _Renamed(NamedObject("type", operation.type), words, True, advice)
        case AlterObject() if operation.kind in _KINDS and operation.action in {"rename", "schema"}:
            if _is_for_triggers(operation, situation):
                return None
            target = NamedObject(_KINDS[operation.kind], operation.name)
            advice = "Create it under its new name beside the old one."
            return _Renamed(target, f"{operation.kind} {operation.name}", False, advice)
        case RenameRelation() | SetSchema() if operation.keyword == "sequence":
            return _renamed_sequence(operation.table, situation)
    return None


def _is_for_triggers(operation: AlterObject, situation: StatementSituation) -> bool:
    """Nobody calls a trigger's function by its name, and its triggers follow."""
    found = situation.schema.functions_named(operation.name) if operation.kind not in {"type", "domain"} else ()
    return bool(found) and all(f.returns is not None and f.returns.name == "trigger" for f in found)


def _renamed_sequence(name: Name, situation: StatementSituation) -> _Renamed | None:
    """A sequence that nobody names but a column's default does no harm."""
    relation = situation.schema.relation(name)
    if relation.new or relation.owned_by is not None or situation.schema.drawing_from(relation.name):
        return None
    advice = "Leave the old name until no release draws from it any more."
    return _Renamed(NamedObject("sequence", name), f"sequence {name}", False, advice)


def _is_made_here(target: NamedObject, situation: StatementSituation) -> bool:
    """Whether the migration makes it, or puts another object under its old name."""
    every = list(anywhere(situation, Operation))
    made = (*map(created, every), *map(renamed_to, every))
    return any(each is not None and same(each, target) for each in made)
