"""What migrations build on a server is what replay says they build: there is no drift where nobody changed anything."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import pytest

from migsafe.schema.drift import drift
from migsafe.statistics.shadow import schema_of
from tests.schema.scripts import replay
from tests.statistics.live import database, snapshot_of
from tools.observe.cases import FOLDER, read_file
from tools.observe.servers import Server
from tools.observe.session import run_script

ROOT = Path(__file__).parents[2]
TOPICS = sorted(path.stem for path in (ROOT / FOLDER).glob("*.sql"))


@pytest.mark.parametrize("topic", TOPICS)
def test_no_drift_where_nothing_was_changed(topic: str, postgres: Server) -> None:
    cases = [case for case in read_file(ROOT / FOLDER / f"{topic}.sql") if postgres.major in case.versions]
    setups = [setup for setup, _ in groupby(cases, key=lambda case: case.setup)]
    assert setups
    for number, setup in enumerate(setups):
        replayed = replay(setup)
        replayed.rollback()
        with database(postgres, f"drift-{topic}-{number}") as session:
            run_script(session, setup)
            live = schema_of(snapshot_of(postgres, f"drift-{topic}-{number}"))
        assert drift(replayed, live) == ()
