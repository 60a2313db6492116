"""A way back refuses to run.

What happens
    The down migration raises an error on purpose. Nothing is taken back.

Why it hurts
    It is better than a way back that does nothing without a word. But whoever deploys the migration should know before
    that only a backup leads back.

Safer form
    Where the migration can be split, do the part that cannot be taken back later, alone, when the release has proved
    itself; up to there the way back works:

        -- this release: stop using the column
        -- a later release, irreversible:
        ALTER TABLE users DROP COLUMN legacy_token;

    Alembic: `raise NotImplementedError` in `downgrade()`. Django: an operation without `reverse_code`.

When it is fine
    When it is known. It is told as an info.

Versions
    All supported versions.

Evidence
    Manual, PL/pgSQL, 41.9 "Errors and Messages": RAISE EXCEPTION ends the transaction.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Place, Remedy, Severity, Slot
from migsafe.model.text import Span
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule
from migsafe.rules.refusals import refuses_to_run
from migsafe.rules.steps import by_hand

_AT_THE_TOP = Span(0, 1)


@migration_rule(RuleInfo(code="MS803", name="refusing-way-back", since="0.1.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    if situation.undoes is None:
        return
    refusing = next((executed for executed in situation.run if refuses_to_run(executed.statement)), None)
    if refusing is None and situation.migration.raises is None:
        return
    split = by_hand("Do the part that cannot be taken back in a later migration of its own.", Slot.CLEANUP)
    yield Hit(
        severity=Severity.INFO,
        message="There is no way back from this migration but a backup.",
        why="Its way back raises an error on purpose.",
        remedy=Remedy("Leave the irreversible part to a later release.", (split,)),
        at=refusing,
        place=None if refusing is not None else Place(situation.migration.path, _AT_THE_TOP),
    )
