"""Every prediction is what a real server did, in every case and on every version (fixtures/truth).

`KNOWN` names the cases in which they differ, and what a reader of the report is told instead. An entry that is no
longer needed fails the test, too.
"""

from __future__ import annotations

import pytest

from tests.effects.known_disagreements import KNOWN
from tests.effects.truth import disagreements
from tools.observe.cases import FOLDER, read_file
from tools.observe.recording import recordings

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
