"""What the writer prints for Alembic is what was meant: run by a real Alembic, it sends the same statements."""

from __future__ import annotations

import ast
import io
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from hypothesis import given
from hypothesis import strategies as st

from migsafe.model.definitions import Check, ColumnDef, IndexElement
from migsafe.model.expressions import Expression, TypeName
from migsafe.model.findings import Batch, Remedy, Slot, Step, StepTransaction
from migsafe.model.names import Name
from migsafe.model.operations import (
    AddCheck,
    AddColumn,
    CreateIndex,
    DropColumn,
    Operation,
    RenameColumn,
    SetNotNull,
    SetParameter,
    Vacuum,
    ValidateConstraint,
)
from migsafe.parsers.postgresql import parse_statement
from migsafe.plans.writers.alembic import write
from migsafe.plans.writers.alembic_calls import operation_call
from migsafe.plans.writers.sql_statements import Unwritable, statement
from tests.plans.test_sql_writer import STATEMENTS
from tests.rules.fixture_files import Case, read_folder
from tests.rules.judging import report_on

IMPORTS = "import sqlalchemy as sa\nfrom alembic import op\nfrom sqlalchemy.dialects import postgresql\n"
BACKFILL = Batch(
    table=Name(None, "users"), key=("id",), column="phone", value=Expression("''"), where=Expression("phone IS NULL")
)
CHECK = AddCheck(
    table=Name(None, "users"), constraint=Check(name="positive", expression=Expression("total > 0"), not_valid=True)
)
VALIDATE = ValidateConstraint(table=Name(None, "users"), name="positive")


def sent_by_alembic(code: str) -> list[str]:
    """The statements that Alembic writes for the body of an `upgrade()`, those about transactions among them."""
    buffer = io.StringIO()
    options = {"as_sql": True, "output_buffer": buffer, "transactional_ddl": True}
    context = MigrationContext.configure(dialect_name="postgresql", opts=options)
    with Operations.context(context), context.begin_transaction():
        exec(IMPORTS + code, {})
    parts = [part.strip().removesuffix(";") for part in buffer.getvalue().split(";\n")]
    return [part.replace("%%", "%") for part in parts if part]


def between_begin_and_commit(code: str) -> list[str]:
    sent = sent_by_alembic(code)
    assert sent[0] == "BEGIN"
    assert sent[-1] == "COMMIT"
    return sent[1:-1]


def parsed(sql: str) -> Operation:
    (clause,) = parse_statement(sql).clauses
    return clause.operation


@pytest.mark.parametrize("sql", STATEMENTS)
def test_alembic_sends_the_same_operation(sql: str) -> None:
    operation = parsed(sql)

    (sent,) = between_begin_and_commit(operation_call(operation))

    assert parsed(sent) == operation


FORMS = {
    "ALTER TABLE app.users ADD COLUMN total numeric(10, 2) DEFAULT 0 NOT NULL": (
        "op.add_column(\n"
        '    "users",\n'
        '    sa.Column("total", sa.Numeric(10, 2), server_default=sa.text("0"), nullable=False),\n'
        '    schema="app",\n'
        ")"
    ),
    "ALTER TABLE users ALTER COLUMN phone SET NOT NULL": 'op.alter_column("users", "phone", nullable=False)',
    "ALTER TABLE users ALTER COLUMN phone TYPE bigint USING phone::bigint": (
        "op.alter_column(\n"
        '    "users",\n'
        '    "phone",\n'
        "    type_=sa.BigInteger(),\n"
        '    postgresql_using="phone::bigint",\n'
        ")"
    ),
    "CREATE UNIQUE INDEX CONCURRENTLY key ON users (a, lower(b)) WHERE a > 0": (
        "op.create_index(\n"
        '    "key",\n'
        '    "users",\n'
        '    ["a", sa.text("(lower(b))")],\n'
        "    unique=True,\n"
        '    postgresql_where=sa.text("a > 0"),\n'
        "    postgresql_concurrently=True,\n"
        ")"
    ),
    "ALTER TABLE users ADD CONSTRAINT c CHECK (a > 0) NOT VALID": (
        'op.create_check_constraint("c", "users", "a > 0", postgresql_not_valid=True)'
    ),
    "ALTER TABLE users VALIDATE CONSTRAINT c": 'op.execute("ALTER TABLE users VALIDATE CONSTRAINT c")',
    "ALTER TABLE users ADD CHECK (note <> ' :word ::text %s')": (
        'op.create_check_constraint(None, "users", "note <> \' \\\\:word ::text %s\'")'
    ),
}


@pytest.mark.parametrize(("sql", "code"), FORMS.items())
def test_the_form_is_the_one_that_people_write(sql: str, code: str) -> None:
    assert operation_call(parsed(sql)) == code


def test_each_committed_step_is_in_an_autocommit_block() -> None:
    remedy = Remedy("Validate later.", (Step(operations=(CHECK,)), Step(operations=(VALIDATE,))))

    assert sent_by_alembic(write(remedy)) == [
        "BEGIN",
        "COMMIT",
        "ALTER TABLE users ADD CONSTRAINT positive CHECK (total > 0) NOT VALID",
        "ALTER TABLE users VALIDATE CONSTRAINT positive",
        "BEGIN",
        "COMMIT",
    ]


def test_a_step_of_several_operations_is_one_transaction() -> None:
    together = Step(operations=(SetNotNull(table=Name(None, "users"), column="phone"), VALIDATE))
    alone = Step(operations=(CHECK,), transaction=StepTransaction.NONE)

    assert sent_by_alembic(write(Remedy("Both.", (together, alone)))) == [
        "BEGIN",
        "ALTER TABLE users ALTER COLUMN phone SET NOT NULL",
        "ALTER TABLE users VALIDATE CONSTRAINT positive",
        "COMMIT",
        "ALTER TABLE users ADD CONSTRAINT positive CHECK (total > 0) NOT VALID",
        "BEGIN",
        "COMMIT",
    ]


def test_a_backfill_is_repeated_in_small_transactions() -> None:
    assert write(Remedy("Fill it.", (Step(batch=BACKFILL, note="where it is missing"),))) == (
        "with op.get_context().autocommit_block():\n"
        "    # where it is missing\n"
        "    # again and again until no row is found, each committed:\n"
        "    while op.get_bind().execute(sa.text(\"UPDATE users SET phone = '' WHERE id IN "
        '(SELECT id FROM users WHERE phone IS NULL LIMIT 1000)")).rowcount:\n'
        "        pass"
    )


def test_slots_become_revisions() -> None:
    before = Step(operations=(CHECK,))
    after = Step(operations=(VALIDATE,), slot=Slot.POST_DEPLOY)

    assert write(Remedy("Two.", (before, after))).splitlines() == [
        "# before the release, in a revision of its own:",
        'op.create_check_constraint("positive", "users", "total > 0", postgresql_not_valid=True)',
        "# after the release, in a revision of its own:",
        'op.execute("ALTER TABLE users VALIDATE CONSTRAINT positive")',
    ]


def test_what_cannot_be_written_is_named() -> None:
    assert write(Remedy("Alone.", (Step(operations=(Vacuum(table=None),)),))) == "...  # this statement, as it is"


names = st.text(st.characters(codec="utf-8", exclude_characters="\0%;\t"), min_size=1, max_size=15)


@given(names, names, names)
def test_names_and_literals_survive_whatever_they_are(table: str, column: str, value: str) -> None:
    default = Expression("'" + value.replace("'", "''") + "'", constant=True)
    users = Name(None, table)
    for operation in (
        DropColumn(table=users, column=column),
        RenameColumn(table=users, column=column, new_name=table),
        AddColumn(table=users, column=ColumnDef(name=column, type=TypeName("text"), default=default)),
        CreateIndex(table=users, name=column, elements=(IndexElement(column=column),)),
        SetParameter(name="application_name", value=value),
    ):
        (sent,) = between_begin_and_commit(operation_call(operation))
        assert parsed(sent) == operation


CASES = [case for file in read_folder() for case in file.cases if case.remedies]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_remedies_of_all_rules_are_the_same_in_alembic(case: Case, tmp_path: Path) -> None:
    report = report_on(case, tmp_path)
    remedies = [f.finding.remedy for f in report.findings if f.finding.remedy and f.finding.code == case.rule]
    assert remedies
    for remedy in remedies:
        ast.parse(write(remedy))
        for operation in (operation for step in remedy.steps for operation in step.operations):
            assert alembic_or_nothing(operation) == sql_or_nothing(operation)


def alembic_or_nothing(operation: Operation) -> Operation | None:
    try:
        (sent,) = between_begin_and_commit(operation_call(operation))
    except Unwritable:
        return None
    return parsed(sent)


def sql_or_nothing(operation: Operation) -> Operation | None:
    try:
        return parsed(statement(operation))
    except Unwritable:
        return None
