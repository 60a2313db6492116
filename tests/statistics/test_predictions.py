"""Predictions on the schema of a snapshot are what the server does, as those on the replayed history are."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import count

import pytest

from migsafe.effects.postgresql import predict
from migsafe.model.effects import Refusal
from migsafe.schema.schema import Schema
from migsafe.statistics.file import read, written
from migsafe.statistics.shadow import schema_of
from tests.effects import truth
from tests.effects.known_disagreements import KNOWN
from tests.statistics.live import database, snapshot_of
from tools.observe.cases import FOLDER, read_file
from tools.observe.recording import recordings
from tools.observe.servers import Server
from tools.observe.session import run_script

TOPICS = sorted(path.stem for path in FOLDER.glob("*.sql"))
NUMBERS = count()
# History counts the rows that it loads; a table of a few rows that was never analysed has none for a snapshot.
ROWS_UNKNOWN = "not refused: 23"


def captured_by(server: Server) -> Callable[[str], Schema]:
    """What a snapshot says after a setup has run, written to a file and read again."""

    @cache
    def schema_after(setup: str) -> Schema:
        name = f"predicted-{next(NUMBERS)}"
        with database(server, name) as session:
            run_script(session, setup)
            return schema_of(read(written(snapshot_of(server, name)), "snapshot"))

    return schema_after


@pytest.mark.parametrize("topic", TOPICS)
def test_predictions_are_what_the_server_does(topic: str, postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(truth, "schema_after", captured_by(postgres))
    wrong: dict[str, str] = {}
    compared = 0
    for recording in recordings(read_file(FOLDER / f"{topic}.sql")):
        observed = recording.observations.get(postgres.major)
        name = f"{topic}/{recording.case.name}"
        if observed is None or recording.digest_differs or name in KNOWN:
            continue
        compared += 1
        found = truth.disagreements(recording.case, postgres.major, observed)
        if found and not (topic == "refused-by-data" and found[0].startswith(ROWS_UNKNOWN)):
            wrong[name] = "; ".join(found)
    assert wrong == {}
    assert compared


def test_a_column_without_values_is_refused_where_a_snapshot_counts_rows(postgres: Server) -> None:
    script = "CREATE TABLE t (id int); INSERT INTO t SELECT generate_series(1, 5000); ANALYZE t"
    with database(postgres, "counted") as session:
        for statement in script.split(";"):
            session.execute(statement.encode())
        schema = schema_of(snapshot_of(postgres, "counted"))
    (statement_,) = truth.statements("ALTER TABLE t ADD COLUMN a int NOT NULL")
    predicted = predict(statement_, schema, postgres.major)
    assert isinstance(predicted, Refusal)
    assert predicted.sqlstate == "23502"
