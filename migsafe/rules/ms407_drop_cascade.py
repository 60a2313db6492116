"""DROP … CASCADE takes other objects with it.

What happens
    With CASCADE the server drops everything that depends on what is dropped, and what depends on that: views on a
    table, foreign keys that point at it, columns of a type, defaults that call a function, triggers. The statement
    names none of them.

Why it hurts
    Views vanish under the running release, columns are lost with their values, foreign keys no longer guard their
    tables, and each of these tables is locked in ACCESS EXCLUSIVE as well.

Safer form
    Without CASCADE the server refuses and lists what is in the way. Drop that by name first, each with a decision:

        DROP VIEW active_users;
        ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey;
        DROP TABLE users;

    Alembic and Django: the same operations, one by one.

When it is fine
    When the list in the finding is what is meant to go: suppress it with that reason. Where nothing is known to
    depend on the object there is no finding.

Versions
    All supported versions.

Evidence
    Manual, 5.15 "Dependency Tracking"; `performMultipleDeletions` in dependency.c. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity
from migsafe.model.operations import (
    DropColumn,
    DropConstraint,
    DropObject,
    DropSequence,
    DropTable,
    DropView,
    Operation,
)
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.cascade_losses import Losses, losses_of
from migsafe.rules.elsewhere import anywhere
from migsafe.rules.named_objects import created, dropped, same
from migsafe.rules.steps import by_hand
from migsafe.rules.wording import listed

_ABOUT = (DropColumn, DropConstraint, DropObject, DropSequence, DropTable, DropView)
_HOLD_VALUES = ("extension", "type", "domain")
_UNLISTED = ("extension", "type", "domain", "function", "procedure", "routine", "aggregate", "server", "collation")


@statement_rule(RuleInfo(code="MS407", name="drop-cascade", since="0.1.0"), *_ABOUT)
def check(situation: StatementSituation) -> Iterator[Hit]:
    """One finding for a statement: the server collects the dependants of all that it drops together."""
    cascading = [n for n, op in enumerate(situation.statement.operations) if isinstance(op, _ABOUT) and op.cascade]
    if not cascading:
        return
    lost = losses_of(situation)
    first = situation.statement.operations[cascading[0]]
    if lost:
        yield _known(lost, cascading[0], situation)
    elif _may_take_more(first, situation):
        yield _unknown(first, cascading[0])


def _known(lost: Losses, clause: int, situation: StatementSituation) -> Hit:
    certain = severity.of_loss(situation.statement) if lost.holds_rows else Severity.WARNING
    return Hit(
        severity=certain,
        message=f"CASCADE also drops {listed(lost.words)}.",
        why="The server drops everything that depends on what is dropped, without naming it.",
        remedy=Remedy(
            "Drop by name what is meant to go, and leave CASCADE out.",
            (by_hand(f"Decide about {listed(lost.words)} first; then the same statement without CASCADE."),),
        ),
        clause=clause,
        relation=lost.first,
    )


def _may_take_more(operation: Operation, situation: StatementSituation) -> bool:
    """Whether columns, views or defaults that history does not show can hang on the object."""
    if not isinstance(operation, DropObject) or operation.kind not in _UNLISTED:
        return False
    if operation.kind == "extension":
        return True
    return not situation.schema.closed and not _is_shown(operation, situation)


def _is_shown(operation: DropObject, situation: StatementSituation) -> bool:
    """Whether history created the object, so that it shows its dependants too, or creates it again at once."""
    schema = situation.schema
    if schema.functions_named(operation.name) or schema.type_of(operation.name) is not None:
        return True
    target = dropped(operation)
    made = (created(other) for other in anywhere(situation, Operation))
    return operation.if_exists and any(each is not None and target is not None and same(each, target) for each in made)


def _unknown(operation: Operation, clause: int) -> Hit:
    assert isinstance(operation, DropObject)
    also = "columns with their values" if operation.kind in _HOLD_VALUES else "views, defaults and triggers"
    return Hit(
        severity=Severity.WARNING,
        message=f"CASCADE drops whatever depends on {operation.kind} {operation.name}, {also}, too.",
        why="History does not show what depends on it; the server drops it without naming it.",
        remedy=Remedy(
            "Leave CASCADE out: the server then refuses and lists what depends on it.",
            (by_hand("The same statement without CASCADE."),),
        ),
        clause=clause,
    )
