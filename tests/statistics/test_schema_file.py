"""`docs/snapshot.schema.json` is what the records say, and what is written keeps to it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from migsafe.statistics.file import written
from tests.statistics.live import database, snapshot_of
from tests.statistics.test_file import WHOLE
from tools import snapshot_schema
from tools.observe.cases import read_file
from tools.observe.servers import Server
from tools.observe.session import run_script

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / snapshot_schema.FILE).read_text(encoding="utf-8"))


def test_it_is_up_to_date() -> None:
    assert (ROOT / snapshot_schema.FILE).read_text(encoding="utf-8") == snapshot_schema.text()


def test_a_written_snapshot_is_valid() -> None:
    jsonschema.validate(json.loads(written(WHOLE)), SCHEMA)


@pytest.mark.parametrize("topic", ["partitions", "views", "types"])
def test_a_captured_snapshot_is_valid(topic: str, postgres: Server) -> None:
    (first, *_) = read_file(ROOT / f"fixtures/truth/{topic}.sql")
    with database(postgres, f"valid-{topic}") as session:
        run_script(session, first.setup)
        document = json.loads(written(snapshot_of(postgres, f"valid-{topic}")))
    assert document["schema"]["relations"]
    jsonschema.validate(document, SCHEMA)


def test_what_is_wrong_is_not_valid() -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"snapshot_version": 1, "tables": [{"rows": 5}]}, SCHEMA)
