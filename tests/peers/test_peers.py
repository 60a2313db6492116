"""`python -m tools.peers`: other tools' formats of test cases, and the comparison. The sources here are our own."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tools.coverage import Answer
from tools.peers import __main__ as peers
from tools.peers import rails, rust, typescript
from tools.peers.case import Case
from tools.peers.compare import Verdict, compare

SQUAWK = """
mod test {
    #[test]
    fn index_err() {
        let sql = r#"
CREATE INDEX i ON t (c);
        "#;
        assert_snapshot!(lint_errors(sql, Rule::RequireConcurrentIndexCreation));
    }

    #[test]
    fn index_ok() {
        let sql = "CREATE INDEX CONCURRENTLY i ON t (c);";
        lint_ok_with(sql, LinterSettings { pg_version: Version::new(16, 0, 0), assume_in_transaction: true });
    }
}
"""


def write(folder: Path, path: str, text: str) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text)


def test_squawk(tmp_path: Path) -> None:
    write(tmp_path, "crates/squawk_linter/src/rules/require_concurrent_index_creation.rs", SQUAWK)
    bad, good = rust.squawk(tmp_path)
    assert (bad.rule, bad.name, bad.flagged) == ("require-concurrent-index-creation", "index_err", True)
    assert bad.sql.strip() == "CREATE INDEX i ON t (c);"
    assert (good.flagged, good.in_transaction, good.version) == (False, True, 16)


def test_pgsafe(tmp_path: Path) -> None:
    write(
        tmp_path,
        "tests/rule_cases.rs",
        'assert!(fires("DROP TABLE \\"t\\"", "drop-table"));\nassert!(!fires(\n    "SELECT 1; \\\n     SELECT 2",\n'
        '    "drop-table"\n));\n',
    )
    bad, good = rust.pgsafe(tmp_path)
    assert (bad.rule, bad.sql, bad.flagged) == ("drop-table", 'DROP TABLE "t"', True)
    assert (good.sql, good.flagged) == ("SELECT 1; SELECT 2", False)


def test_eugene(tmp_path: Path) -> None:
    write(tmp_path, "eugene/src/lints.rs", "")
    write(
        tmp_path, "eugene/examples/E6/bad.sql", "-- 1.sql\ncreate table t (a int);\n-- 2.sql\ncreate index on t (a);\n"
    )
    (case,) = rust.eugene(tmp_path)
    assert (case.rule, case.flagged, case.in_transaction) == ("E6", True, True)
    assert (case.before, case.sql) == (("\ncreate table t (a int);\n",), "\ncreate index on t (a);\n")


def test_pgfence(tmp_path: Path) -> None:
    write(tmp_path, "tests/fixtures/drop.sql", "DROP TABLE t;")
    write(
        tmp_path,
        "tests/analyzer.test.ts",
        "describe('x', () => {\n"
        "  it('finds a dropped table', async () => {\n"
        "    const r = await analyze([fixture('drop.sql')], c);\n"
        "    const found = r.find((c) => c.ruleId === 'drop-table');\n"
        "    expect(found).toBeDefined();\n"
        "    expect(r.find((c) => c.ruleId === 'truncate')).toBeUndefined();\n"
        "  });\n"
        "});\n",
    )
    cases = [(case.rule, case.flagged, case.sql) for case in typescript.pgfence(tmp_path)]
    assert cases == [("drop-table", True, "DROP TABLE t;"), ("truncate", False, "DROP TABLE t;")]


def test_strong_migrations(tmp_path: Path) -> None:
    write(
        tmp_path,
        "test/migrations/index.rb",
        "class Bad < TestMigration\n  def change\n    add_index :users, [:a, :b], unique: true\n  end\nend\n\n"
        "class Good < TestMigration\n  disable_ddl_transaction!\n\n  def change\n"
        "    add_index :users, :a, algorithm: :concurrently\n  end\nend\n\n"
        "class Unread < TestMigration\n  def change\n    do_something :users\n  end\nend\n",
    )
    write(
        tmp_path,
        "test/add_index_test.rb",
        "class T\n  def test_bad\n    assert_unsafe Bad\n  end\n\n  def test_good\n    assert_safe Good\n  end\n\n"
        "  def test_unread\n    assert_safe Unread\n  end\nend\n",
    )
    bad, good = rails.strong_migrations(tmp_path)
    assert (bad.sql, bad.flagged, bad.in_transaction) == ("CREATE UNIQUE INDEX ON users (a, b);\n", True, True)
    assert (good.sql, good.flagged, good.in_transaction) == ("CREATE INDEX CONCURRENTLY ON users (a);\n", False, False)


@pytest.mark.parametrize(
    ("line", "sql"),
    [
        ("change_column :users, :name, :string, limit: 64", 'ALTER TABLE users ALTER COLUMN "name" TYPE varchar(64)'),
        (
            "change_column :users, :n, :decimal, precision: 12, scale: 5, null: false",
            'ALTER TABLE users ALTER COLUMN "n" TYPE numeric(12,5), ALTER COLUMN "n" SET NOT NULL',
        ),
        ('add_column :users, :u, :uuid, default: "f()"', "ALTER TABLE users ADD COLUMN u uuid DEFAULT f()"),
        ("add_column :users, :u, :boolean, default: true", "ALTER TABLE users ADD COLUMN u boolean DEFAULT true"),
        ("change_column_null :users, :name, false", "ALTER TABLE users ALTER COLUMN name SET NOT NULL"),
        ("change_column_null :users, :name, false, 'x'", None),
        ("anything_else :users", None),
    ],
)
def test_rails_calls_are_translated_or_left_out(line: str, sql: str | None) -> None:
    assert rails.translated(line) == sql


@pytest.mark.parametrize(
    ("sql", "flagged", "codes", "verdict"),
    [
        ("CREATE INDEX ON t (a);", True, ("MS101",), Verdict.SAME),
        ("CREATE INDEX ON t (a);", False, ("MS101",), Verdict.EXTRA),
        ("SELECT 1;", True, ("MS101",), Verdict.MISSED),
        ("SELECT 1;", False, ("MS101",), Verdict.SAME),
        ("SELECT 1;", True, (), Verdict.ELSEWHERE),
    ],
)
def test_the_verdict(sql: str, flagged: bool, codes: tuple[str, ...], verdict: Verdict) -> None:
    case = Case(peer="p", rule="r", name="n", sql=sql, flagged=flagged)
    (comparison,) = compare([case], {("p", "r"): Answer(codes=codes)})
    assert comparison.verdict is verdict


def test_earlier_migrations_are_context() -> None:
    case = Case(
        peer="p", rule="r", name="n", sql="ALTER TABLE t ALTER COLUMN a SET NOT NULL;", flagged=False,
        before=("CREATE TABLE t (a int, CHECK (a IS NOT NULL));",),
    )  # fmt: skip
    (comparison,) = compare([case], {("p", "r"): Answer(codes=("MS106",))})
    assert comparison.verdict is Verdict.SAME


def test_an_unknown_rule_is_an_error() -> None:
    case = Case(peer="p", rule="new", name="n", sql="SELECT 1;", flagged=True)
    with pytest.raises(KeyError):
        list(compare([case], {}))


def test_what_is_undecided_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "fixed-width+pgsafe/tests/a.rs", 'assert!(fires("SELECT 1", "drop-table"));\n')
    assert peers.main([str(tmp_path)]) == 1
    shown = capsys.readouterr().out
    assert "missed: pgsafe/drop-table/a-1 (PostgreSQL 15)" in shown
    assert "SELECT 1" in shown


def test_every_decision_says_why() -> None:
    decisions = tomllib.loads(Path(peers.__file__).with_name("decisions.toml").read_text())
    assert len(decisions) > 30
    assert all(len(why) > 15 and key.count("/") >= 2 for key, why in decisions.items())
