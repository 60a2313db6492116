"""A migration has no way back, in a project that has them.

What happens
    The down migration is missing or empty. Running it does nothing, and the tool still records that the step
    was undone. Django refuses instead: `migrate` stops with IrreversibleError at a `RunPython` without `reverse_code`
    or a `RunSQL` without `reverse_sql`, on the way to this migration and to every one before it; and it fails at a
    `DeleteModel` whose model has a removed field in a constraint or an index: it cannot make the table again.

Why it hurts
    When a deploy has to be taken back at night, the schema stays as it is, the tool believes otherwise, and the next
    way up fails on what is still there.

Safer form
    Write the inverse, or say on purpose that there is none, so that nobody relies on it:

        DROP TABLE IF EXISTS invoices;
        -- or
        DO $$ BEGIN RAISE EXCEPTION 'there is no way back: restore the backup'; END $$;

    Alembic: fill in `downgrade()`, or raise. Django: `reverse_sql=` and `reverse_code=`, which is
    `migrations.RunPython.noop` where nothing has to be undone.

When it is fine
    In a project that only ever goes forward: where fewer than half of the migrations have a way back the rule is
    silent.

Versions
    All supported versions.

Evidence
    The schema after the migration is compared with the schema before it: one that changes no object needs no way back.
    In Django even one that changes only rows does, because the ones before it cannot be reached without it: that is an
    info (`Operation.reversible` and `Migration.unapply` in django/db/migrations).
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Place, Remedy, Severity, Slot
from migsafe.model.migration import ConcernKind
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule
from migsafe.rules.steps import by_hand


@migration_rule(RuleInfo(code="MS801", name="missing-way-back", since="0.1.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    if situation.migration.source == "django":
        yield from _refused_by_django(situation)
        return
    if not situation.lacks_way_back or not situation.run:
        return
    write = by_hand("Write the inverse of each statement, the last one first; or raise an error.", Slot.PRE_DEPLOY)
    yield Hit(
        severity=Severity.WARNING,
        message="Nothing takes this migration back: its way back is missing or empty.",
        why="The tool records it as undone, and the schema stays as it is.",
        remedy=Remedy("Write the way back, or let it fail on purpose.", (write,)),
        at=situation.run[0],
    )


_ARGUMENTS = {"RunPython": "reverse_code", "RunSQL": "reverse_sql"}


def _refused_by_django(situation: MigrationSituation) -> Iterator[Hit]:
    """One finding for a migration, at the first operation that cannot be undone."""
    migration = situation.migration
    concern = next((c for c in migration.concerns if c.kind is ConcernKind.IRREVERSIBLE), None)
    if concern is None:
        return
    missing = _ARGUMENTS.get(concern.about)
    bare = Hit(
        severity=Severity.WARNING if situation.lacks_way_back else Severity.INFO,
        message=f"Django cannot take this migration back: {concern.about}.",
        why="`migrate` stops there, on the way to this migration and to all before it.",
        remedy=Remedy("Take the field out of constraints and indexes before it is removed.", (_TOGETHER,)),
        place=Place(migration.path, concern.span),
    )
    if missing is None:
        yield bare
        return
    step = by_hand(f"{missing}: what undoes it, or noop where nothing has to be undone.", Slot.PRE_DEPLOY)
    yield bare.replace(
        message=f"Django refuses to take this migration back: {concern.about} has no {missing}.",
        why="`migrate` stops with IrreversibleError, on the way to this migration and to all before it.",
        remedy=Remedy("Write the way back.", (step,)),
    )


_TOGETHER = by_hand("RemoveConstraint, RemoveIndex or AlterUniqueTogether, before the RemoveField.", Slot.PRE_DEPLOY)
