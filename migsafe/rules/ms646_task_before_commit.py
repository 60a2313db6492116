"""A migration hands a task to a queue before its own transaction is committed.

What happens
    `task.delay()` in the function of a `RunPython` puts the task into the queue at once. The migration's transaction
    is still open: the worker sees neither the new columns nor the changed rows.

Why it hurts
    A quick worker fails with "column does not exist", or works on the old rows and is done before the new ones are
    there. A slow one is lucky: it is a race that the test system wins. If the migration fails and is rolled back, the
    task runs all the same. A lock on the table that the transaction still holds makes the worker wait for its end.

Safer form
    Hand it over when the transaction is committed, or when all migrations are done:

        transaction.on_commit(lambda: fill_totals.delay())

        def enqueue(sender, **kwargs):
            fill_totals.delay()
        post_migrate.connect(enqueue, sender=apps.get_app_config("shop"), weak=False)

When it is fine
    When the task needs nothing of what the migration does.

Versions
    All versions of Django.

Evidence
    Django's documentation, "Performing actions after commit". A test has a second session look while the migration's
    function runs, and after the commit.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Place, Remedy, Severity
from migsafe.model.migration import ConcernKind
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule
from migsafe.rules.steps import by_hand


@migration_rule(RuleInfo(code="MS646", name="task-before-commit", since="0.2.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    migration = situation.migration
    for concern in migration.concerns:
        if concern.kind is ConcernKind.TASK_BEFORE_COMMIT:
            yield Hit(
                severity=Severity.WARNING,
                message="The task can begin before this migration is committed.",
                why="A worker does not see what an open transaction has changed, and runs even if that is rolled back.",
                remedy=Remedy(
                    "Hand the task over after the commit.",
                    (by_hand("transaction.on_commit(lambda: task.delay()), or a receiver of post_migrate."),),
                ),
                place=Place(migration.path, concern.span),
            )
            return
