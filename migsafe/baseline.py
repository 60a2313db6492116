"""The baseline: findings that a project accepts as they are, so that only new ones are reported.

A file of fingerprints. A fingerprint says which rule found what in which statement of which migration; it knows
nothing of line numbers, of severity and of times, so that a comment above, another size or a new wording does not
make an old finding new. The file is sorted and holds nothing else, which keeps its differences small in review.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from migsafe.errors import SetupError
from migsafe.model.record import KeywordRecord, Record
from migsafe.model.report import FindingReport, Report
from migsafe.rules.ms007_internal_error import rule as internal_error

SCHEMA_VERSION: Final = 1
FILE_NAME: Final = "migsafe-baseline.json"
_REMEDY: Final = "write it anew with migsafe baseline"


class Entry(Record):
    """An accepted finding. The fingerprint alone decides; the code and the file are for people, and tell when an
    entry has nothing left to stand for."""

    path: str
    code: str
    fingerprint: str


class Baseline(Record):
    entries: tuple[Entry, ...] = ()


class Compared(KeywordRecord):
    """A report with what the baseline accepts marked, and the entries for which nothing was found any more."""

    report: Report
    stale: tuple[Entry, ...] = ()


def load(path: Path) -> Baseline:
    """The baseline in a file. Raises SetupError when it cannot be read or is none."""
    try:
        document: object = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SetupError(f"cannot read the baseline {path}: {error.strerror}", _REMEDY) from error
    except ValueError as error:  # not JSON, or not UTF-8
        raise SetupError(f"the baseline {path} is damaged: {error}", _REMEDY) from error
    version = document.get("schema_version") if isinstance(document, dict) else None
    if not isinstance(document, dict) or version != SCHEMA_VERSION:
        raise SetupError(f"{path} is no baseline that this version can read", _REMEDY)
    return Baseline(tuple(_entries(document.get("findings"), path)))


def _entries(findings: object, path: Path) -> Iterator[Entry]:
    for item in findings if isinstance(findings, list) else ():
        values = [item.get(field) for field in Entry.fields] if isinstance(item, dict) else []
        texts = [value for value in values if isinstance(value, str)]
        if len(texts) != len(Entry.fields):
            raise SetupError(f"the baseline {path} has an entry without {', '.join(Entry.fields)}", _REMEDY)
        yield Entry(*texts)


def render(baseline: Baseline) -> str:
    """The file's text, sorted, one finding on a line."""
    lines = [json.dumps(_object(entry)) for entry in sorted(set(baseline.entries), key=_order)]
    findings = ",\n".join(f"  {line}" for line in lines)
    inner = f"[\n{findings}\n]" if lines else "[]"
    return f'{{"schema_version": {SCHEMA_VERSION}, "findings": {inner}}}\n'


def _object(entry: Entry) -> Mapping[str, str]:
    return {"path": entry.path, "code": entry.code, "fingerprint": entry.fingerprint}


def _order(entry: Entry) -> tuple[str, str, str]:
    return (entry.path, entry.code, entry.fingerprint)


def of_report(report: Report) -> Baseline:
    """What a report counts. A mistake of migsafe's own is never accepted."""
    kept = (entry for entry in report.findings if entry.counts and _acceptable(entry))
    return Baseline(tuple(_entry(finding, report) for finding in kept))


def _acceptable(entry: FindingReport) -> bool:
    return entry.finding.code != internal_error.info.code


def _entry(entry: FindingReport, report: Report) -> Entry:
    """The path is the migration's, also when the statement stands in a file that it includes."""
    ref = entry.finding.ref
    path = report.migration(ref).migration.path if ref is not None else entry.location.path
    return Entry(path, entry.finding.code, entry.fingerprint)


def compared(report: Report, baseline: Baseline, codes: Iterable[str]) -> Compared:
    """Mark what the baseline accepts. `codes` are the rules that ran: the entries of others say nothing."""
    known = {entry.fingerprint for entry in baseline.entries}
    findings = tuple(
        entry.replace(in_baseline=True) if entry.fingerprint in known and _acceptable(entry) else entry
        for entry in report.findings
    )
    found = {entry.fingerprint for entry in report.findings}
    ran = frozenset(codes)
    lost = (entry for entry in baseline.entries if entry.code in ran and entry.fingerprint not in found)
    return Compared(report=report.replace(findings=findings), stale=tuple(_judged_again(lost, report)))


def _judged_again(entries: Iterable[Entry], report: Report) -> Iterator[Entry]:
    """The entries whose migration this run judged, or whose file is gone from a folder that it read."""
    judged = {entry.migration.path for entry in report.in_focus}
    present = {entry.migration.path for entry in report.migrations}
    folders = {_folder(path) for path in present}
    for entry in entries:
        if entry.path in judged or (entry.path not in present and _folder(entry.path) in folders):
            yield entry


def _folder(path: str) -> PurePosixPath:
    return PurePosixPath(path).parent


def pruned(baseline: Baseline, stale: Iterable[Entry]) -> Baseline:
    """Without the entries that nothing stands for."""
    gone = frozenset(stale)
    return Baseline(tuple(entry for entry in baseline.entries if entry not in gone))
