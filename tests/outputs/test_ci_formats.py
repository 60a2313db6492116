"""The formats that other systems read: each is what its consumer expects, and hostile text stays text."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from migsafe.commands.running import judge
from migsafe.config import Settings
from migsafe.model.names import Name
from migsafe.model.report import Report
from migsafe.outputs import github, gitlab, junit, markdown, sarif
from migsafe.outputs import json as json_output
from migsafe.outputs.impact import sentence
from migsafe.outputs.markdown_text import inline
from migsafe.outputs.report_file import UnreadableReportError, read
from migsafe.rules.registry import rules
from migsafe.setting_values import TableSize
from migsafe.sources.collect import Request, collect

SHOP = "CREATE TABLE orders (id bigint PRIMARY KEY, note text);\n"
INDEX = "CREATE INDEX orders_note_idx ON orders (note);\n"
ACCEPTED = "-- migsafe: ignore[MS101] a quiet table\nCREATE INDEX other_idx ON orders (id, note);\n"
HOSTILE_NAME = 'a|b`c```d<script>@team %0A::error::x,y:z"'


def report_on(folder: Path, migration: str, name: str = "V2__more.sql") -> Report:
    (folder / "V1__shop.sql").write_text(SHOP)
    (folder / name).write_text(migration)
    request = Request(root=folder, paths=(name,))
    return judge(collect(request, Settings()), Settings(session_lock_timeout=True))


def hostile(folder: Path) -> Report:
    quoted = HOSTILE_NAME.replace('"', '""')
    return report_on(folder, f'CREATE INDEX i ON orders ("{quoted}");\nALTER TABLE orders RENAME note TO "{quoted}";\n')


@pytest.fixture
def report(tmp_path: Path) -> Report:
    return report_on(tmp_path, INDEX + ACCEPTED)


def test_sarif_lists_every_rule_and_points_to_it(report: Report) -> None:
    run = json.loads(sarif.render(report))["runs"][0]
    listed = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in listed] == sorted(rule.info.code for rule in rules())
    for result in run["results"]:
        assert listed[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["partialFingerprints"]["migsafe/v1"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "V2__more.sql"


def test_sarif_keeps_what_a_comment_accepts_with_its_reason(report: Report) -> None:
    results = json.loads(sarif.render(report))["runs"][0]["results"]
    accepted = [r["suppressions"] for r in results if "suppressions" in r]
    assert accepted == [[{"kind": "inSource", "justification": "a quiet table"}]]


def test_sarif_escapes_paths(tmp_path: Path) -> None:
    (result, *_) = json.loads(sarif.render(report_on(tmp_path, INDEX, "V2__a b#c.sql")))["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "V2__a%20b%23c.sql"


def test_github_annotates_the_place_worst_first(report: Report) -> None:
    lines = github.render(report).splitlines()
    assert lines[0].startswith(
        "::error file=V2__more.sql,line=1,endLine=1,col=1,endColumn=46,title=MS101 blocking-index-build::"
        "Writes to public.orders wait until the index is built.%0A"
    )
    kinds = [line.split()[0] for line in lines if line.startswith("::")]
    assert kinds == sorted(kinds, key=["::error", "::warning", "::notice"].index)


def test_github_commands_cannot_be_forged(tmp_path: Path) -> None:
    lines = github.render(hostile(tmp_path)).splitlines()
    commands = [line for line in lines if line.startswith("::")]
    assert len(lines) == len(commands) + 1
    assert len(commands) >= 2
    for line in commands:
        assert "%0A::error" not in line.replace("%250A", "")


def test_github_leaves_columns_out_of_ranges_over_lines(tmp_path: Path) -> None:
    text = github.render(report_on(tmp_path, "CREATE INDEX i\n    ON orders (note);\n"))
    assert "line=1,endLine=2,title=" in text


def test_gitlab_has_a_fingerprint_and_the_code_in_words(report: Report) -> None:
    issues = json.loads(gitlab.render(report))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) > 0
    (issue,) = [issue for issue in issues if issue["check_name"] == "MS101"]
    assert issue["description"].startswith("MS101 blocking-index-build: Writes to public.orders")
    assert issue["severity"] == "critical"
    assert issue["location"] == {"path": "V2__more.sql", "lines": {"begin": 1}}


def test_junit_has_a_case_for_each_file(report: Report) -> None:
    suite = ET.fromstring(junit.render(report))[0]
    assert [case.get("name") for case in suite] == ["V2__more.sql"]
    failures = suite[0].findall("failure")
    assert failures
    assert suite.get("failures") == "1"
    assert "CREATE INDEX CONCURRENTLY" in "".join(failure.text or "" for failure in failures)


@pytest.mark.parametrize("render", [sarif.render, gitlab.render, json_output.render])
def test_hostile_names_leave_json_readable(render: Callable[[Report], str], tmp_path: Path) -> None:
    assert "<script>" in str(json.loads(render(hostile(tmp_path))))


def test_hostile_names_leave_xml_readable(tmp_path: Path) -> None:
    assert "<script>" in "".join(ET.fromstring(junit.render(hostile(tmp_path))).itertext())


def test_markdown_begins_with_the_verdict_and_the_worst_fact(report: Report) -> None:
    lines = markdown.render(report).splitlines()
    assert lines[0].startswith("### ⛔ **Blocked** · 1 error")
    assert lines[2] == "`V2__more.sql:1` **Writes to public.orders wait until the index is built.**"


def test_markdown_has_the_safer_form_to_copy(report: Report) -> None:
    text = markdown.render(report)
    assert (
        "```sql\n-- outside any transaction:\nCREATE INDEX CONCURRENTLY orders_note_idx ON orders (note);\n```" in text
    )
    assert "`-- migsafe: ignore[MS101] reason`" in text


def test_markdown_of_a_clean_run_is_a_line_and_a_foot(tmp_path: Path) -> None:
    text = markdown.render(report_on(tmp_path, "CREATE TABLE fresh (id bigint PRIMARY KEY);\n"))
    assert text.startswith("### ✅ **Safe** · nothing found in 1 migration\n")
    assert "<details" not in text


def test_markdown_tells_the_way_back_apart_from_the_way_up(tmp_path: Path) -> None:
    (tmp_path / "1_shop.up.sql").write_text(SHOP)
    (tmp_path / "1_shop.down.sql").write_text("DROP TABLE orders;\n")
    (tmp_path / "2_index.up.sql").write_text(INDEX)
    (tmp_path / "2_index.down.sql").write_text("DROP INDEX orders_note_idx;\n")
    settings = Settings(session_lock_timeout=True)
    text = markdown.render(judge(collect(Request(root=tmp_path), settings), settings))
    assert "in 2 migrations and 2 ways back\n" in text
    assert "| `2_index.down.sql:1`<br>drop-index (way back) | `public.orders` |" in text
    assert "blocking-index-build\n\n```sql\nCREATE INDEX orders_note_idx ON orders (note)\n```" in text
    assert "blocking-index-drop (way back)\n\n```sql\nDROP INDEX orders_note_idx\n```" in text


def test_markdown_obeys_nothing_from_the_repository(tmp_path: Path) -> None:
    text = markdown.render(hostile(tmp_path))
    prose = re.sub(r"(`{3,})\w*\n.*?\n\1", "", text, flags=re.DOTALL)
    prose = re.sub(r"(`+)[^\n]*?[^`]\1(?!`)", "", prose)
    assert "<script>" not in prose
    assert "@team" not in prose
    rows = [line for line in text.splitlines() if line.startswith("| ") and "---" not in line]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}


def test_markdown_makes_no_links_of_addresses_and_no_mentions() -> None:
    assert inline("see https://x.example or www.x.example, @team, #7, <b>") == (
        "see https:\u2060//x.example or www\u2060.x.example, @\u2060team, #\u20607, &lt;b\\>"
    )


def test_markdown_says_the_same_of_many_tables_once(tmp_path: Path) -> None:
    """Each index in a transaction of its own, so that none waits for the lock of another."""
    many = "".join(f"BEGIN;\nCREATE INDEX i{n} ON t{n} (note);\nCOMMIT;\n" for n in range(1, 15))
    text = markdown.render(report_on(tmp_path, many))
    assert text.count("[MS101](") == 1
    assert "Also: lines 5 (public.t2), 8 (public.t3), " in text
    assert "32 (public.t11) and 3 more\n" in text


def test_markdown_tells_the_files_apart_by_the_shortest_end_of_their_paths(tmp_path: Path) -> None:
    for folder in ("shop", "bills"):
        (tmp_path / folder / "migrations").mkdir(parents=True)
        report_on(tmp_path / folder / "migrations", INDEX)
    (tmp_path / "bills/migrations/V3__late.sql").write_text("CREATE INDEX late ON orders (id);\n")
    text = markdown.render(judge(collect(Request(root=tmp_path), Settings()), Settings()))
    assert "| `V3__late.sql:1`<br>create-index |" in text
    assert "| `bills/migrations/V2__more.sql:1`<br>create-index |" in text


def sized(folder: Path) -> Report:
    size = TableSize(name=Name("public", "orders"), rows=40e6, bytes=8e9, writes_per_second=85.0)
    settings = Settings(session_lock_timeout=True, tables=(size,))
    (folder / "V1__shop.sql").write_text(SHOP)
    (folder / "V2__more.sql").write_text(INDEX)
    return judge(collect(Request(root=folder, paths=("V2__more.sql",)), settings), settings)


def test_markdown_tells_the_times_and_where_sizes_come_from(tmp_path: Path) -> None:
    text = markdown.render(sized(tmp_path))
    assert re.search(r"Time: Writes on public\.orders wait about [\d.]+ (s|min) ", text)
    assert "at 85 queries/s a pool of 20 is exhausted after 0.24 s" in text
    assert "| who waits | time | work |" in text
    assert "sizes from settings · " in text


@pytest.mark.parametrize("render", [github.render, sarif.render, junit.render])
def test_other_formats_tell_the_times_too(render: Callable[[Report], str], tmp_path: Path) -> None:
    assert "a pool of 20 is exhausted after 0.24 s" in render(sized(tmp_path))


def test_figures_of_a_report_are_read_back_as_they_were(tmp_path: Path) -> None:
    report = sized(tmp_path)
    (written,) = [f.finding.impact for f in report.findings if f.finding.code == "MS101"]
    (shown,) = [f.impact for f in read(json_output.render(report)).findings if f.code == "MS101"]
    assert sentence(shown) == sentence(written) != ""


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-1", "1e400", '"9"', "true", "null"])
def test_what_is_no_figure_is_not_known(tmp_path: Path, value: str) -> None:
    text = re.sub(r'("seconds": \{"low": )[^,]+', rf"\g<1>{value}", json_output.render(sized(tmp_path)))
    report = read(text)
    assert all(finding.impact is None or finding.impact.seconds is None for finding in report.findings)
    assert "nan" not in markdown.of_report(report)


def test_markdown_stays_within_the_size_of_a_comment(tmp_path: Path) -> None:
    many = "".join(f"CREATE INDEX i{n} ON orders ({'note, ' * 40}note);\n" for n in range(400))
    text = markdown.render(report_on(tmp_path, many))
    assert len(text) <= markdown.LIMIT
    assert text.startswith("### ⛔ **Blocked** · ")
    assert "400 statements in 1 migration checked against" in text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[]", "the report is missing"),
        ("{", "it is no JSON"),
        ('{"schema_version": 2}', "its schema_version is not 1"),
        ('{"schema_version": 1, "summary": {}, "target": {}, "migrations": []}', "dialect is no text"),
    ],
)
def test_a_report_that_is_none_says_what_is_wrong(text: str, why: str) -> None:
    with pytest.raises(UnreadableReportError, match=why):
        read(text)
