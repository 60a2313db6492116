"""Identical findings and the partitions of one table are shown as one; the JSON report stays complete."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from migsafe.commands.running import judge
from migsafe.config import Settings
from migsafe.model.names import Name
from migsafe.model.report import Report
from migsafe.outputs import concise, text
from migsafe.outputs import json as json_output
from migsafe.outputs.grouping import Group, as_one, elsewhere, grouped, shape, told_before
from migsafe.setting_values import TableSize
from migsafe.sources.collect import Request, collect

PARTS = 12
SCHEMA = "CREATE TABLE events (id int, at int, note text) PARTITION BY LIST (at);\n" + "".join(
    f"CREATE TABLE events_{n} PARTITION OF events FOR VALUES IN ({n});\n" for n in range(PARTS)
)


def report_on(folder: Path, *migrations: str, rule: str = "ALL") -> Report:
    """The report on the last of these migrations, by one rule or all."""
    for number, migration in enumerate((SCHEMA, *migrations), 1):
        (folder / f"V{number}__step.sql").write_text(migration)
    request = Request(root=folder, paths=(f"V{len(migrations) + 1}__step.sql",))
    return judge(collect(request, Settings()), Settings(session_lock_timeout=True, select=(rule,)))


def test_the_same_finding_on_many_tables_is_shown_once(tmp_path: Path) -> None:
    report = report_on(tmp_path, "".join(f"DROP TABLE events_{n};\n" for n in range(PARTS)), rule="MS402")
    shown = text.render(report)
    assert shown.count("MS402 drop-table") == 1
    assert "also   lines 2 (public.events_1), 3 (public.events_2)" in shown
    assert "11 (public.events_10) and 1 more" in shown
    lines = concise.render(report).splitlines()
    assert [line.split(": ")[1] for line in lines[:-1]] == ["MS402 error"]
    assert "Also at lines 2 (public.events_1)" in lines[0]


def test_a_relation_that_all_are_about_is_not_repeated(tmp_path: Path) -> None:
    report = report_on(tmp_path, "CREATE INDEX ON events_1 (id);\nCREATE INDEX ON events_1 (note);\n", rule="MS101")
    assert "Also at line 2." in concise.render(report)


def test_the_counts_and_the_json_report_are_complete(tmp_path: Path) -> None:
    report = report_on(tmp_path, "".join(f"DROP TABLE events_{n};\n" for n in range(PARTS)), rule="MS402")
    assert text.render(report).splitlines()[-1].startswith("12 errors ")
    assert len(json.loads(json_output.render(report))["findings"]) == PARTS


def test_different_files_messages_and_advice_stay_apart(tmp_path: Path) -> None:
    report = report_on(
        tmp_path, "CREATE INDEX ON events (id);\nCREATE INDEX ON events_1 (note);\nDROP TABLE events_2;\n"
    )
    apart = [group.first.location.line for group in grouped(report.findings) if not group.others]
    assert sorted(set(apart)) == [1, 2, 3]


def test_partitions_are_one_row_of_the_lock_table(tmp_path: Path) -> None:
    report = report_on(tmp_path, "ALTER TABLE events ALTER COLUMN note SET NOT NULL;\nDROP TABLE events_1;\n")
    rows = text.render(report).split("Locks of")[1].splitlines()[2:]
    assert rows[0].split()[1:6] == ["set-not-null", "public.events", "and", "12", "partitions"]
    assert rows[0].endswith("full scan")
    assert [row.split()[0] for row in rows[2:3]] == ["public.events_1"]


def test_of_known_sizes_the_longest_wait_stands_for_all(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "a.sql").write_text("CREATE INDEX ON small (a);\nCREATE INDEX ON large (a);\n")
    tables = (TableSize(name=Name("public", "small"), rows=1e8), TableSize(name=Name("public", "large"), rows=1e9))
    settings = Settings(tables=tables, session_lock_timeout=True, transaction="none")
    report = judge(collect(Request(root=tmp_path), settings), settings)
    (group,) = grouped(entry for entry in report.findings if entry.finding.code == "MS101")
    assert str(group.first.finding.relation) == "public.large"
    assert [str(entry.finding.relation) for entry in group.others] == ["public.small"]


def test_of_many_migrations_only_those_with_findings_show_their_locks(tmp_path: Path) -> None:
    (tmp_path / "V1__a.sql").write_text("CREATE TABLE t (a int);")
    for number in range(2, 30):
        (tmp_path / f"V{number}__b.sql").write_text(f"ALTER TABLE t ADD COLUMN a{number} int;")
    (tmp_path / "V30__c.sql").write_text("CREATE INDEX ON t (a);")
    settings = Settings(session_lock_timeout=True)
    shown = text.render(judge(collect(Request(root=tmp_path), settings), settings))
    assert shown.count("Locks of ") == 1
    assert "Locks of V30__c.sql" in shown
    assert "note: The locks of 29 migrations without a finding are left out." in shown


ROOT = Name("public", "events")
MEMBERS = tuple(Name("public", f"events_{n}") for n in range(4))


@pytest.mark.parametrize(
    ("relations", "words"),
    [
        ((ROOT, *MEMBERS), ["public.events and 4 partitions"]),
        (MEMBERS, ["4 partitions of public.events"]),
        ((ROOT, *MEMBERS[:2]), ["public.events", "public.events_0", "public.events_1"]),
        ((Name("public", "users"),), ["public.users"]),
        ((), []),
    ],
)
def test_three_partitions_are_many(relations: tuple[Name, ...], words: list[str]) -> None:
    assert [said for said, _ in as_one(relations, dict.fromkeys(MEMBERS, ROOT))] == words


def test_no_relation_is_lost() -> None:
    everything = (Name("public", "users"), ROOT, *MEMBERS)
    said = [name for _, names in as_one(everything, dict.fromkeys(MEMBERS, ROOT)) for name in names]
    assert sorted(said) == sorted(everything)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Writes to public.a wait.", 'Writes to public."B c" wait.'),
        ("Reads of public.a wait 3 s.", "Reads of public.b wait 41.5 s."),
        ("The rewrite of s.a, s.b and s.c.", "The rewrite of s.a."),
        ("The rewrite of s.a, s.b, s.c, s.d, s.e and 12 more.", "The rewrite of s.a and s.b."),
    ],
)
def test_names_and_numbers_make_no_other_message(one: str, other: str) -> None:
    assert shape(one) == shape(other)


def test_words_do() -> None:
    assert shape("Writes to public.a wait.") != shape("Reads and writes on public.a wait.")


def test_many_statements_at_one_place_are_told_once() -> None:
    assert elsewhere("16", ["16", "16"]) == ""
    assert elsewhere("16", ["16", "18", "18"]) == "line 18"


def told(report: Report, *remedies: str) -> list[str]:
    """What `told_before` says of the first findings of the report, had they these safer forms."""
    groups = [Group(entry.replace(remedy=remedy)) for entry, remedy in zip(report.findings, remedies, strict=False)]
    assert len(groups) == len(remedies)
    return [before.remedy for _, before in told_before(groups, lambda _: True)]


def test_a_long_safer_form_is_told_once(tmp_path: Path) -> None:
    report = report_on(tmp_path, "TRUNCATE events_1;\nDROP TABLE events_2;\n")
    first = report.findings[0]
    assert told(report, "a\nb\nc\nd", "a\nb\nc\nd") == [
        "",
        f"{first.finding.code} at {first.location.path}:{first.location.line}",
    ]


def test_a_short_one_is_repeated_for_another_hazard(tmp_path: Path) -> None:
    assert told(report_on(tmp_path, "TRUNCATE events_1;\nDROP TABLE events_2;\n"), "a", "a") == ["", ""]


def test_the_same_safer_form_of_the_same_hazard_is_told_once_however_short(tmp_path: Path) -> None:
    entry = report_on(tmp_path, "TRUNCATE events_1;\n").findings[0]
    (_, first), (_, second) = told_before([Group(entry), Group(entry)], lambda _: True)
    assert not first.advice
    assert second.advice
    assert second.remedy == f"{entry.finding.code} at {entry.location.path}:{entry.location.line}"


def test_the_same_hazard_in_the_next_file_is_told_in_short(tmp_path: Path) -> None:
    """The reason and where to read more stand once."""
    (tmp_path / "V1__users.sql").write_text("CREATE TABLE users (id bigint PRIMARY KEY, a text, b text);\n")
    for number, column in ((2, "a"), (3, "b")):
        (tmp_path / f"V{number}__{column}.sql").write_text(f"CREATE INDEX users_{column} ON users ({column});\n")
    settings = Settings(select=("MS101",))
    report = judge(collect(Request(root=tmp_path, paths=("V2__a.sql", "V3__b.sql")), settings), settings)
    first, second = text.render(report).split("V3__b.sql:1:", 1)
    assert "   why    CREATE INDEX holds" in first
    assert "   more   migsafe explain MS101" in first
    assert "CREATE INDEX CONCURRENTLY users_b" in second
    assert not any(word in second.split("Locks of")[0] for word in ("   why ", "   more "))


def test_what_one_line_does_twice_is_one_row(tmp_path: Path) -> None:
    """Two keys of one operation to the same table, for instance: the same lock at the same place."""
    report = report_on(tmp_path, "ALTER TABLE events ADD a int; ALTER TABLE events ADD b int;\n")
    assert text.render(report).split("Locks of")[1].count("add-column") == 1
