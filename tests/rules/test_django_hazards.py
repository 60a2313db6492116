"""What Django's operations are warned of, and what they are not: fixtures/django, judged as written."""

from __future__ import annotations

from pathlib import Path

import django
import pytest

from tests.rules.django_cases import NONE, DjangoCase, DjangoCaseError, parse, read_folder
from tests.rules.django_judging import findings_of, report_on

ALL = tuple(case for case in read_folder() if case.since_django <= django.VERSION[:2])
CASES = [pytest.param(case, id=case.id) for case in ALL]


@pytest.mark.parametrize("case", CASES)
def test_the_findings_are_as_written(case: DjangoCase, tmp_path: Path) -> None:
    assert findings_of(report_on(case, tmp_path), case) == case.findings


@pytest.mark.parametrize("file", sorted({case.file for case in read_folder()}))
def test_every_file_shows_what_is_flagged_and_what_is_not(file: str) -> None:
    findings = [case.findings for case in read_folder() if case.file == file]
    assert NONE in findings
    assert any(found != NONE for found in findings)


def test_few_cases_need_a_newer_django_than_the_oldest_that_renders() -> None:
    assert sum(case.since_django == () for case in read_folder()) > len(read_folder()) * 3 // 4


OPERATIONS = "```python operations\nmigrations.DeleteModel('Order'),\n```\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("# Nothing\n", "it has no case"),
        (f"## A case\n{OPERATIONS}", "expected one block 'findings'"),
        ("## A case\n```findings\nnone\n```\n", "expected one block 'python operations'"),
        (f"## A case\n{OPERATIONS}```sql\nSELECT 1\n```\n", "there is no kind of block 'sql'"),
        ("## A case\n```python operations never\nx\n```\n", "there is no option 'never'"),
        ("## A case\n```findings\n", "does not end"),
    ],
)
def test_a_file_that_could_pass_without_checking_anything_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(DjangoCaseError, match=complaint):
        parse(text, "example")
