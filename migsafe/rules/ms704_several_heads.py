"""Several revisions are the last one.

What happens
    Two branches of work each added a revision after the same one. `alembic upgrade head` then refuses to run, because
    it does not know which is meant; `heads` runs both, in an order that nobody chose.

Why it hurts
    The deployment stops, or the migrations run in an order that no test has seen.

Safer form
    Let the newer revision come after the other one (`down_revision`), or join them with `alembic merge`.

When it is fine
    When the heads are branches that are kept apart on purpose: give them `branch_labels`.

Versions
    All versions of Alembic.

Evidence
    `MultipleHeads` in alembic/script/revision.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Severity
from migsafe.model.migration import GraphFlaw
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule
from migsafe.rules.graph_flaws import hits


@migration_rule(RuleInfo(code="MS704", name="several-heads", since="0.2.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    for hit in hits(situation.migration, GraphFlaw.SEVERAL_HEADS):
        yield hit.replace(severity=Severity.WARNING, why="Which command the deployment uses is not known here.")
