"""python -m tools.observe: run every case on servers of every version and write down what they did."""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass

from tools.observe.binaries import MAJORS, fetched
from tools.observe.cases import Case, read_folder
from tools.observe.observation import Observation, ObservationError
from tools.observe.observe import observatory
from tools.observe.recording import recordings, write_topic
from tools.observe.servers import Server, embedded_server, scratch_server

# More than one, because up to PostgreSQL 14 some cases wait half a second for the counters.
SESSIONS_PER_SERVER = 4

Observed = dict[Case, Observation | str]
Start = Callable[[int], AbstractContextManager[Server]]


@dataclass(frozen=True)
class Options:
    versions: tuple[int, ...]
    topics: tuple[str, ...]
    check: bool
    embedded: bool


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    cases = [case for case in read_folder() if not options.topics or case.topic in options.topics]
    started = time.monotonic()
    observed = _observe_everywhere(cases, options)
    seconds = time.monotonic() - started
    print(f"{len(cases)} cases on {len(options.versions)} versions in {seconds:.0f} s", file=sys.stderr)
    failures = _failures(observed)
    for failure in failures:
        print(failure, file=sys.stderr)
    if options.check:
        return _compare(cases, observed, options) or bool(failures)
    _write(cases, observed)
    return bool(failures)


def _options(arguments: list[str]) -> Options:
    parser = argparse.ArgumentParser(prog="python -m tools.observe", description=__doc__)
    parser.add_argument("--versions", default=f"{MAJORS[0]}-{MAJORS[-1]}", help="for example 14 or 14-17")
    parser.add_argument("--topics", nargs="*", default=[], help="names of case files without .sql")
    parser.add_argument("--check", action="store_true", help="compare with what is recorded, write nothing")
    parser.add_argument("--embedded", action="store_true", help="only the server that the test requirements install")
    parsed = parser.parse_args(arguments)
    if parsed.embedded:
        return Options((MAJORS[-1],), tuple(parsed.topics), parsed.check, embedded=True)
    first, _, last = parsed.versions.partition("-")
    versions = tuple(major for major in MAJORS if int(first) <= major <= int(last or first))
    return Options(versions, tuple(parsed.topics), parsed.check, embedded=False)


def _observe_everywhere(cases: list[Case], options: Options) -> dict[int, Observed]:
    start = embedded_server if options.embedded else scratch_server
    for version in () if options.embedded else options.versions:
        fetched(version)
    # One process for each version in turn; the client is half of the work, so threads would not do.
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        wanted = [[case for case in cases if version in case.versions] for version in options.versions]
        results = pool.map(_observe_version, options.versions, wanted, itertools.repeat(start))
        return dict(zip(options.versions, results, strict=True))


def _observe_version(version: int, cases: list[Case], start: Start) -> Observed:
    by_setup = itertools.groupby(sorted(cases, key=lambda case: case.setup), key=lambda case: case.setup)
    groups = [list(group) for _, group in by_setup]
    with start(version) as server, ThreadPoolExecutor(SESSIONS_PER_SERVER) as pool:
        results = pool.map(lambda group: _observe_group(server, group), groups)
        return {case: observation for result in results for case, observation in result.items()}


def _observe_group(server: Server, cases: list[Case]) -> Observed:
    """A text instead of an observation says why there is none."""
    observed: Observed = {}
    with ExitStack() as stack:
        place = stack.enter_context(observatory(server))
        for case in cases:
            try:
                observed[case] = place.observe(case.setup, case.statement, case.before)
            except ObservationError as failure:
                observed[case] = str(failure)
    return observed


def _failures(observed: dict[int, Observed]) -> list[str]:
    return [
        f"{case.topic}/{case.name} on {version}: {observation}"
        for version, results in observed.items()
        for case, observation in results.items()
        if isinstance(observation, str)
    ]


def _fresh(case: Case, observed: dict[int, Observed]) -> dict[int, Observation]:
    found = {version: results.get(case) for version, results in observed.items()}
    return {version: each for version, each in found.items() if isinstance(each, Observation)}


def _write(cases: list[Case], observed: dict[int, Observed]) -> None:
    """Versions that were not asked for keep what is recorded, unless the case has changed."""
    kept = {
        recording.case: {} if recording.digest_differs else recording.observations for recording in recordings(cases)
    }
    for topic, group in itertools.groupby(cases, key=lambda case: case.topic):
        results = [(case, {**kept[case], **_fresh(case, observed)}) for case in group]
        print(write_topic(topic, results))


def _compare(cases: list[Case], observed: dict[int, Observed], options: Options) -> bool:
    """Whether anything differs from the record, twice: what is seen of other sessions can be late on a busy machine."""
    suspects = [case for case, _, _ in _differences(cases, observed)]
    if not suspects:
        return False
    again = list(dict.fromkeys(suspects))
    differences = list(_differences(again, _observe_everywhere(again, options)))
    for case, version, now in differences:
        print(f"{case.topic}/{case.name} on {version} differs: {now}")
    return bool(differences)


def _differences(cases: list[Case], observed: dict[int, Observed]) -> Iterator[tuple[Case, int, Observation]]:
    for recording in recordings(cases):
        for version, now in _fresh(recording.case, observed).items():
            if recording.observations.get(version) != now:
                yield recording.case, version, now


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
