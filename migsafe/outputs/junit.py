"""JUnit XML, for Jenkins, Azure and others: a test case for each migration of the focus, failed by what was found.

Format: the XSD that Jenkins' xUnit plug-in publishes; tools agree on `testsuites/testsuite/testcase/failure`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr

from migsafe.model.findings import Severity
from migsafe.model.report import FindingReport, Report
from migsafe.outputs.impact import sentence
from migsafe.text.masking import printable


def render(report: Report) -> str:
    """One suite. Findings for information are the test case's output, not a failure."""
    by_path = _by_path(report)
    failed = sum(any(_fails(entry) for entry in entries) for entries in by_path.values())
    counts = f'tests="{len(by_path)}" failures="{failed}" errors="0"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites {counts}>",
        f'  <testsuite name="migsafe" {counts}>',
        *(line for path, entries in by_path.items() for line in _case(path, entries)),
        "  </testsuite>",
        "</testsuites>",
    ]
    return "\n".join(lines) + "\n"


def _by_path(report: Report) -> dict[str, list[FindingReport]]:
    found: dict[str, list[FindingReport]] = {entry.migration.path: [] for entry in report.in_focus}
    for entry in report.findings:
        if entry.counts:
            found.setdefault(entry.location.path, []).append(entry)
    return found


def _fails(entry: FindingReport) -> bool:
    return entry.finding.severity is not Severity.INFO


def _case(path: str, entries: Iterable[FindingReport]) -> Iterator[str]:
    shown = list(entries)
    head = f'    <testcase classname="migsafe" name={_attribute(path)}'
    if not shown:
        yield f"{head}/>"
        return
    yield f"{head}>"
    for entry in shown:
        if _fails(entry):
            finding = entry.finding
            message = _attribute(f"{finding.code} {finding.name}: {finding.message}")
            yield f'      <failure type="{finding.severity}" message={message}>{_text(_lines(entry))}</failure>'
    quiet = [_lines(entry) for entry in shown if not _fails(entry)]
    if quiet:
        yield f"      <system-out>{_text(chr(10).join(quiet))}</system-out>"
    yield "    </testcase>"


def _lines(entry: FindingReport) -> str:
    at, finding = entry.location, entry.finding
    place = f"{at.path}:{at.line}:{at.column}: {finding.code} {finding.severity}: {finding.message}"
    return "\n".join(part for part in (place, sentence(finding.impact), finding.why, entry.remedy) if part)


def _attribute(text: str) -> str:
    return quoteattr(printable(text))


def _text(text: str) -> str:
    return escape("\n".join(printable(line) for line in text.split("\n")))
