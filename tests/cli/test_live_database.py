"""`check` with a live database: what is pending is judged, on the schema that is there, with its sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.cli.conftest import Run
from tests.statistics.live import database, environment
from tools.observe.servers import Server

CREATE = "CREATE TABLE orders (id bigserial PRIMARY KEY, total numeric(10, 2) NOT NULL, note varchar(200));"
STATE = "ALTER TABLE orders ADD COLUMN state text;"
REQUIRED = "ALTER TABLE orders ALTER COLUMN note SET NOT NULL;"
VERSIONS = """CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint, is_applied boolean,
  tstamp timestamp DEFAULT now());
INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true), (1, true), (2, true);"""
ROWS = "INSERT INTO orders (total, note) SELECT n, 'x' FROM generate_series(1, 20000) n; ANALYZE orders;"
HEAD = "-- +goose NO TRANSACTION\n-- +goose Up\n"


@pytest.fixture
def live(
    project: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., psycopg.Connection]]:
    """A goose project of three migrations, of which a database has applied two; `$LIVE` is its URL."""
    folder = project / "migrations"
    folder.mkdir()
    for number, text in enumerate((CREATE, STATE, REQUIRED), 1):
        (folder / f"0000{number}_step.sql").write_text(HEAD + text + "\n")
    with database(postgres, "live", f"{CREATE}\n{STATE}\n{VERSIONS}\n{ROWS}") as session:
        monkeypatch.setenv("LIVE", environment(postgres, "live")["DB"])
        yield lambda: session


def test_what_is_pending_is_judged_with_its_time(live: Callable[..., psycopg.Connection], run: Run) -> None:
    live()
    result = run("check", "--database-url-env", "LIVE", "--output-format", "json", "--select", "MS1")
    assert [m["path"] for m in result.report["migrations"] if m["in_focus"]] == ["migrations/00003_step.sql"]
    (found,) = result.report["findings"]
    assert (found["code"], found["severity"]) == ("MS106", "info")
    assert found["impact"]["rows"] == 20000
    assert 0 < found["impact"]["seconds"]["expected"] < 1
    assert found["impact"]["holds_up_to_rows"] > 60000
    assert result.report["target"]["statistics"]["sources"] == ["the database of $LIVE"]
    assert any("2 of 3 migrations are applied" in note for note in result.report["notes"])


def test_the_url_is_in_no_output(live: Callable[..., psycopg.Connection], run: Run, postgres: Server) -> None:
    live()
    for output in ("text", "json", "concise"):
        result = run("check", "--database-url-env", "LIVE", "--output-format", output)
        assert "LIVE" in result.out or output == "concise"
        assert postgres.conninfo("live") not in result.out


def test_a_budget_below_the_expected_time_makes_an_error(live: Callable[..., psycopg.Connection], run: Run) -> None:
    live()
    result = run("check", "--database-url-env", "LIVE", "--max-blocking", "1ms", "--growth", "100")
    assert result.code == 1
    assert "at 100 times the size about" in result.out


def test_the_live_schema_counts_and_not_the_replayed_one(live: Callable[..., psycopg.Connection], run: Run) -> None:
    """A valid CHECK that somebody added by hand proves NOT NULL: nothing is read."""
    live().execute("ALTER TABLE orders ADD CONSTRAINT by_hand CHECK (note IS NOT NULL)")
    result = run("check", "--database-url-env", "LIVE", "--output-format", "json")
    assert "MS106" not in result.codes
    (drift,) = [finding for finding in result.report["findings"] if finding["code"] == "MS720"]
    assert drift["why"] == "In the database public.orders has a constraint by_hand more."
    assert drift["path"] == "migrations/00003_step.sql"


def test_without_a_difference_there_is_no_drift(live: Callable[..., psycopg.Connection], run: Run) -> None:
    live()
    assert "MS720" not in run("check", "--database-url-env", "LIVE", "--output-format", "json").codes


def test_a_named_migration_that_is_applied_is_judged_on_history(
    live: Callable[..., psycopg.Connection], run: Run
) -> None:
    """On the live schema it would be refused: the column exists."""
    live()
    path = "migrations/00002_step.sql"
    result = run("check", path, "--database-url-env", "LIVE", "--output-format", "json")
    assert "MS003" not in result.codes
    assert any("applied already" in note for note in result.report["notes"])


def test_a_named_folder_leaves_it_open_what_is_judged(live: Callable[..., psycopg.Connection], run: Run) -> None:
    live()
    result = run("check", "migrations", "--database-url-env", "LIVE", "--output-format", "json")
    assert result.report["summary"]["in_focus"] == 1


def test_all_applied_is_clean_and_says_so(live: Callable[..., psycopg.Connection], run: Run) -> None:
    live().execute("INSERT INTO goose_db_version (version_id, is_applied) VALUES (3, true)")
    result = run("check", "--database-url-env", "LIVE")
    assert result.code == 0
    assert "the database has applied everything" in result.out


def test_a_single_statement_meets_the_live_schema(live: Callable[..., psycopg.Connection], run: Run) -> None:
    live()
    result = run("locks", "ALTER TABLE orders ADD COLUMN note text", "--database-url-env", "LIVE")
    assert 'column "note" of relation "orders" already exists' in result.out


def test_a_file_with_the_snapshot_does_the_same(live: Callable[..., psycopg.Connection], run: Run) -> None:
    live()
    assert run("snapshot", "--database-url-env", "LIVE").code == 0
    result = run("check", "--stats", "migsafe-stats.json", "--output-format", "json", "--select", "MS1")
    assert result.codes == ["MS106"]
    assert result.report["target"]["statistics"]["databases"] == ["live"]


def test_the_server_says_which_version_it_is(
    live: Callable[..., psycopg.Connection], run: Run, postgres: Server
) -> None:
    live()
    result = run("check", "--database-url-env", "LIVE", "--output-format", "json")
    assert result.report["target"]["version"] == str(postgres.major)
    result = run("check", "--database-url-env", "LIVE", "--target-version", "15", "--output-format", "json")
    assert result.report["target"]["version"] == "15"


def test_applied_versions_of_another_project_decide_nothing(live: Callable[..., psycopg.Connection], run: Run) -> None:
    live().execute("UPDATE goose_db_version SET version_id = version_id + 100 WHERE version_id > 0")
    result = run("check", "--database-url-env", "LIVE", "--output-format", "json")
    assert result.report["summary"]["in_focus"] == 3
    assert "MS003" not in result.codes
    assert any("goose_db_version does not tell which" in note for note in result.report["notes"])


def test_a_file_of_the_same_database_is_its_older_picture(live: Callable[..., psycopg.Connection], run: Run) -> None:
    """What is applied is the database's to say; a figure that hardly changed is the file's, so that no gate flaps."""
    live().execute("UPDATE goose_db_version SET version_id = 1 WHERE version_id = 2")
    assert run("snapshot", "--database-url-env", "LIVE", "--output", "old.json").code == 0
    live().execute("INSERT INTO goose_db_version (version_id, is_applied) VALUES (2, true)")
    live().execute("INSERT INTO orders (total, note) SELECT n, 'x' FROM generate_series(1, 3000) n; ANALYZE orders")
    flags = ("--database-url-env", "LIVE", "--output-format", "json", "--select", "MS1")
    report = run("check", "--stats", "old.json", *flags).report
    assert [m["path"] for m in report["migrations"] if m["in_focus"]] == ["migrations/00003_step.sql"]
    assert [finding["impact"]["rows"] for finding in report["findings"]] == [20000]
    assert [finding["impact"]["rows"] for finding in run("check", *flags).report["findings"]] == [23000]


def test_migrations_that_were_merged_late_come_after_what_is_applied(
    live: Callable[..., psycopg.Connection], run: Run
) -> None:
    live().execute("UPDATE goose_db_version SET version_id = 3 WHERE version_id = 2")
    live().execute("ALTER TABLE orders DROP COLUMN state")
    live().execute("ALTER TABLE orders ALTER COLUMN note SET NOT NULL")
    report = run("check", "--database-url-env", "LIVE", "--output-format", "json").report
    assert [m["path"] for m in report["migrations"]] == [
        "migrations/00001_step.sql",
        "migrations/00003_step.sql",
        "migrations/00002_step.sql",
    ]
    assert [m["in_focus"] for m in report["migrations"]] == [False, False, True]
    assert not {"MS003", "MS720"} & {finding["code"] for finding in report["findings"]}


def test_a_timeout_of_the_whole_database_is_the_session_s(live: Callable[..., psycopg.Connection], run: Run) -> None:
    live()
    assert "MS301" in run("check", "--database-url-env", "LIVE", "--output-format", "json").codes
    live().execute("ALTER DATABASE live SET lock_timeout = '3s'")
    assert "MS301" not in run("check", "--database-url-env", "LIVE", "--output-format", "json").codes
