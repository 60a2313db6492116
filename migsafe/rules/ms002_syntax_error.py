"""The server's grammar refuses a statement.

What happens
    The statement cannot be parsed by PostgreSQL's own grammar. The migration fails there; what ran before it stays
    or is rolled back, depending on the transaction. The other statements of the file are analysed all the same.

Why it hurts
    A deploy stops half-way, and outside a transaction it leaves a schema that no migration describes.

Safer form
    Mend the statement. If it is meant for another database, keep it in a folder or file named after that database.

When it is fine
    Never for this database. In a template with conditions (`{{ if .mysql }}`) the statement may be one for another
    database: then it is a warning.

Versions
    The grammar of the newest known PostgreSQL is used: an error here is an error in every older version.

Evidence
    libpg_query, which is the server's own parser.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Place, Severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.text.patterns import late
from migsafe.text.templates import is_block_action

_PLACEHOLDER = late(r"\{\{-?\s*[.$A-Za-z]")


@statement_rule(RuleInfo(code="MS002", name="syntax-error", since="0.1.0"))
def check(situation: StatementSituation) -> Iterator[Hit]:
    problem = situation.statement.syntax_error
    if problem is None:
        return
    doubt = _doubt(situation)
    yield Hit(
        severity=Severity.WARNING if doubt else Severity.ERROR,
        message=f"The server cannot parse this statement: {problem.message}.",
        why=doubt or "The migration fails here.",
        place=Place(situation.place().path, problem.span),
    )


def _doubt(situation: StatementSituation) -> str:
    """Why the server may get another text than the one that is there; empty when it gets this one."""
    steering = (problem.message for problem in situation.migration.problems)
    if any(map(is_block_action, (*situation.statement.guards, *steering))):
        return "The template has conditions, and nothing here says which parts it leaves out."
    if _PLACEHOLDER.search(situation.statement.sql):
        return "It seems to hold a placeholder of a template, in a place where none was expected."
    return ""
