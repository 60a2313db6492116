"""A loop changes rows part by part, but all parts are one transaction.

What happens
    A `DO` block and a function run in one transaction, however many rounds their loops have. The rows of the first
    round stay locked until the last one is done, as if it had been one statement.

Why it hurts
    It looks like batches and has none of their merits: other writers wait for all of it, replicas get it all at
    once, VACUUM cannot clean up behind it, and a failure in the last round undoes everything.

Safer form
    Commit each round. A procedure and a DO block can do that when they are not called inside a transaction:

        DO $$ BEGIN
            LOOP
                UPDATE users SET state = 'new' WHERE id IN (SELECT id FROM users WHERE state IS NULL LIMIT 1000);
                EXIT WHEN NOT FOUND;
                COMMIT;
            END LOOP;
        END $$;

    Such a file must run without a transaction around it. Alembic: an `autocommit_block()`, or a script that commits.
    Django: `RunPython` in a migration with `atomic = False`.

When it is fine
    For few rows, or on a table that nobody writes to. Loops that change single rows by constants are not reported.

Versions
    All supported versions; COMMIT in a DO block and in a procedure from PostgreSQL 11.

Evidence
    Manual, 41.8 "Transaction Management"; 13.3.2 "Row-Level Locks". Shown on a server by a test of this rule.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.effects import Work, WorkKind
from migsafe.model.findings import Remedy, Severity, Slot
from migsafe.model.migration import Statement
from migsafe.model.names import Name
from migsafe.model.operations import Commit, Delete, Merge, Update
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.elsewhere import is_dropped_here
from migsafe.rules.steps import by_hand

_REMEDY = Remedy(
    "Commit after each round, in a file that runs without a transaction.",
    (
        by_hand(
            "COMMIT at the end of each round of the loop, and run the block outside of any transaction.",
            Slot.BACKGROUND,
        ),
    ),
)
_REMEDY_PROGRAM = Remedy(
    "Commit after each batch: a migration without a transaction around it, and a transaction for each batch.",
    (by_hand("Work in batches by the key, each committed before the next one.", Slot.BACKGROUND),),
)
_WHY_BODY = "A DO block or function cannot release what one round has locked before the next one, without COMMIT."
_WHY_PROGRAM = "The migration is one transaction, which releases nothing before it ends."


@statement_rule(RuleInfo(code="MS310", name="one-transaction-loop", since="0.2.0"), Update, Delete, Merge)
def check(situation: StatementSituation) -> Iterator[Hit]:
    """One finding for a body, at the first change of many rows in a loop of it."""
    statement = situation.statement
    of_program = _is_of_program(statement)
    if not statement.repeated or _is_second(statement, situation):
        return
    if not of_program and _commits(statement, situation):
        return
    if of_program and situation.transaction is None:  # each round commits by itself
        return
    work = tuple(w for w in situation.executed.heavy_work if _locks_rows(w))
    if not work or is_dropped_here(situation, work[0].table):
        return
    table = work[0].table
    yield Hit(
        severity=_severity(work, situation),
        message=f"The loop is one transaction: every row of {table} that it changes stays locked to its end.",
        why=_WHY_PROGRAM if of_program else _WHY_BODY,
        remedy=_REMEDY_PROGRAM if of_program else _REMEDY,
        clause=work[0].clause,
        relation=table,
    )


def _locks_rows(work: Work) -> bool:
    return work.kind is WorkKind.DATA and work.change in ("update", "delete")


def _severity(work: tuple[Work, ...], situation: StatementSituation) -> Severity:
    """How many rows the loop finds, nobody can tell, unless it goes over all of them."""
    found = severity.of_blocking_work(work, situation.statement, situation.target)
    if situation.statement.row_by_row:
        return found
    return Severity.WARNING if found is Severity.ERROR else found


def _siblings(statement: Statement, situation: StatementSituation) -> Iterator[Statement]:
    return (s for s in situation.migration.statements if s.parent == statement.parent)


def _commits(statement: Statement, situation: StatementSituation) -> bool:
    return any(isinstance(op, Commit) for sibling in _siblings(statement, situation) for op in sibling.operations)


def _is_second(statement: Statement, situation: StatementSituation) -> bool:
    """Whether an earlier statement of the same body is reported already; of a program, one about the same table."""
    earlier = (s for s in _siblings(statement, situation) if s.index < statement.index and s.repeated)
    tables = [_changed(sibling) for sibling in earlier]
    return any(_changed(statement) & other if _is_of_program(statement) else other for other in tables)


def _is_of_program(statement: Statement) -> bool:
    """Whether the loop is the migration's own code, and no body on the server."""
    return statement.rendered and statement.parent is None


def _changed(statement: Statement) -> frozenset[Name]:
    return frozenset(op.table for op in statement.operations if isinstance(op, (Update, Delete, Merge)))
