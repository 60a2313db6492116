"""A mistake in migsafe is said at its statement, the rest of the run goes on, and the run is never green."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.commands import running
from migsafe.commands.running import exit_code, judge
from migsafe.config import Settings
from migsafe.effects import postgresql
from migsafe.effects.postgresql import ServerSettings
from migsafe.model.effects import Effect, Refusal
from migsafe.model.migration import Statement
from migsafe.model.operations import AddColumn
from migsafe.model.report import Report
from migsafe.rules.base import Hit, Rule, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.registry import rules
from migsafe.schema.schema import Schema
from migsafe.sources.collect import Request, collect_text

MIGRATION = """
CREATE TABLE orders (id bigint PRIMARY KEY);
ALTER TABLE users ADD COLUMN name text;
DROP TABLE invoices;
"""


def report(settings: Settings) -> Report:
    return judge(collect_text(MIGRATION, Request(root=Path()), settings), settings)


def fails(*_: object) -> None:
    raise KeyError("a value of the user's")


def fails_on_add_column(situation: StatementSituation) -> list[Hit]:
    if any(isinstance(op, AddColumn) for op in situation.statement.operations):
        fails()
    return []


@pytest.fixture
def broken_prediction(monkeypatch: pytest.MonkeyPatch) -> None:
    from migsafe import check

    def predict(statement: Statement, schema: Schema, version: int, settings: ServerSettings) -> Effect | Refusal:
        if any(isinstance(op, AddColumn) for op in statement.operations):
            fails()
        return postgresql.predict(statement, schema, version, settings)

    monkeypatch.setattr(check, "predict", predict)


@pytest.mark.usefixtures("broken_prediction")
def test_the_statement_is_not_analysed_and_the_others_are() -> None:
    found = report(Settings())
    codes = [(f.location.line, f.finding.code) for f in found.findings]
    assert codes == [(3, "MS007"), (4, "MS301"), (4, "MS402")]
    assert found.unanalysed == 1


@pytest.mark.usefixtures("broken_prediction")
def test_the_message_names_the_step_and_the_place_and_nothing_of_the_user() -> None:
    finding = report(Settings()).findings[0].finding
    assert finding.message.startswith("migsafe failed here while predicting its effects: KeyError at test_internal")
    assert "value" not in finding.message
    assert "report it" in finding.why


@pytest.mark.usefixtures("broken_prediction")
@pytest.mark.parametrize("settings", [Settings(), Settings(ignore=("MS007",)), Settings(select=("MS101",))])
def test_the_run_is_no_pass_whatever_is_selected(settings: Settings) -> None:
    assert exit_code(report(settings), "never") == 2


def test_a_rule_that_fails_says_so_and_the_other_rules_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    broken: Rule = statement_rule(RuleInfo(code="MS999", name="broken", since="0.1.0"))(fails_on_add_column)
    monkeypatch.setattr(running, "outlined", lambda _: (*rules(), broken))
    found = [(f.location.line, f.finding.code) for f in report(Settings()).findings]
    assert found == [(3, "MS007"), (3, "MS301"), (4, "MS402")]


def test_a_schema_that_cannot_follow_a_statement_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from migsafe import check

    monkeypatch.setattr(check, "advance", fails)
    found = [f.finding.message for f in report(Settings()).findings if f.finding.code == "MS007"]
    assert len(found) == 3
    assert all("following what it changes" in message for message in found)
