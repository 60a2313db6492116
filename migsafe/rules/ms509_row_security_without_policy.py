"""Row-level security is switched on for a table that has no policy: it looks empty.

What happens
    `ENABLE ROW LEVEL SECURITY` without a policy means that nothing is allowed: everybody but the owner and roles with
    BYPASSRLS reads no rows and can write none. There is no error on reading; the table just looks empty. With FORCE
    the owner is subject to it as well.

Why it hurts
    The running release goes on with empty results, and writes fail.

Safer form
    The policies first, in the same transaction:

        CREATE POLICY own_rows ON documents USING (owner_id = current_setting('app.user_id')::bigint);
        ALTER TABLE documents ENABLE ROW LEVEL SECURITY;

    Alembic and Django: the same in one `op.execute` or `RunSQL`.

When it is fine
    When only the table's owner or a role with BYPASSRLS uses it. A new table is not reported.

Versions
    All supported versions.

Evidence
    Manual, 5.9 "Row Security Policies": "a default-deny policy is used". Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity
from migsafe.model.operations import CreatePolicy, SetRowSecurity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.elsewhere import anywhere, is_unknown_to_release
from migsafe.rules.steps import by_hand


@statement_rule(RuleInfo(code="MS509", name="row-security-without-policy", since="0.1.0"), SetRowSecurity)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, switch in situation.clauses(SetRowSecurity):
        table = situation.schema.resolve(switch.table)
        relation = situation.schema.relation(table)
        if (
            switch.action != "enable"
            or is_unknown_to_release(situation, table)
            or relation.policies
            or relation.row_security
        ):
            continue
        resolve = situation.schema.resolve
        if any(resolve(policy.table) == table for policy in anywhere(situation, CreatePolicy)):
            continue
        policies = by_hand(f"Create the policies of {table} before, in the same transaction.")
        yield Hit(
            severity=Severity.WARNING,
            message=f"Everybody but the owner sees no rows in {table}: it has no policy.",
            why="Without a policy row-level security denies everything, without an error on reading.",
            remedy=Remedy("Create the policies first.", (policies,)),
            clause=number,
            relation=table,
        )
