"""A schema is dropped with everything in it.

What happens
    `DROP SCHEMA … CASCADE` drops every table, view, function and type of the schema, and what depends on them in
    other schemas. Without CASCADE the server refuses unless the schema is empty.

Why it hurts
    There is no way back but a restore. Every object is locked in ACCESS EXCLUSIVE until the transaction ends, and
    many objects can exhaust the lock table (`max_locks_per_transaction`).

Safer form
    Take the objects out one by one, each in its own migration, and drop the empty schema without CASCADE:

        DROP SCHEMA reporting;

    Alembic and Django: the same in `op.execute` and `RunSQL`.

When it is fine
    When nothing uses the schema any more and its rows are worthless: suppress the finding with that reason.

Versions
    All supported versions.

Evidence
    Manual, DROP SCHEMA. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity, Slot
from migsafe.model.locks import RelationKind
from migsafe.model.names import Name, quoted
from migsafe.model.operations import DropSchema
from migsafe.rules import way_back
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.elsewhere import is_made_here
from migsafe.rules.steps import by_hand
from migsafe.rules.wording import listed
from migsafe.schema.resolve import clipped


@statement_rule(RuleInfo(code="MS405", name="drop-schema", since="0.1.0"), DropSchema)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, drop in situation.clauses(DropSchema):
        if is_made_here(situation, drop.schema) or _is_absent(drop, situation):
            continue
        yield Hit(
            severity=_severity(drop, situation),
            message=_message(drop, situation),
            why="A dropped schema cannot be brought back but from a backup." if drop.cascade else _EMPTY,
            remedy=_remedy(drop) if drop.cascade else None,
            clause=number,
        )


def _severity(drop: DropSchema, situation: StatementSituation) -> Severity:
    """A schema of which history shows views and functions only, and no table, loses no rows."""
    if not drop.cascade:
        return Severity.INFO
    certain = way_back.of_loss(situation, drop)
    held = clipped(Name(None, drop.schema)).name
    tables = any(r.name.schema == held and r.kind in _HOLD_ROWS for r in situation.schema.relations.values())
    shown = held in situation.schema.schemas and held != "public"
    return Severity.WARNING if certain is Severity.ERROR and shown and not tables else certain


_HOLD_ROWS = (RelationKind.TABLE, RelationKind.PARTITIONED_TABLE, RelationKind.MATERIALIZED_VIEW)
_EMPTY = "Without CASCADE the server refuses to drop a schema that is not empty."


def _is_absent(drop: DropSchema, situation: StatementSituation) -> bool:
    gone = situation.schema.dropped_schemas
    certain = situation.schema.closed and drop.schema not in situation.schema.schemas
    return drop.if_exists and (drop.schema in gone or certain)


def _message(drop: DropSchema, situation: StatementSituation) -> str:
    schema = quoted(drop.schema)
    if not drop.cascade:
        return f"Queries of the running release that name schema {schema} fail."
    held = clipped(Name(None, drop.schema)).name
    inside = [r.name for r in situation.schema.relations.values() if r.name.schema == held]
    tables = f": {listed(sorted(inside))}" if inside else ""
    return f"Everything in schema {schema} is lost{tables}."


def _remedy(drop: DropSchema) -> Remedy:
    steps = (
        by_hand(f"Release an application that uses nothing of schema {quoted(drop.schema)}.", Slot.DEPLOY),
        by_hand("Archive the rows that may be needed, and drop its objects one by one.", Slot.POST_DEPLOY),
        by_hand(f"Then DROP SCHEMA {quoted(drop.schema)}, without CASCADE.", Slot.CLEANUP),
    )
    return Remedy("Drop the objects one by one, and the empty schema at the end.", steps)
