"""The recorded observations: one file for each topic, one line for each case, equal versions together."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.observe.cases import FOLDER, Case
from tools.observe.observation import Observation

RECORDED = FOLDER / "recorded"


@dataclass(frozen=True)
class Recording:
    """What the servers did with a case."""

    case: Case
    observations: Mapping[int, Observation]
    digest_differs: bool

    @property
    def stale(self) -> bool:
        """The case was changed afterwards, or was not observed on every version."""
        return self.digest_differs or set(self.observations) != set(self.case.versions)


def recordings(cases: list[Case], folder: Path = RECORDED) -> Iterator[Recording]:
    lines: dict[tuple[str, str], dict[str, object]] = {}
    for topic in sorted({case.topic for case in cases}):
        for line in _lines(folder / f"{topic}.jsonl"):
            lines[topic, str(line["case"])] = line
    for case in cases:
        line = lines.get((case.topic, case.name), {"digest": None, "observed": []})
        yield Recording(case, _unfold(line["observed"]), line["digest"] != case.digest)


def write_topic(topic: str, results: Sequence[tuple[Case, Mapping[int, Observation]]], folder: Path = RECORDED) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{topic}.jsonl"
    lines = [json.dumps(_line(case, observations)) for case, observations in results]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def _line(case: Case, observations: Mapping[int, Observation]) -> dict[str, object]:
    return {"case": case.name, "digest": case.digest, "observed": _fold(observations)}


def _fold(observations: Mapping[int, Observation]) -> list[dict[str, object]]:
    """A group ends where a version differs from the one before, so that groups read as ranges."""
    groups: list[tuple[list[int], Observation]] = []
    for version in sorted(observations):
        if groups and groups[-1][1] == observations[version]:
            groups[-1][0].append(version)
        else:
            groups.append(([version], observations[version]))
    return [{"versions": versions, "observation": same.to_json()} for versions, same in groups]


def _unfold(groups: object) -> dict[int, Observation]:
    assert isinstance(groups, list)
    return {version: Observation.from_json(group["observation"]) for group in groups for version in group["versions"]}


def _lines(path: Path) -> Iterator[dict[str, object]]:
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)
