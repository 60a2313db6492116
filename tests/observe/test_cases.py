from __future__ import annotations

from pathlib import Path

import pytest

from tools.observe.binaries import MAJORS
from tools.observe.cases import Case, CaseError, parse, read_folder
from tools.observe.observation import DataChange, Observation, ObservedLock, Refusal
from tools.observe.recording import recordings, write_topic

TEXT = """\
-- Prose about the topic.
CREATE ROLE this_is_prose;

-- setup: users
CREATE TABLE users (id int);

-- case: plain
-- A note.
ALTER TABLE users
  ADD COLUMN x int;

-- case: later (14-16)
-- before:
SELECT 1;
-- observed:
SELECT 2;

-- setup: orders extends users
CREATE TABLE orders (id int);

-- case: one-version (18)
SELECT 3;
"""


def test_a_case_has_the_setup_above_it() -> None:
    plain, later, one_version = parse(TEXT, "topic")
    assert plain == Case(
        "topic",
        "plain",
        "CREATE TABLE users (id int);",
        "",
        "ALTER TABLE users\n  ADD COLUMN x int;",
        MAJORS,
    )
    assert (later.before, later.statement, later.versions) == ("SELECT 1;", "SELECT 2;", (14, 15, 16))
    assert one_version.setup == "CREATE TABLE users (id int);\nCREATE TABLE orders (id int);"
    assert one_version.versions == (18,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-- case: a\n-- case: b\nSELECT 1;", "topic.sql:1: expected a statement"),
        ("-- case: a\n-- before:\nSELECT 1;\n", "topic.sql:1: expected a statement"),
        ("-- case: a\nSELECT 1;\n-- case: a\nSELECT 2;", "topic.sql:3: there are two cases named a"),
        ("-- setup: a extends b\n", "topic.sql:1: the setup b does not stand above"),
        ("-- case: a b\nSELECT 1;", "topic.sql:1: expected 'case: NAME'"),
        ("-- observed:\nSELECT 1;", "topic.sql:1: 'observed' without a case"),
    ],
)
def test_mistakes_are_named_with_their_place(text: str, message: str) -> None:
    with pytest.raises(CaseError) as error:
        parse(text, "topic")
    assert str(error.value).startswith(message)


def test_recordings_survive_the_way_to_the_file_and_back(tmp_path: Path) -> None:
    _, later, _ = parse(TEXT, "topic")
    locked = Observation(
        locks=(ObservedLock("public.users", "table", "ShareLock"),),
        data=(DataChange("public.users", "insert"),),
        scans=("public.users",),
        transactional=False,
    )
    refused = Observation(error=Refusal("42601", "syntax error"))
    observations = {14: refused, 15: locked, 16: locked}
    path = write_topic("topic", [(later, observations)], tmp_path)
    assert path.read_text().count('"locks"') == 2, "neighbouring versions with one observation share it"

    (recording,) = recordings([later], tmp_path)
    assert recording.observations == observations
    assert not recording.stale


def test_a_changed_case_makes_its_recording_stale(tmp_path: Path) -> None:
    case, *_ = parse(TEXT, "topic")
    write_topic("topic", [(case, dict.fromkeys(MAJORS, Observation()))], tmp_path)
    changed, *_ = parse(TEXT.replace("ADD COLUMN x", "ADD COLUMN y"), "topic")
    (recording,) = recordings([changed], tmp_path)
    assert recording.stale


def test_every_case_has_a_fresh_recording() -> None:
    stale = [f"{each.case.topic}/{each.case.name}" for each in recordings(list(read_folder())) if each.stale]
    assert not stale, "run python -m tools.observe"
