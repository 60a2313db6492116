"""Every prediction is what a real server did, in every case and on every version (fixtures/truth).

`KNOWN` names the cases in which they differ, and the assumption by which a reader of the report is warned of it. An
entry that is no longer needed fails the test, too.
"""

from __future__ import annotations

import pytest

from tests.effects.known_disagreements import KNOWN, MOST
from tests.effects.truth import assumptions, disagreements
from tools.observe.cases import FOLDER, read_file
from tools.observe.recording import Recording, recordings

TOPICS = sorted(path.stem for path in FOLDER.glob("*.sql"))


@pytest.mark.parametrize("topic", TOPICS)
def test_predictions_are_what_servers_do(topic: str) -> None:
    wrong: dict[str, list[str]] = {}
    for recording in recordings(read_file(FOLDER / f"{topic}.sql")):
        if recording.digest_differs:
            continue  # the text was edited and not observed again; tests/observe says so
        for version, observed in recording.observations.items():
            found = disagreements(recording.case, version, observed)
            if found:
                wrong.setdefault(f"{topic}/{recording.case.name}", []).append(f"{version}: {'; '.join(found)}")
    unexpected = {case: found for case, found in wrong.items() if case not in KNOWN}
    assert unexpected == {}
    settled = {case for case in KNOWN if case.startswith(f"{topic}/") and case not in wrong}
    assert settled == set(), "these agree by now: take them out of known_disagreements.py"


def test_differences_are_rare_and_the_report_warns_of_each() -> None:
    known: dict[str, Recording] = {}
    rows = 0
    for topic in TOPICS:
        for recording in recordings(read_file(FOLDER / f"{topic}.sql")):
            rows += len(recording.observations)
            name = f"{topic}/{recording.case.name}"
            if name in KNOWN:
                known[name] = recording

    assert known.keys() == KNOWN.keys()
    assert sum(len(recording.observations) for recording in known.values()) <= MOST * rows
    for name, recording in known.items():
        for version in recording.observations:
            told = assumptions(recording.case, version)
            assert not KNOWN[name] or any(KNOWN[name] in what for what in told), (name, version, told)
