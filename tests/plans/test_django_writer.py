"""What the writer prints for Django is what was meant: rendered by a real Django, it sends the same statements."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from migsafe.model.definitions import Check
from migsafe.model.expressions import Expression
from migsafe.model.findings import Batch, Remedy, Slot, Step, StepTransaction
from migsafe.model.migration import Migration
from migsafe.model.names import Name
from migsafe.model.operations import AddCheck, Operation, SetNotNull, Vacuum, ValidateConstraint
from migsafe.parsers.postgresql import parse_statement
from migsafe.plans.writers.django import write
from migsafe.plans.writers.django_entries import run_sql
from migsafe.plans.writers.django_sql import sql_of
from migsafe.plans.writers.sql_statements import Unwritable, statement
from migsafe.schema.schema import Schema
from migsafe.sources.django.editor.setup import connection
from tests.plans.test_sql_writer import STATEMENTS
from tests.rules.fixture_files import Case, read_folder
from tests.rules.judging import report_on

connection()

from django.db import migrations, models  # noqa: E402  # Django is configured first
from django.db.migrations.operations.base import Operation as DjangoOperation  # noqa: E402  # Django is set up first
from django.db.migrations.state import ModelState, ProjectState  # noqa: E402  # Django is set up first

from migsafe.sources.django.editor.catalog import Catalog  # noqa: E402  # Django is set up first
from migsafe.sources.django.editor.rendering import Renderer  # noqa: E402  # Django is set up first

NAMES = {"migrations": migrations, "models": models}
IN_SHOP = Migration(id="shop.0002_more", path="shop/migrations/0002_more.py", source="django")
CHECK = AddCheck(
    table=Name(None, "shop_order"),
    constraint=Check(name="positive", expression=Expression("total > 0"), not_valid=True),
)
VALIDATE = ValidateConstraint(table=Name(None, "shop_order"), name="positive")


def shop() -> ProjectState:
    fields = [("id", models.BigAutoField(primary_key=True)), ("total", models.IntegerField())]
    return ProjectState({("shop", "order"): ModelState("shop", "Order", fields)})


def sent_by_django(*operations: DjangoOperation) -> list[str]:
    renderer, state = Renderer("shop", Catalog(Schema()), 15, lambda _: None), shop()
    for number, operation in enumerate(operations):
        before = state.clone()
        operation.state_forwards("shop", state)
        renderer.forward(number, operation, before, state)
    rendering = renderer.result()
    assert not rendering.failures
    return [one.sql.removesuffix(";") for one in rendering.statements]


def parsed(sql: str) -> Operation:
    (clause,) = parse_statement(sql).clauses
    return clause.operation


@pytest.mark.parametrize("sql", STATEMENTS)
def test_django_sends_the_same_operation(sql: str) -> None:
    operation = parsed(sql)

    (sent,) = sent_by_django(eval(run_sql(sql_of(operation)), dict(NAMES)))

    assert parsed(sent) == operation


def test_steps_that_commit_one_by_one_share_a_migration_that_is_not_atomic() -> None:
    remedy = Remedy("Validate later.", (Step(operations=(CHECK,)), Step(operations=(VALIDATE,))))

    assert write(remedy, IN_SHOP) == (
        "# shop/migrations/0002_more.py\n"
        "from django.db import migrations\n"
        "\n"
        "\n"
        "class Migration(migrations.Migration):\n"
        "    atomic = False  # each operation commits by itself\n"
        "\n"
        "    dependencies = []\n"
        "\n"
        "    operations = [\n"
        "        migrations.RunSQL(\n"
        '            "ALTER TABLE shop_order ADD CONSTRAINT positive CHECK (total > 0) NOT VALID",\n'
        '            reverse_sql="ALTER TABLE shop_order DROP CONSTRAINT IF EXISTS positive",\n'
        "        ),\n"
        "        migrations.RunSQL(\n"
        '            "ALTER TABLE shop_order VALIDATE CONSTRAINT positive",\n'
        "            reverse_sql=migrations.RunSQL.noop,\n"
        "        ),\n"
        "    ]\n"
    )


def test_a_step_of_several_operations_is_a_migration_of_its_own() -> None:
    together = Step(operations=(SetNotNull(table=Name(None, "shop_order"), column="total"), VALIDATE))
    alone = Step(operations=(CHECK,), transaction=StepTransaction.NONE)

    assert [
        line.strip()
        for line in write(Remedy("Both.", (together, alone)), IN_SHOP).splitlines()
        if "atomic" in line or "dependencies" in line or "# shop" in line
    ] == [
        "# shop/migrations/0002_more.py",
        "dependencies = []",
        "# shop/migrations/0003_more_2.py",
        "atomic = False  # each operation commits by itself",
        'dependencies = [("shop", "0002_more")]',
    ]


def test_a_backfill_is_a_function_that_commits_each_batch() -> None:
    fill = Batch(table=Name(None, "shop_order"), key=("id",), column="total", value=Expression("0"))

    code = write(Remedy("Fill it.", (Step(batch=fill, slot=Slot.BACKGROUND),)), IN_SHOP)
    scope: dict[str, object] = dict(NAMES)
    exec(code, scope)

    migration: Any = scope["Migration"]
    assert issubclass(migration, migrations.Migration)
    assert migration.atomic is False
    assert [type(one).__name__ for one in migration.operations] == ["RunPython"]


def test_what_cannot_be_written_is_named() -> None:
    assert "# the operation of this migration, as it is" in write(
        Remedy("Alone.", (Step(operations=(Vacuum(table=None),)),)), IN_SHOP
    )


CASES = [case for file in read_folder() for case in file.cases if case.remedies]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_remedies_of_all_rules_are_the_same_in_django(case: Case, tmp_path: Path) -> None:
    report = report_on(case, tmp_path)
    remedies = [f.finding.remedy for f in report.findings if f.finding.remedy and f.finding.code == case.rule]
    assert remedies
    for remedy in remedies:
        exec(write(remedy, IN_SHOP), dict(NAMES))
        for operation in (operation for step in remedy.steps for operation in step.operations):
            assert django_or_nothing(operation) == sql_or_nothing(operation)


def django_or_nothing(operation: Operation) -> Operation | None:
    try:
        (sent,) = sent_by_django(eval(run_sql(sql_of(operation)), dict(NAMES)))
    except Unwritable:
        return None
    return parsed(sent)


def sql_or_nothing(operation: Operation) -> Operation | None:
    try:
        return parsed(statement(operation))
    except Unwritable:
        return None
