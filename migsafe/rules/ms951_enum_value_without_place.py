"""A label is added to an enum without saying where.

What happens
    Without BEFORE or AFTER the label goes to the end of the order.

Why it hurts
    ORDER BY, `<` and `max()` on the column follow the order of the labels, and no label can be moved later.

Safer form
    Say the place, also when it is the end:

        ALTER TYPE state ADD VALUE 'paid' AFTER 'new';

    Alembic and Django: in `op.execute` and `RunSQL`.

When it is fine
    Where nobody sorts by the column. This rule is an opinion, and off unless it is selected.

Versions
    All supported versions.

Evidence
    Manual, ALTER TYPE, "ADD VALUE".
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity
from migsafe.model.operations import AddEnumValue
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.steps import by_hand
from migsafe.text.identifiers import literal


@statement_rule(RuleInfo(code="MS951", name="enum-value-without-place", since="0.1.0", default=False), AddEnumValue)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation in situation.clauses(AddEnumValue):
        if operation.neighbour is not None:
            continue
        known = situation.schema.type_of(operation.type)
        last = literal(known.values[-1]) if known is not None and known.values else "…"
        place = by_hand(f"ALTER TYPE {operation.type} ADD VALUE {literal(operation.value)} AFTER {last}")
        yield Hit(
            severity=Severity.INFO,
            message=f"The label {literal(operation.value)} sorts behind all others, and can never be moved.",
            why="Without BEFORE or AFTER it goes to the end of the order.",
            remedy=Remedy("Say where the label belongs.", (place,)),
            clause=number,
        )
