"""Each rule finds what its page of fixtures says, nothing else, and proposes what the page shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.rules.registry import rules
from tests.rules.fixture_files import Case, FixtureError, RuleFile, parse, read_folder
from tests.rules.judging import findings_of, remedies_of, report_on

FILES = read_folder()
ALL = [case for file in FILES for case in file.cases]
CASES = [pytest.param(case, id=case.id) for case in ALL]
# These have tests of their own. No text makes migsafe fail on purpose (test_internal_error.py), one migration does not
# show what later ones leave undone (test_unvalidated_constraint.py), and two need sizes (test_known_sizes.py).
WITHOUT_FIXTURES = {"MS007", "MS112", "MS209", "MS312", "MS206", "MS720"}
# … and these are about Alembic: tests/sources/alembic/test_findings.py.
WITHOUT_FIXTURES |= {"MS330", "MS331", "MS701", "MS702", "MS703", "MS704"}
# … and these about Django: tests/sources/django/test_findings.py.
WITHOUT_FIXTURES |= {"MS641", "MS642"}
# … and test_step_findings.py beside it, and test_steps_on_server.py here.
WITHOUT_FIXTURES |= {"MS644", "MS645", "MS646", "MS647"}
# … and this one, too: fixtures/django.
WITHOUT_FIXTURES |= {"MS643"}


def test_every_rule_has_a_file_and_every_file_a_rule() -> None:
    named = {file.rule: file.name for file in FILES}
    assert named == {r.info.code: r.info.name for r in rules() if r.info.code not in WITHOUT_FIXTURES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.rule)
def test_every_file_shows_what_is_flagged_and_what_is_not(file: RuleFile) -> None:
    flagged = [case for case in file.cases if case.flagged]
    assert flagged, f"{file.rule}.md shows nothing that is flagged"
    assert len(flagged) < len(file.cases), f"{file.rule}.md shows nothing that stays silent"


@pytest.mark.parametrize("case", CASES)
def test_the_findings_are_as_written(case: Case, tmp_path: Path) -> None:
    assert findings_of(report_on(case, tmp_path)) == case.findings


@pytest.mark.parametrize("case", CASES)
def test_the_remedies_are_as_written(case: Case, tmp_path: Path) -> None:
    assert remedies_of(report_on(case, tmp_path), case.rule) == case.remedies


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.rule)
def test_without_the_rule_its_flagged_cases_fail(file: RuleFile, tmp_path: Path) -> None:
    for case in file.cases:
        if case.flagged:
            assert findings_of(report_on(case, tmp_path, ignore=(file.rule,))) != case.findings


@pytest.mark.parametrize("case", [case for case in ALL if case.flagged], ids=lambda case: case.id)
def test_every_message_is_a_sentence(case: Case) -> None:
    for line in case.findings.splitlines():
        message = line.split(" ", 3)[3]
        assert message[0].isupper() or not message[0].isalpha()
        assert message.endswith(".")


MIGRATION = "```sql migration\nSELECT 1;\n```\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "the first line is the title"),
        ("# MS102 other-rule\n", "the first line is the title"),
        (f"# MS101 a-rule\n## A case\n{MIGRATION}", "expected one block 'findings'"),
        ("# MS101 a-rule\n## A case\n```findings\nnone\n```\n", "expected one block 'sql migration'"),
        ("# MS101 a-rule\n## A case\n```sql\nSELECT 1;\n```\n", "there is no kind of block 'sql'"),
        ("# MS101 a-rule\n## A case\n```sql migration later\nSELECT 1;\n```\n", "there is no option 'later'"),
        ("# MS101 a-rule\n## A case\n```findings\nnone\n", "does not end"),
    ],
)
def test_a_file_that_could_pass_without_checking_anything_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(FixtureError, match=complaint):
        parse(text, "MS101.md")
