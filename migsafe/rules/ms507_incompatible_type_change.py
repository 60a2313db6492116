"""A column changes to a type that the queries of the running release do not fit.

What happens
    A number becomes a text, a text a uuid, a text a boolean. Once it has run, `WHERE id = 7` compares text with
    integer, for which there is no operator, and drivers read another type than the code expects.

Why it hurts
    Queries of the running release fail (`operator does not exist: text = integer`) from the commit to the last
    restarted process, and those of the new release failed before. No release works on both sides.

Safer form
    A second column of the new type, written together with the old one, until nothing reads the old one:

        ALTER TABLE orders ADD COLUMN reference text;
        -- a trigger that keeps number and reference alike; fill reference in batches
        -- release that reads and writes reference; then drop the trigger and number

    Alembic and Django: the same in three migrations.

When it is fine
    When nothing runs against the database during the deploy.

Versions
    All supported versions.

Evidence
    Manual, 10.2 "Operators"; SQLSTATE 42883. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.effects.postgresql.column_types import shown_type
from migsafe.model.expressions import TypeName
from migsafe.model.findings import Remedy, Severity, Slot
from migsafe.model.operations import AlterColumnType
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.elsewhere import is_unknown_to_release
from migsafe.rules.steps import by_hand
from migsafe.rules.wording import column_in_words

_FAMILIES = {
    "number": ("int2", "int4", "int8", "numeric", "float4", "float8"),
    "text": ("text", "varchar", "bpchar", "name", "citext"),
    "truth value": ("bool",),
    "date": ("date", "timestamp", "timestamptz"),
    "time of day": ("time", "timetz"),
    "interval": ("interval",),
    "uuid": ("uuid",),
    "json": ("json", "jsonb"),
    "bytes": ("bytea",),
    "money": ("money",),
    "address": ("inet", "cidr"),
}
_FAMILY = {name: family for family, names in _FAMILIES.items() for name in names}


@statement_rule(RuleInfo(code="MS507", name="incompatible-type-change", since="0.1.0"), AlterColumnType)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, change in situation.clauses(AlterColumnType):
        table = situation.schema.resolve(change.table)
        known = situation.schema.relation(table).column(change.column)
        if is_unknown_to_release(situation, table) or known is None or known.type is None:
            continue
        if not _differ(known.type, change.type) or (change.using is not None and not change.using.columns):
            continue
        column = column_in_words(table, change.column)
        yield Hit(
            severity=Severity.WARNING,
            message=f"Queries of the running release that use {column} as {shown_type(known.type)} may fail.",
            why=f"There are no operators between it and {shown_type(change.type)}, and drivers read it otherwise.",
            remedy=_remedy(change),
            clause=number,
            relation=table,
        )


def _differ(old: TypeName, new: TypeName) -> bool:
    """Whether both are known kinds of values, and different ones. An enum and a text fit each other."""
    if old.schema is not None or new.schema is not None:
        return False
    families = _FAMILY.get(old.name), _FAMILY.get(new.name)
    if None in families:
        return False
    return families[0] != families[1] or bool(old.dimensions) != bool(new.dimensions)


def _remedy(change: AlterColumnType) -> Remedy:
    steps = (
        by_hand(f"Add a column of type {shown_type(change.type)}, and a trigger that keeps it like {change.column}."),
        by_hand("Fill it in batches, each committed.", Slot.BACKGROUND),
        by_hand("Release an application that uses the new column only.", Slot.DEPLOY),
        by_hand(f"Drop the trigger, then {change.column}.", Slot.CLEANUP),
    )
    return Remedy("Move to a second column of the new type.", steps)
