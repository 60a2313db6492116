"""What authors say in comments about calls whose SQL cannot be found out."""

from __future__ import annotations

from pathlib import Path

from tests.sources.alembic.projects import codes, project, report, revision, sent

IMPORT = "from app.models import notify\n"
CALL = "notify(op.get_bind())"


def test_a_call_that_gets_the_connection_is_not_analysed_and_the_remedy_says_how_to_state_it(tmp_path: Path) -> None:
    found = report(project(tmp_path, {"a": revision("aaaa", body=CALL, more=IMPORT)}))

    entry = next(e for e in found.findings if e.finding.code == "MS001")
    assert entry.finding.message.startswith("Not analysed: bind-escapes: ")
    assert entry.finding.remedy is not None
    assert "# migsafe: sql(…)" in entry.finding.remedy.advice


def test_what_is_stated_is_judged(tmp_path: Path) -> None:
    body = f"# migsafe: sql(CREATE INDEX t_c_idx ON t (c))\n{CALL}"
    root = project(tmp_path, {"a": revision("aaaa", body=body, more=IMPORT)})

    assert sent(root) == ["CREATE INDEX t_c_idx ON t (c)"]
    found = codes(report(root))
    assert "MS101" in found
    assert "MS001" not in found


def test_a_call_can_be_said_to_send_nothing(tmp_path: Path) -> None:
    body = f"# migsafe: sql()\n{CALL}\n{CALL}"
    found = report(project(tmp_path, {"a": revision("aaaa", body=body, more=IMPORT)}))

    lines = [e.location.line for e in found.findings if e.finding.code == "MS001"]
    assert lines == [11], "the comment is for one call"


def test_several_lines_of_comments_state_several_statements(tmp_path: Path) -> None:
    body = f"# migsafe: sql(\n#   DROP TABLE a;\n#   DROP TABLE b;\n# )\n{CALL}"
    root = project(tmp_path, {"a": revision("aaaa", body=body, more=IMPORT)})

    assert sent(root) == ["DROP TABLE a", "DROP TABLE b"]
