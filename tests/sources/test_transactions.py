"""Where transactions begin and end: the runner's rule against BEGIN and COMMIT in the text."""

from __future__ import annotations

import pytest

from migsafe.model.migration import Clause, Migration, Statement, TransactionKind, TransactionScope
from migsafe.model.operations import (
    Begin,
    Commit,
    DoBlock,
    Operation,
    PrepareTransaction,
    Rollback,
    RollbackToSavepoint,
    Savepoint,
    ServerCommand,
)
from migsafe.model.text import Span
from migsafe.sources.transactions import Assigned, Irregularity, assign

DDL = ServerCommand(command="ddl")
DO = DoBlock(body="")
BEGIN, COMMIT, ROLLBACK = Begin(), Commit(), Rollback()


def migration(
    scope: TransactionScope,
    *operations: Operation | tuple[int, Operation],
    name: str = "1",
    one_query: bool = False,
) -> Migration:
    """A migration whose statements stand ten characters apart; a pair is (parent, operation)."""
    statements = []
    for index, entry in enumerate(operations):
        parent, operation = entry if isinstance(entry, tuple) else (None, entry)
        span = Span(index * 10, index * 10 + 9)
        statements.append(Statement(index=index, sql="", span=span, clauses=(Clause(operation, span),), parent=parent))
    batches = (Span(0, 10 * len(operations)),) if one_query else ()
    return Migration(
        id=name, path=f"{name}.sql", source="sql", scope=scope, statements=tuple(statements), batches=batches
    )


def ids(assigned: Assigned, number: int = 0) -> list[int | None]:
    return [transaction for (which, _), transaction in assigned.of.items() if which == number]


def kinds(assigned: Assigned) -> list[TransactionKind]:
    return [transaction.kind for transaction in assigned.transactions]


FILE, NONE = TransactionScope.FILE, TransactionScope.NONE
IMPLICIT, GROUP = TransactionScope.IMPLICIT, TransactionScope.GROUP


@pytest.mark.parametrize(
    ("scope", "operations", "expected", "expected_kinds"),
    [
        (FILE, (DDL, DDL), [0, 0], ["runner"]),
        (NONE, (DDL, DDL), [None, None], []),
        (IMPLICIT, (DDL, DDL), [0, 0], ["implicit"]),
        (IMPLICIT, (DDL,), [None], []),
        (NONE, (DDL, BEGIN, DDL, COMMIT, DDL), [None, 0, 0, 0, None], ["explicit"]),
        (FILE, (BEGIN, DDL, COMMIT), [0, 0, 0], ["runner"]),
        (FILE, (DDL, COMMIT, DDL, DDL), [0, 0, None, None], ["runner"]),
        (FILE, (DDL, COMMIT, BEGIN, DDL, COMMIT), [0, 0, 1, 1, 1], ["runner", "explicit"]),
        (IMPLICIT, (DDL, COMMIT, DDL, DDL), [0, 0, 1, 1], ["implicit", "implicit"]),
        (IMPLICIT, (BEGIN, DDL, COMMIT), [0, 0, 0], ["explicit"]),
        (IMPLICIT, (DDL, BEGIN, DDL, COMMIT, DDL), [0, 0, 0, 0, 1], ["explicit", "implicit"]),
        (NONE, (BEGIN, DDL, Commit(chain=True), DDL, COMMIT), [0, 0, 0, 1, 1], ["explicit", "explicit"]),
        (NONE, (BEGIN, DDL, ROLLBACK, DDL), [0, 0, 0, None], ["explicit"]),
        (NONE, (BEGIN, Savepoint(name="s"), DDL, RollbackToSavepoint(name="s"), COMMIT), [0] * 5, ["explicit"]),
        (NONE, (BEGIN, DDL, PrepareTransaction(action="prepare"), DDL), [0, 0, 0, None], ["explicit"]),
        (NONE, (PrepareTransaction(action="commit"), DDL), [None, None], []),
        (NONE, (COMMIT, DDL), [None, None], []),
    ],
)
def test_transactions_follow_the_scope_and_the_text(
    scope: TransactionScope,
    operations: tuple[Operation, ...],
    expected: list[int | None],
    expected_kinds: list[str],
) -> None:
    assigned = assign([migration(scope, *operations)])

    assert ids(assigned) == expected
    assert kinds(assigned) == expected_kinds


def test_after_commit_the_rest_of_a_file_sent_as_one_query_is_an_implicit_transaction() -> None:
    assigned = assign([migration(FILE, DDL, COMMIT, DDL, DDL, one_query=True)])

    assert ids(assigned) == [0, 0, 1, 1]
    assert kinds(assigned) == ["runner", "implicit"]


def test_a_batch_is_implicit_where_the_other_statements_are_sent_one_by_one() -> None:
    written = migration(NONE, DDL, DDL, DDL, DDL).replace(batches=(Span(10, 30),))

    assert ids(assign([written])) == [None, 0, 0, None]


def test_one_transaction_spans_the_files_of_a_group() -> None:
    assigned = assign([migration(GROUP, DDL, name="1"), migration(GROUP, DDL, DDL, name="2")])

    assert (ids(assigned, 0), ids(assigned, 1)) == ([0], [0, 0])
    assert assigned.transactions[0].migrations == ("1", "2")


def test_a_commit_in_a_group_leaves_the_later_files_without_a_transaction() -> None:
    assigned = assign([migration(GROUP, DDL, COMMIT, name="1"), migration(GROUP, DDL, name="2")])

    assert (ids(assigned, 0), ids(assigned, 1)) == ([0, 0], [None])
    assert assigned.notes[0].what is Irregularity.ENDS_RUNNERS


def test_each_file_has_a_transaction_of_its_own() -> None:
    assigned = assign([migration(FILE, DDL, name="1"), migration(FILE, DDL, name="2")])

    assert (ids(assigned, 0), ids(assigned, 1)) == ([0], [1])


def test_statements_in_a_body_share_the_transaction_of_the_statement_that_runs_it() -> None:
    assigned = assign([migration(FILE, DDL, DO, (1, DDL), (1, DDL))])

    assert ids(assigned) == [0, 0, 0, 0]


def test_a_block_that_runs_by_itself_keeps_its_locks_to_its_end() -> None:
    assigned = assign([migration(NONE, DO, (0, DDL), (0, DDL), DDL)])

    assert ids(assigned) == [0, 0, 0, None]
    assert kinds(assigned) == ["none"]


def test_a_block_that_runs_by_itself_may_commit_inside() -> None:
    assigned = assign([migration(NONE, DO, (0, DDL), (0, COMMIT), (0, DDL), DDL)])

    assert ids(assigned) == [0, 0, 0, 1, None]


def test_a_block_inside_a_transaction_may_not_commit() -> None:
    assigned = assign([migration(FILE, DO, (0, DDL), (0, COMMIT), (0, DDL))])

    assert ids(assigned) == [0, 0, 0, 0]
    assert [note.what for note in assigned.notes] == [Irregularity.REFUSED_IN_BLOCK]


def test_an_unclosed_transaction_is_noted_and_ends_with_its_file() -> None:
    assigned = assign([migration(NONE, BEGIN, DDL, name="1"), migration(NONE, DDL, name="2")])

    assert (ids(assigned, 0), ids(assigned, 1)) == ([0, 0], [None])
    assert [(n.migration, n.statement, n.what) for n in assigned.notes] == [(0, 0, Irregularity.NEVER_ENDED)]


def test_rolled_back_transactions_are_known() -> None:
    assigned = assign([migration(NONE, BEGIN, DDL, ROLLBACK, BEGIN, DDL, COMMIT)])

    assert assigned.rolled_back == {0}


def test_what_has_no_effect_is_noted() -> None:
    assigned = assign([migration(FILE, BEGIN, DDL), migration(NONE, COMMIT, name="2")])

    assert [note.what for note in assigned.notes] == [Irregularity.NESTED_BEGIN, Irregularity.NOTHING_TO_END]


def test_a_block_in_which_the_runner_commits_is_outside_of_its_transaction() -> None:
    found = migration(TransactionScope.FILE, DDL, DDL, DDL, DDL).replace(autocommit=((1, 3),))

    assigned = assign([found])

    assert ids(assigned) == [0, None, None, 1]


def test_an_empty_block_commits_as_well() -> None:
    found = migration(TransactionScope.FILE, DDL, DDL).replace(autocommit=((1, 1),))

    assigned = assign([found])

    assert ids(assigned) == [0, 1]
