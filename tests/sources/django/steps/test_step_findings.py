"""Findings about what the Python of Django's migrations does to rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.model.findings import Severity
from migsafe.model.report import Report
from tests.sources.django.projects import migration, project, report, second

CUSTOMER = """
migrations.CreateModel("Customer", [("id", models.BigAutoField(primary_key=True)), ("name", models.TextField())]),
migrations.CreateModel("Order", [
    ("id", models.BigAutoField(primary_key=True)),
    ("note", models.CharField(max_length=50)),
    ("done", models.BooleanField(null=True)),
    ("customer", models.ForeignKey("shop.Customer", models.CASCADE, null=True)),
]),
"""
ADD = 'migrations.AddField("order", "state", models.TextField(null=True)),'
STEP = "def step(apps, schema_editor):\n    Order = apps.get_model('shop', 'Order')\n"
NOOP = "migrations.RunPython.noop"


def judged(tmp_path: Path, *lines: str, back: str = NOOP, after: str = "", more: str = "", top: str = "") -> Report:
    """The report about a RunPython that consists of these lines, before the operation `after`."""
    models = "".join(f"    {name} = apps.get_model('shop', '{name}')\n" for name in ("Order", "Customer"))
    step = f"def step(apps, schema_editor):\n{models}" + "".join(f"    {line}\n" for line in lines)
    run = f"migrations.RunPython(step, {back})," if back else "migrations.RunPython(step),"
    text = second(run, *([after] if after else []), more=more, top=top + step)
    return report(project(tmp_path, {"0001_initial": migration(CUSTOMER), "0002_next": text}), "shop.0002")


def found(judgement: Report, code: str) -> list[tuple[Severity, str]]:
    findings = (entry.finding for entry in judgement.findings)
    return [(finding.severity, finding.message) for finding in findings if finding.code == code]


class TestRowsThatNoWayBackRestores:
    """MS644."""

    def test_deleted_rows(self, tmp_path: Path) -> None:
        told = found(judged(tmp_path, "Order.objects.filter(done=True).delete()"), "MS644")

        assert told == [
            (
                Severity.INFO,
                "Rows of public.shop_order that it deletes stay deleted when the migration is taken back.",
            )
        ]

    def test_a_value_that_replaces_another(self, tmp_path: Path) -> None:
        told = found(judged(tmp_path, "Order.objects.filter(note='a').update(note='b')"), "MS644")

        assert [message for _, message in told] == [
            "Rows of public.shop_order that get another value keep it when the migration is taken back."
        ]

    @pytest.mark.parametrize(
        "line",
        [
            "Order.objects.filter(note=None).update(note='b')",
            "Order.objects.update(done=False)",
            "Order.objects.create(note='b')",
        ],
    )
    def test_a_column_that_is_filled_is_silent(self, line: str, tmp_path: Path) -> None:
        assert found(judged(tmp_path, line), "MS644") == []

    def test_a_way_back_of_its_own_is_silent(self, tmp_path: Path) -> None:
        assert found(judged(tmp_path, "Order.objects.filter(note='a').update(note='b')", back="step"), "MS644") == []

    def test_no_way_back_at_all_is_silent(self, tmp_path: Path) -> None:
        assert found(judged(tmp_path, "Order.objects.all().delete()", back=""), "MS644") == []


class TestTablesInMemory:
    """MS645."""

    def test_a_loop_over_all_rows(self, tmp_path: Path) -> None:
        told = found(judged(tmp_path, "for order in Order.objects.all():", "    print(order.note)"), "MS645")

        assert told == [(Severity.INFO, "Every row of public.shop_order is loaded into memory at once.")]

    @pytest.mark.parametrize(
        "query", ["Order.objects.iterator()", "Order.objects.filter(done=True)", "Order.objects.all()[:100]"]
    )
    def test_portions_and_parts_are_silent(self, query: str, tmp_path: Path) -> None:
        assert found(judged(tmp_path, f"for order in {query}:", "    print(order.note)"), "MS645") == []


class TestTasksBeforeTheCommit:
    """MS646."""

    TASK = "from elsewhere.tasks import fill\n"
    ON_COMMIT = "from django.db import transaction\n"
    SIGNALS = "from django.db.models.signals import post_migrate\n"

    def test_delay_inside_of_the_transaction(self, tmp_path: Path) -> None:
        told = found(judged(tmp_path, "fill.delay()", top=self.TASK), "MS646")

        assert told == [(Severity.WARNING, "The task can begin before this migration is committed.")]

    def test_delay_after_the_commit_is_silent(self, tmp_path: Path) -> None:
        line = "transaction.on_commit(lambda: fill.delay())"
        assert found(judged(tmp_path, line, top=self.TASK + self.ON_COMMIT), "MS646") == []

    def test_delay_after_all_migrations_is_silent(self, tmp_path: Path) -> None:
        lines = ("def later(sender, **kwargs):", "    fill.delay()", "post_migrate.connect(later, weak=False)")
        assert found(judged(tmp_path, *lines, top=self.TASK + self.SIGNALS), "MS646") == []

    def test_delay_outside_of_transactions_is_silent(self, tmp_path: Path) -> None:
        assert found(judged(tmp_path, "fill.delay()", top=self.TASK, more="atomic = False"), "MS646") == []


class TestHints:
    """MS647."""

    def test_it_is_off_unless_it_is_selected(self, tmp_path: Path) -> None:
        assert found(judged(tmp_path, "Order.objects.filter(id=1).update(note='x')"), "MS647") == []


class TestPendingRowChecks:
    """MS648, and the certain case, MS003."""

    @pytest.mark.parametrize(
        "lines",
        [
            ("Order.objects.update(customer=None)",),
            ("for order in Order.objects.all():", "    order.customer = None", "    order.save()"),
            ("for customer in Customer.objects.all():", "    Order.objects.create(customer=customer)"),
            ("Order.objects.bulk_create([Order(customer=c) for c in Customer.objects.all()])",),
            ("Order.objects.get_or_create(note='x')",),
        ],
    )
    def test_rows_that_may_still_be_checked(self, lines: tuple[str, ...], tmp_path: Path) -> None:
        judgement = judged(tmp_path, *lines, after=ADD)

        ((severity, message),) = found(judgement, "MS648")
        assert severity is Severity.WARNING
        assert "rows of public.shop_order" in message
        assert found(judgement, "MS003") == []

    def test_deleted_rows_that_others_refer_to(self, tmp_path: Path) -> None:
        alter = 'migrations.AddField("customer", "state", models.TextField(null=True)),'
        judgement = judged(tmp_path, "Customer.objects.filter(name='x').delete()", after=alter)

        assert [severity for severity, _ in found(judgement, "MS648")] == [Severity.WARNING]

    def test_a_row_that_is_certainly_inserted_is_refused(self, tmp_path: Path) -> None:
        judgement = judged(tmp_path, "Order.objects.create(note='x')", after=ADD)

        assert found(judgement, "MS648") == []
        assert [severity for severity, _ in found(judgement, "MS003")] == [Severity.ERROR]

    @pytest.mark.parametrize(
        "line", ["Order.objects.update(note='x')", "Customer.objects.create(name='x')", "Order.objects.count()"]
    )
    def test_rows_that_nothing_checks_are_silent(self, line: str, tmp_path: Path) -> None:
        judgement = judged(tmp_path, line, after=ADD)

        assert found(judgement, "MS648") == found(judgement, "MS003") == []

    def test_a_foreign_key_that_is_added_behind_the_rows_is_silent(self, tmp_path: Path) -> None:
        links = 'migrations.AddField("order", "friends", models.ManyToManyField("shop.Customer", related_name="x")),'
        line = "Order.objects.get(id=1).friends.add(1)"
        text = second(links, "migrations.RunPython(step, step),", top=STEP + f"    {line}\n")
        files = {"0001_initial": migration(CUSTOMER), "0002_next": text}

        assert found(report(project(tmp_path, files), "shop.0002"), "MS648") == []

    def test_another_transaction_is_silent(self, tmp_path: Path) -> None:
        judgement = judged(tmp_path, "Order.objects.update(customer=None)", after=ADD, more="atomic = False")

        assert found(judgement, "MS648") == []


class TestWaysBack:
    """MS801 in Django: it refuses."""

    def test_rows_without_a_way_back_are_an_info(self, tmp_path: Path) -> None:
        told = found(judged(tmp_path, "Order.objects.filter(id=1).update(note='x')", back=""), "MS801")

        assert told == [(Severity.INFO, "Django refuses to take this migration back: RunPython has no reverse_code.")]

    def test_a_changed_schema_without_a_way_back_is_a_warning(self, tmp_path: Path) -> None:
        judgement = judged(tmp_path, "Order.objects.filter(id=1).update(note='x')", back="", after=ADD)

        assert [severity for severity, _ in found(judgement, "MS801")] == [Severity.WARNING]

    def test_sql_without_a_way_back(self, tmp_path: Path) -> None:
        sql = "migrations.RunSQL('UPDATE shop_order SET note = 1 WHERE id = 1'),"
        told = found(judged(tmp_path, "pass", after=sql), "MS801")

        assert [message for _, message in told] == [
            "Django refuses to take this migration back: RunSQL has no reverse_sql."
        ]

    def test_noop_is_a_way_back(self, tmp_path: Path) -> None:
        assert found(judged(tmp_path, "Order.objects.filter(id=1).update(note='x')"), "MS801") == []
