"""A statement that cannot run in a transaction block stands in one.

What happens
    `CREATE INDEX CONCURRENTLY`, `DROP INDEX CONCURRENTLY`, `REINDEX CONCURRENTLY`, `VACUUM`, `ALTER SYSTEM`,
    `CREATE DATABASE` and a few more commit on their own and are refused inside a transaction block. The block can be
    a BEGIN in the text, the migration tool's transaction around the file, or several statements sent as one string.

Why it hurts
    The migration fails, every time.

Safer form
    A migration of its own that the tool runs without a transaction:

        goose: -- +goose NO TRANSACTION      dbmate: -- migrate:up transaction:false
        sqlx: -- no-transaction              Diesel: run_in_transaction = false in metadata.toml
        Flyway: executeInTransaction=false   golang-migrate, Prisma: one statement in the file

    Alembic: `with op.get_context().autocommit_block():`. Django: `atomic = False`.

When it is fine
    When the file is not run by the tool that migsafe took it for: name the convention in the settings, or the
    transaction with `--transaction none`.

Versions
    All supported versions.

Evidence
    `PreventInTransactionBlock` in xact.c. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity
from migsafe.model.migration import Statement, TransactionKind
from migsafe.model.operations import Operation
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.steps import outside

_WHOSE = {
    TransactionKind.EXPLICIT: "the transaction that BEGIN opened",
    TransactionKind.RUNNER: "the transaction that the migration tool opens",
    TransactionKind.IMPLICIT: "the transaction that several statements in one query string form",
}


@statement_rule(RuleInfo(code="MS302", name="non-transactional-in-transaction", since="0.1.0"))
def check(situation: StatementSituation) -> Iterator[Hit]:
    transaction = situation.transaction
    if situation.effect.transactional or transaction is None or transaction.kind not in _WHOSE:
        return
    if situation.undoes is not None and _is_refused_on_the_way_up(situation):
        return
    words = _in_words(situation.statement.operations[0])
    refused = _refused_by_framework(situation)
    where = "an atomic migration" if refused else _WHOSE[transaction.kind]
    yield Hit(
        severity=Severity.ERROR,
        message=f"{refused or words} cannot run in {where}: the migration fails here.",
        why=f"{words} commits on its own, so the server refuses it in a transaction block.",
        remedy=Remedy(
            "Put it into a migration of its own that runs without a transaction.",
            (outside(*situation.statement.operations),),
        ),
    )


def _refused_by_framework(situation: StatementSituation) -> str:
    """An operation that its framework refuses in a transaction, before the server is asked."""
    written = situation.statement.written_as
    return written.operation if written is not None and written.operation.endswith("Concurrently") else ""


def _is_refused_on_the_way_up(situation: StatementSituation) -> bool:
    """Whether the same call is refused there: it is one mistake, and told once."""
    written, up = situation.statement.written_as, situation.undoes
    if written is None or up is None or up.scope is not situation.migration.scope:
        return False
    return any(s.span == situation.statement.span and _is_concurrent(s) for s in up.statements)


def _is_concurrent(statement: Statement) -> bool:
    return any(getattr(operation, "concurrently", False) for operation in statement.operations)


def _in_words(operation: Operation) -> str:
    """`CREATE INDEX CONCURRENTLY`, `VACUUM`."""
    form = " CONCURRENTLY" if getattr(operation, "concurrently", False) else ""
    return operation.label.replace("-", " ").upper() + form
