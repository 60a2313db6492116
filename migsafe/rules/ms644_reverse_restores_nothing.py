"""A data migration can be taken back, and the rows that it changed stay as they are.

What happens
    The step deletes rows, or gives rows with one value of a column another one, and its way back is
    `migrations.RunPython.noop`. `migrate app 0041` succeeds, the schema is the old one, and the rows are not.

Why it hurts
    The release that is rolled back to meets values that it does not know, or misses rows. Nothing says so: with the
    values overwritten, nobody can tell any more which rows were changed.

Safer form
    Write what undoes it while that is still possible, for example by keeping the old value in a column until the next
    release; or say that there is no way back by leaving `reverse_code` out, so that Django refuses:

        migrations.RunPython(forwards)                       # IrreversibleError on the way back
        migrations.RunPython(forwards, backwards)            # puts the old values back

When it is fine
    When the old release works with the rows as they are, and when the rows can be made anew. A step that fills a new
    column, or a column where it is NULL, is not reported: the way back of the schema takes that away again.

Versions
    All versions of Django.

Evidence
    Django's documentation of RunPython: `noop` is for steps that need no undoing. A test runs such a migration forwards
    and backwards with Django on a server: the schema is as before and the rows are not.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Place, Remedy, Severity
from migsafe.model.migration import ConcernKind
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule
from migsafe.rules.steps import by_hand

_REMEDY = Remedy(
    "Write the way back, or leave it out so that Django refuses.",
    (by_hand("A function that restores the rows as reverse_code, or no reverse_code at all."),),
)


@migration_rule(RuleInfo(code="MS644", name="reverse-restores-nothing", since="0.2.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    migration = situation.migration
    for concern in migration.concerns:
        if concern.kind is not ConcernKind.LOSSY_NO_RETURN or concern.relation is None:
            continue
        table = situation.schema.resolve(concern.relation)
        yield Hit(
            severity=Severity.INFO,
            message=_MESSAGES[concern.about].format(table),
            why="Its reverse_code is RunPython.noop: Django records it as undone and changes no row.",
            remedy=_REMEDY,
            relation=table,
            place=Place(migration.path, concern.span),
        )


_MESSAGES = {
    "delete": "Rows of {} that it deletes stay deleted when the migration is taken back.",
    "update": "Rows of {} that get another value keep it when the migration is taken back.",
}
