"""Calibration on a real server, with tables so small that nothing but its running is seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from migsafe.errors import SetupError
from migsafe.model.constants import DEFAULTS, Constants, Machine
from migsafe.outputs.calibration import render
from migsafe.statistics.calibration import NAMES, default_path, dump, load_constants, parse, store
from migsafe.verify.binaries import find
from migsafe.verify.calibration import FAMILIES, calibrate
from migsafe.verify.calibration.probe import Probe, Sized, split
from tools.observe.servers import Server

Connection = psycopg.Connection[tuple[Any, ...]]
NOT_MEASURED = {"disk_byte", "spilled", "presorted", "replay_byte"}


@pytest.fixture
def probe(postgres: Server) -> Probe:
    """On a database that belongs to others: no setting of the server is changed."""
    return Probe(postgres.connect(), postgres.connect, own=False, scale=0.01)


def schemas(probe: Probe) -> float:
    return probe.number("SELECT count(*)::int FROM pg_namespace WHERE nspname LIKE 'migsafe_calibration%'")


def test_every_constant_is_measured_or_said_not_to_be(probe: Probe) -> None:
    heard: list[str] = []
    found = calibrate(probe, heard.append)
    assert heard == [title for title, _ in FAMILIES]
    same = {name for name in NAMES if getattr(found, name) == getattr(DEFAULTS, name)}
    assert same <= NOT_MEASURED
    assert all(0 < getattr(found, name) < 1 or name in ("spilled", "parallel") for name in NAMES)
    assert found.machine.server.startswith("PostgreSQL")
    assert schemas(probe) == 0


def test_the_schema_goes_when_a_measurement_fails(probe: Probe) -> None:
    def fail(title: str) -> None:
        if title == "building indexes":
            raise InterruptedError

    with pytest.raises(InterruptedError):
        calibrate(probe, fail)
    assert schemas(probe) == 0


def test_rows_and_bytes_are_told_apart() -> None:
    narrow, wide = Sized(1000, 40_000), Sized(1000, 500_000)
    row, byte = split((1000 * 2.0 + 40_000 * 0.5, narrow), (1000 * 2.0 + 500_000 * 0.5, wide), (1.0, 1.0))
    assert (row, byte) == pytest.approx((2.0, 0.5))


def test_noise_that_would_make_one_negative_scales_the_usual_ones() -> None:
    narrow, wide = Sized(1000, 40_000), Sized(1000, 500_000)
    row, byte = split((100.0, narrow), (90.0, wide), (3.0, 0.01))
    assert row / byte == pytest.approx(300)
    assert row > 0


def test_a_calibration_comes_back_from_its_file(tmp_path: Path) -> None:
    measured = Constants(machine=Machine(description="Linux", processors=2, server="PostgreSQL 16.1"), read_row=1.5e-8)
    path = tmp_path / "new" / "calibration.json"
    store(measured, path)
    assert load_constants(path) == measured
    assert parse(dump(measured), "text") == measured


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[]",
        '{"calibration_version": 99, "constants": {}}',
        '{"calibration_version": 1}',
        '{"calibration_version": 1, "constants": {"read_row": "fast"}}',
        '{"calibration_version": 1, "constants": {"read_row": -1}}',
        '{"calibration_version": 1, "constants": {"read_row": NaN}}',
        '{"calibration_version": 1, "constants": {"read_row": true}}',
    ],
)
def test_what_is_no_calibration_is_said_to_be_none(text: str) -> None:
    with pytest.raises(SetupError, match="where"):
        parse(text, "where")


def test_a_missing_file_is_a_matter_of_the_set_up(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot read the calibration"):
        load_constants(tmp_path / "none.json")


def test_constants_of_later_versions_are_passed_over_and_missing_ones_keep_their_default() -> None:
    found = parse('{"calibration_version": 1, "constants": {"read_row": 2e-8, "warp": 9}}', "text")
    assert found == DEFAULTS.replace(read_row=2e-8)


@pytest.mark.parametrize(
    ("environment", "platform", "expected"),
    [
        ({"XDG_CONFIG_HOME": "/x", "HOME": "/h"}, "linux", "/x/migsafe/calibration.json"),
        ({"XDG_CONFIG_HOME": "relative", "HOME": "/h"}, "linux", "/h/.config/migsafe/calibration.json"),
        ({"HOME": "/h"}, "darwin", "/h/Library/Application Support/migsafe/calibration.json"),
        ({}, "linux", None),
    ],
)
def test_the_file_lies_where_the_system_wants_it(
    environment: dict[str, str], platform: str, expected: str | None
) -> None:
    found = default_path(environment, platform)
    assert (None if found is None else found.as_posix()) == expected


def test_a_folder_without_a_server_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="holds no postgres"):
        find(tmp_path)


def test_the_packaged_server_is_found_without_a_search_path(monkeypatch: pytest.MonkeyPatch) -> None:
    from migsafe.verify import binaries

    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(binaries, "_DEBIAN", Path("/nowhere"))
    found = find(None)
    assert found.postgres.is_file()
    assert found.initdb.is_file()


def test_the_table_shows_here_beside_the_default() -> None:
    shown = render(DEFAULTS.replace(machine=Machine(description="Linux", server="PostgreSQL 16.1"), statement=0.5))
    assert "PostgreSQL 16.1 on Linux" in shown
    assert "0.50 s" in shown
