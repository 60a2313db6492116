"""A database is dropped.

What happens
    `DROP DATABASE` removes every schema, table and row of a database. It cannot run inside a transaction, it cannot be
    undone, and nobody may be connected; with `FORCE` everybody is thrown out.

Why it hurts
    There is no way back but a restore of the whole database.

Safer form
    Do it by hand, outside of migrations, after a backup that was restored once as a test. A database that is only out
    of use can be closed instead:

        ALTER DATABASE archive WITH ALLOW_CONNECTIONS false;

When it is fine
    In scripts that build and drop test databases: suppress the finding with that reason.

Versions
    All supported versions. `FORCE` exists since PostgreSQL 13.

Evidence
    Manual, DROP DATABASE; `dropdb` in dbcommands.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy
from migsafe.model.operations import ServerCommand
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.steps import by_hand


@statement_rule(RuleInfo(code="MS406", name="drop-database", since="0.1.0"), ServerCommand)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, command in situation.clauses(ServerCommand):
        if command.command != "drop database":
            continue
        yield Hit(
            severity=severity.of_loss(situation.statement),
            message="A whole database is lost, with every table and row in it.",
            why="DROP DATABASE commits at once and cannot be undone.",
            remedy=Remedy("Drop databases by hand, after a tested backup.", (by_hand("Leave it out of migrations."),)),
            clause=number,
        )
