"""The smaller commands, and what all commands share."""

from __future__ import annotations

import json

import pytest

from migsafe.commands import main
from migsafe.rules.base import Rule
from migsafe.rules.registry import rules
from tests.cli.conftest import Run

COMMANDS = sorted(main.list_commands(main.make_context("migsafe", [], resilient_parsing=True)))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_ends_with_an_example(run: Run, command: str) -> None:
    result = run(command, "--help")
    assert result.code == 0
    assert result.out.rstrip().splitlines()[-1].strip().startswith("Example: migsafe")


def test_rules_lists_every_rule(run: Run) -> None:
    shown = run("rules").out
    assert all(rule.info.code in shown and rule.info.name in shown for rule in rules())
    assert len(json.loads(run("rules", "--output-format", "json").out)) == len(rules())


@pytest.mark.parametrize("word", ["MS101", "ms101", "blocking-index-build"])
def test_explain_by_code_or_name(run: Run, word: str) -> None:
    assert "CREATE INDEX CONCURRENTLY" in run("explain", word).out


def test_explain_gives_a_hint(run: Run) -> None:
    result = run("explain", "blocking-index-bild")
    assert result.code == 2
    assert "did you mean 'blocking-index-build'?" in result.err


def test_locks_is_the_five_second_demo(run: Run) -> None:
    shown = run("locks", "ALTER TABLE users ALTER COLUMN email SET NOT NULL").out
    assert "ACCESS EXCLUSIVE  public.users (table): blocks reads, writes, schema changes" in shown
    assert "full scan of public.users" in shown
    assert "assumed" in shown


def test_locks_names_what_it_cannot_read(run: Run) -> None:
    assert "syntax error" in run("locks", "ALTER TABEL users").out


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.info.code)
def test_every_rule_has_a_whole_page(rule: Rule) -> None:
    headings = ("What happens", "Why it hurts", "Safer form", "When it is fine", "Versions", "Evidence")
    page = rule.info.page
    positions = [page.index(f"\n{heading}\n") for heading in headings]
    assert positions == sorted(positions)
