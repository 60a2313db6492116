"""A constraint of a domain is checked against every table that uses it, while nobody can write to them.

What happens
    `ALTER DOMAIN … ADD CONSTRAINT`, `VALIDATE CONSTRAINT` and `SET NOT NULL` take a SHARE lock on every table with a
    column of the domain, one after the other, and read all of them in one transaction.

Why it hurts
    Writes to all of these tables wait for the sum of all reads. Unlike with a table's constraint, the later VALIDATE
    is no better than the ADD: it takes the same locks.

Safer form
    Check new values only, which is instant, and leave it at that:

        ALTER DOMAIN email ADD CONSTRAINT email_check CHECK (VALUE LIKE '%@%') NOT VALID;

    What exists is proved table by table, with a CHECK on each column that is added NOT VALID and then validated.
    Alembic: `op.execute`. Django: `RunSQL`.

When it is fine
    When all the tables are small. A domain that no table uses yet is read from nowhere.

Versions
    All supported versions. NOT VALID is for CHECK only; NOT NULL has no such form for domains.

Evidence
    Manual, ALTER DOMAIN, Notes; `validateDomainCheckConstraint` in typecmds.c. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import Check
from migsafe.model.findings import Remedy, Severity, Slot
from migsafe.model.operations import AlterDomain
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.steps import by_hand
from migsafe.rules.wording import listed


@statement_rule(RuleInfo(code="MS110", name="domain-constraint-scan", since="0.2.0"), AlterDomain)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation, work in situation.working(AlterDomain):
        tables = listed(w.table for w in work)
        yield Hit(
            severity=severity.of_blocking_work(work, situation.statement, situation.target),
            message=f"Writes to {tables} wait while every value of the domain {operation.domain} is checked.",
            why="ALTER DOMAIN holds SHARE on every table that uses the domain while it reads all of them.",
            remedy=_remedy(operation, tables),
            clause=number,
            relation=work[0].table,
            explains=work,
        )
    for number, operation in situation.clauses(AlterDomain):
        if not situation.work_of(number) and _may_be_used(operation, situation) and _checks_values(operation):
            domain = operation.domain
            yield Hit(
                severity=Severity.WARNING,
                message=f"Writes to every table that uses the domain {domain} wait while its values are checked.",
                why="Nothing shows which tables use it: the domain comes from before this history.",
                remedy=_remedy(operation, f"each table that uses {operation.domain}"),
                clause=number,
            )


def _may_be_used(operation: AlterDomain, situation: StatementSituation) -> bool:
    """Whether the domain is older than all that is known, and so may be its users."""
    known = situation.schema.type_of(operation.domain)
    return (known is None or not known.known) and not situation.schema.closed


def _checks_values(operation: AlterDomain) -> bool:
    if operation.action == "add-constraint":
        return operation.constraint is None or not operation.constraint.not_valid
    return operation.action in ("set-not-null", "validate-constraint")


def _remedy(operation: AlterDomain, tables: str) -> Remedy:
    each = by_hand(
        f"On {tables}: a CHECK on the column NOT VALID, then VALIDATE, which lets writes go on.", Slot.BACKGROUND
    )
    if isinstance(operation.constraint, Check):
        new = by_hand(f"Add the constraint to {operation.domain} with NOT VALID: new values are checked from then on.")
        return Remedy("Add the constraint NOT VALID, and prove the existing rows table by table.", (new, each))
    return Remedy("Prove the existing rows table by table, and leave the domain as it is.", (each,))
