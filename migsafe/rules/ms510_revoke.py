"""Rights on a table in use are revoked.

What happens
    `REVOKE` is instant. From its commit on queries of the roles that lose the right end in "permission denied".

Why it hurts
    If the running release connects as one of these roles it fails at once, in all processes together.

Safer form
    Move the application to the role with the right privileges first, look in the logs that nobody uses the old one,
    then revoke:

        REVOKE INSERT, UPDATE ON orders FROM reporting;

    Alembic and Django: the same in `op.execute` and `RunSQL`.

When it is fine
    When the application does not use the roles that lose the right, which no migration tells. New tables are not
    reported.

Versions
    All supported versions.

Evidence
    Manual, REVOKE; SQLSTATE 42501. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity, Slot
from migsafe.model.operations import Grant
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.steps import by_hand
from migsafe.rules.wording import listed


@statement_rule(RuleInfo(code="MS510", name="revoke", since="0.1.0"), Grant)
def check(situation: StatementSituation) -> Iterator[Hit]:
    if situation.undoes is not None:
        return
    for number, grant in situation.clauses(Grant):
        named = [situation.schema.resolve(name) for name in grant.tables]
        old = [name for name in named if not situation.schema.relation(name).new]
        if not grant.revokes or not old:
            continue
        look = by_hand("Make sure that no running release connects as a role that loses the right.", Slot.PRE_DEPLOY)
        yield Hit(
            severity=Severity.WARNING,
            message=f"Queries on {listed(old)} end in 'permission denied' for the roles that lose the right.",
            why="The change is instant and concerns all processes together.",
            remedy=Remedy("Move the application to another role first.", (look,)),
            clause=number,
            relation=old[0],
        )
