"""`migsafe calibrate`: where it measures, what it asks, what it writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.statistics.calibration import load_constants
from migsafe.verify import calibration
from migsafe.verify.calibration.probe import Probe
from tests.cli.conftest import Run
from tools.observe.servers import Server

VARIABLE = "LIVE_DATABASE"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """One measurement instead of all: what they measure is tested elsewhere."""

    def measure(probe: Probe) -> dict[str, float]:
        probe.run("CREATE TABLE here (a int)")
        return {"read_row": 1.25e-8}

    monkeypatch.setattr(calibration, "FAMILIES", (("measuring", measure),))


@pytest.fixture
def live(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setenv(VARIABLE, f"postgresql://postgres:s3cret@/postgres?host={postgres.directory}&port=5432")
    return postgres


def left_behind(server: Server) -> int:
    with server.connect() as session:
        row = session.execute("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'migsafe_calib%'").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.usefixtures("quick")
def test_in_a_database_that_the_user_names_and_confirms(run: Run, live: Server, project: Path) -> None:
    result = run("calibrate", "--database-url-env", VARIABLE, "--yes", "--output", "here.json")
    assert result.code == 0
    assert load_constants(project / "here.json").read_row == 1.25e-8
    assert "read 1 million rows" in result.out
    assert "measuring ..." in result.err
    assert "s3cret" not in result.out + result.err
    assert left_behind(live) == 0


@pytest.mark.usefixtures("quick", "live")
def test_without_a_yes_nothing_is_created(run: Run, project: Path) -> None:
    result = run("calibrate", "--database-url-env", VARIABLE, "--output", "here.json")
    assert result.code == 2
    assert "--yes" in result.err
    assert not (project / "here.json").exists()


@pytest.mark.usefixtures("quick")
def test_on_a_scratch_server_into_the_configuration_of_the_user(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(project / "config"))
    result = run("calibrate", "-q")
    assert (result.code, result.out, result.err) == (0, "", "")
    assert load_constants(project / "config" / "migsafe" / "calibration.json").machine.processors > 0


def test_a_variable_that_is_not_set_is_named(run: Run) -> None:
    result = run("calibrate", "--database-url-env", "NOT_THERE", "--yes", "--output", "here.json")
    assert result.code == 2
    assert "NOT_THERE" in result.err


def test_a_folder_without_programs_is_refused(run: Run, project: Path) -> None:
    result = run("calibrate", "--pg-bin", str(project), "--output", "here.json")
    assert result.code == 2
    assert "holds no postgres" in result.err


def test_the_two_places_exclude_each_other(run: Run, project: Path) -> None:
    result = run("calibrate", "--pg-bin", str(project), "--database-url-env", "X", "--output", "here.json")
    assert result.code == 2
    assert "exclude each other" in result.err


@pytest.mark.usefixtures("live")
def test_a_role_that_may_not_create_is_told_so(run: Run, live: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with live.connect() as session:
        session.execute("CREATE ROLE reader LOGIN")
    try:
        monkeypatch.setenv(VARIABLE, f"postgresql://reader@/postgres?host={live.directory}&port=5432")
        result = run("calibrate", "--database-url-env", VARIABLE, "--yes", "--output", "here.json")
    finally:
        with live.connect() as session:
            session.execute("DROP ROLE reader")
    assert result.code == 2
    assert "permission denied" in result.err
    assert "Traceback" not in result.err
