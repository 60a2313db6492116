"""A view, function, sequence, type or extension is dropped under the running release.

What happens
    The drop is instant. From its commit on every query that names the object is an error.

Why it hurts
    Between the migration and the last restarted process every request that uses the object fails. A sequence loses
    its position: one that is created again starts from the beginning.

Safer form
    Drop it in the release after the last one that uses it:

        -- release 1: the application no longer reads active_users
        -- release 2:
        DROP VIEW active_users;

    To change a view or a function, `CREATE OR REPLACE`, or drop and create it in one transaction.
    Alembic and Django: the same in `op.execute` and `RunSQL`.

When it is fine
    When nothing uses it any more. What the same migration creates again is not reported, nor a trigger's function.

Versions
    All supported versions.

Evidence
    Manual, DROP VIEW, DROP FUNCTION, DROP SEQUENCE, DROP TYPE, DROP EXTENSION. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity, Slot
from migsafe.model.operations import DropObject, DropSequence, DropView, Operation
from migsafe.rules import way_back
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.elsewhere import anywhere
from migsafe.rules.named_objects import NamedObject, created, dropped, renamed_to, same
from migsafe.rules.steps import alone, by_hand
from migsafe.schema.objects import Function
from migsafe.schema.schema import Schema

_ABOUT = (DropView, DropSequence, DropObject)
_KINDS = ("view", "sequence", "function", "type", "extension")


@statement_rule(RuleInfo(code="MS505", name="drop-object", since="0.1.0"), *_ABOUT)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation in enumerate(situation.statement.operations):
        target = dropped(operation)
        if (
            not isinstance(operation, _ABOUT)
            or target is None
            or target.kind not in _KINDS
            or way_back.undoes_its_way_up(situation, operation)
        ):
            continue
        if _is_made_here(target, situation) or _harms_nobody(target, situation, cascade=operation.cascade):
            continue
        yield Hit(
            severity=Severity.INFO if target.kind == "type" else Severity.WARNING,
            message=f"Queries of the running release that use {_words(operation, target)} fail.",
            why="The drop is instant, and no release that uses the object works after it.",
            remedy=_remedy(operation, target),
            clause=number,
            relation=situation.schema.resolve(target.name) if target.kind in {"view", "sequence"} else None,
        )


def _is_made_here(target: NamedObject, situation: StatementSituation) -> bool:
    """Whether the migration creates it or gives it its name, before or after: it is new, or replaced."""
    every = list(anywhere(situation, Operation))
    made = (*map(created, every), *map(renamed_to, every))
    return any(each is not None and same(each, target) for each in made)


def _harms_nobody(target: NamedObject, situation: StatementSituation, *, cascade: bool) -> bool:
    schema = situation.schema
    match target.kind:
        case "view" | "sequence":
            relation = schema.relation(target.name)
            return relation.new or schema.exists(target.name) is False or relation.owned_by is not None
        case "function":
            known = schema.functions_named(target.name)
            return _is_absent(schema, bool(known)) or _are_for_triggers(known)
        case "type":
            return cascade or _is_absent(schema, schema.type_of(target.name) is not None)  # MS407 tells what goes
        case "extension":
            return _is_absent(schema, target.name.name in schema.extensions)
    return False


def _is_absent(schema: Schema, known: bool) -> bool:
    return schema.closed and not known


def _are_for_triggers(found: tuple[Function, ...]) -> bool:
    """Nobody calls a function that returns a trigger; without CASCADE its triggers are gone already."""
    return bool(found) and all(f.returns is not None and f.returns.name == "trigger" for f in found)


def _words(operation: Operation, target: NamedObject) -> str:
    if isinstance(operation, DropView) and operation.materialized:
        return f"materialized view {target.name}"
    return f"{operation.kind if isinstance(operation, DropObject) else target.kind} {target.name}"


def _remedy(operation: Operation, target: NamedObject) -> Remedy:
    steps = (
        by_hand(f"Release an application that does not use {target.name}.", Slot.DEPLOY),
        alone(operation.replace(cascade=False), slot=Slot.POST_DEPLOY),
    )
    return Remedy("Drop it when no release that uses it runs any more.", steps)
