"""A way back does not bring the schema back.

What happens
    After the way up and the way back something is otherwise than before: an index, a label of an enum or a column is
    left, a dropped constraint is missing, a function keeps its new body.

Why it hurts
    The way up cannot run a second time ("already exists"), and the release that comes back meets a schema that it was
    never tested with.

Safer form
    Take back each step, the last one first. What cannot be taken back (a label of an enum) belongs into a migration of
    its own, whose way back says so:

        DROP INDEX CONCURRENTLY IF EXISTS users_email_idx;
        ALTER TABLE users DROP COLUMN email;

    Alembic and Django: compare `downgrade()` and the reverse operations with the way up in the same manner.

When it is fine
    When the difference is wanted, as with a backfill that may stay. A column that comes back with another type, default
    or nullability is told as an info; an extension that stays is not told.

Versions
    All supported versions.

Evidence
    Both directions are replayed on the shadow schema and compared, object by object; objects that are not fully known
    are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity, Slot
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule
from migsafe.rules.refusals import refuses_to_run
from migsafe.rules.steps import by_hand
from migsafe.rules.wording import listed


@migration_rule(RuleInfo(code="MS802", name="incomplete-way-back", since="0.1.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    if situation.undoes is None or not situation.left or not situation.run or situation.migration.raises is not None:
        return
    if any(refuses_to_run(executed.statement) for executed in situation.run):
        return
    words = listed(difference.words for difference in situation.left)
    mend = by_hand("Add what takes it back, or take out what does too much.", Slot.PRE_DEPLOY)
    yield Hit(
        severity=Severity.WARNING if any(each.is_whole for each in situation.left) else Severity.INFO,
        message=f"After the way up and this way back, {words}.",
        why="The schema is otherwise than before the way up.",
        remedy=Remedy("Take back each step of the way up, the last one first.", (mend,)),
        relation=situation.left[0].relation,
        at=situation.run[0],
    )
