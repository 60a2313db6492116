"""Findings about Django's operations say in Django's words why, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import django
import pytest

from migsafe.model.findings import Finding
from migsafe.rules.django_words import _ADVICE, _WHY
from migsafe.rules.registry import rules
from tests.rules.django_cases import DjangoCase, read_folder
from tests.rules.django_judging import report_on
from tests.sources.django.projects import migration, project, report, second

CASES = {case.id: case for case in read_folder() if case.since_django <= django.VERSION[:2]}
SAID = [
    ("add-field-a-default-that-only-django-knows", "MS504", "db_default"),
    ("add-field-no-default-and-not-null", "MS503", "db_default"),
    ("add-field-a-value-for-each-row-that-is-the-same-for-all", "MS640", "RunPython that gives each row a value"),
    ("add-field-a-foreign-key-has-an-index-that-nobody-asked-for", "MS101", "db_index=False"),
    ("alter-field-an-index-for-a-text-field-is-two-indexes", "MS101", "concurrently with RunSQL"),
    ("alter-field-empty-values-are-not-allowed-any-more", "MS106", "NOT VALID and then validated"),
    ("alter-field-empty-values-are-not-allowed-any-more", "MS304", "Fill Order.code in batches"),
    ("alter-field-empty-values-are-not-allowed-any-more", "MS601", "Fill Order.code in batches"),
    ("constraints-addconstraint-with-a-condition", "MS202", "ValidateConstraint in the next migration"),
    ("constraints-validated-in-the-same-migration", "MS303", "ValidateConstraint in the next migration"),
    ("constraints-unique-together", "MS203", "AlterUniqueTogether as state only"),
    ("indexes-addindex", "MS101", "AddIndexConcurrently instead of AddIndex"),
    ("indexes-removeindex", "MS102", "RemoveIndexConcurrently instead of RemoveIndex"),
    ("indexes-addindexconcurrently-in-an-atomic-migration", "MS302", "atomic = False"),
    ("names-a-field-is-renamed", "MS501", "db_column='note'"),
    ("names-a-model-is-renamed", "MS502", "db_table"),
    ("removals-a-field-and-its-column", "MS401", "state_operations=[RemoveField"),
    ("removals-a-field-and-its-column", "MS401", "then the column goes in a later one"),
    ("removals-a-model-and-its-table", "MS402", "state_operations=[DeleteModel"),
    ("removals-a-model-and-its-table", "MS402", "then the table goes in a later one"),
]
REASONS = [
    ("alter-field-an-index-for-a-text-field-is-two-indexes", "MS101", "a second index, for LIKE"),
    ("alter-field-a-foreign-key-that-may-be-empty-is-made-again", "MS201", "AlterField drops the foreign key"),
    ("alter-field-the-key-of-a-table-with-every-table-that-refers-to-it", "MS103", "every foreign key to Customer.id"),
    ("alter-field-empty-values-are-not-allowed-any-more", "MS106", "writes NULL where it leaves Order.code empty"),
    ("removals-a-field-and-its-column", "MS401", "Django names every column in every query"),
    ("many-to-many-it-is-removed", "MS402", "Order.tags is a ManyToManyField"),
]


def findings(case: DjangoCase, code: str, folder: Path) -> list[Finding]:
    report = report_on(case, folder)
    found = [entry.finding for entry in report.findings if entry.finding.code == code and not entry.is_way_back]
    assert found, f"{case.id} has no {code}"
    return found


@pytest.mark.parametrize(("case", "code", "words"), SAID)
def test_the_advice_is_what_to_write(case: str, code: str, words: str, tmp_path: Path) -> None:
    remedies = [finding.remedy for finding in findings(CASES[case], code, tmp_path)]

    assert any(words in remedy.advice for remedy in remedies if remedy is not None)


@pytest.mark.parametrize(("case", "code", "words"), REASONS)
def test_the_reason_is_what_django_does(case: str, code: str, words: str, tmp_path: Path) -> None:
    assert any(words in finding.why for finding in findings(CASES[case], code, tmp_path))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_no_sentence_is_left_with_a_hole(case: DjangoCase, tmp_path: Path) -> None:
    texts = [entry.finding.why for entry in report_on(case, tmp_path).findings]
    texts += [entry.finding.remedy.advice for entry in report_on(case, tmp_path).findings if entry.finding.remedy]

    assert [text for text in texts if "{" in text or "None" in text] == []


def test_the_sentences_are_about_rules_that_exist() -> None:
    assert {*_ADVICE, *_WHY} <= {rule.info.code for rule in rules()}


STEP = "def step(apps, schema_editor):\n    schema_editor.execute({!r})\n"
ALTER = "ALTER TABLE shop_order ALTER COLUMN code TYPE bigint"
NUMBER = "migrations.AlterField('order', 'number', models.BigIntegerField(null=True, db_column=\"code\")),"


@pytest.mark.parametrize(
    ("field", "operation", "top"),
    [
        ("('code', models.IntegerField(null=True))", "migrations.RunPython(step),", STEP.format(ALTER)),
        ("('number', models.IntegerField(null=True, db_column='code'))", NUMBER, ""),
    ],
)
def test_only_the_columns_of_foreign_keys_follow_another(field: str, operation: str, top: str, tmp_path: Path) -> None:
    """Not a column that SQL names, nor a field whose column is called otherwise."""
    key = "('id', models.BigAutoField(primary_key=True))"
    first = migration(f"migrations.CreateModel('Order', [{key}, {field}]),")
    folder = project(tmp_path, {"0001_initial": first, "0002_next": second(operation, top=top)})

    reasons = [e.finding.why for e in report(folder, "shop.0002").findings if e.finding.code == "MS103"]
    assert reasons
    assert [why for why in reasons if "foreign key" in why] == []
