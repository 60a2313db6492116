"""docs/coverage.md: every rule that it names exists and is shown by fixtures, and no peer's rule is left out."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rules.fixture_files import read_folder
from tools.coverage import Answer, CoverageError, Tool, answer, load, page

COVERAGE = load()
ANSWERS = [hazard.answer for hazard in COVERAGE.hazards] + [a for tool in COVERAGE.tools for a in tool.rules.values()]
CODES = sorted({code for said in ANSWERS for code in said.codes})
FIXTURES = {file.rule: file for file in read_folder()}


@pytest.mark.parametrize("code", CODES)
def test_a_rule_counts_with_a_flagged_and_a_silent_case(code: str) -> None:
    flagged = [case for case in FIXTURES[code].cases if case.flagged]
    assert flagged
    assert len(flagged) < len(FIXTURES[code].cases)


def test_the_tools_and_hazards_are_all_there() -> None:
    assert {tool.name for tool in COVERAGE.tools} == {
        "squawk",
        "eugene",
        "strong_migrations",
        "Atlas",
        "pgfence",
        "pgsafe",
        "safe-migrate",
        "django-migration-linter",
        "django-safe-migrations",
    }
    assert len(COVERAGE.hazards) > 90
    assert sum(len(tool.rules) for tool in COVERAGE.tools) > 330


def squawk() -> Tool:
    return next(tool for tool in COVERAGE.tools if tool.name == "squawk")


def knows(name: str) -> bool:
    """Whether the installed squawk has a rule of that name. Only the parsing of its options is asked for."""
    program = shutil.which("squawk", path=str(Path(sys.executable).parent))
    assert program, "squawk is among the test requirements"
    command = [program, "--exclude", name, "--stdin-filepath", "x.sql"]
    done = subprocess.run(command, input="select 1;\n", capture_output=True, text=True, check=False)
    return "invalid rule name" not in done.stderr


def test_squawks_rules_are_called_as_squawk_calls_them() -> None:
    assert not knows("no-such-rule")
    unknown = [name for name in squawk().rules if name != "unused-ignore" and not knows(name)]
    assert unknown == []


def test_an_answer_names_rules_or_a_reason() -> None:
    assert answer("MS101 MS102 -- a remark", "x") == Answer(codes=("MS101", "MS102"), remark="a remark")
    assert answer("no: a matter of taste", "x") == Answer(remark="a matter of taste")
    assert answer("not yet: a rule", "x") == Answer(remark="a rule", missing=True)


@pytest.mark.parametrize("text", ["", "no: ", "MS998", "MS101 nonsense", " -- a remark"])
def test_an_answer_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(CoverageError):
        answer(text, "x")


def test_the_page_leads_to_the_rules_and_shows_the_reasons() -> None:
    text = page()
    assert "| `require-concurrent-index-creation` | [MS101](rules/MS101.md) blocking-index-build" in text
    assert "| `add-column-constant-default` | none: " in text
    assert "- [Coming from squawk](#coming-from-squawk)" in text
