"""GitHub's workflow commands: annotations on the changed files, worst first, because only some are shown.

Form and escaping: GitHub docs, "Workflow commands for GitHub Actions"; the toolkit's `command.ts` escapes `%`, CR and
LF everywhere, and `:` and `,` in properties besides.
"""

from __future__ import annotations

from migsafe.model.findings import Severity
from migsafe.model.report import FindingReport, Report
from migsafe.outputs.grouping import Group, grouped, places
from migsafe.outputs.impact import sentence
from migsafe.outputs.summary import summary_line
from migsafe.text.masking import printable

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(report: Report) -> str:
    """A command for each finding that counts, and the summary as plain text."""
    groups = sorted(grouped(report.findings), key=lambda g: list(Severity).index(g.first.finding.severity))
    return "".join(f"{_command(group)}\n" for group in groups) + printable(summary_line(report)) + "\n"


def _command(group: Group) -> str:
    entry = group.first
    properties = ",".join(f"{key}={_property(value)}" for key, value in _properties(entry).items())
    return f"::{_COMMANDS[entry.finding.severity]} {properties}::{_data(_message(group))}"


def _properties(entry: FindingReport) -> dict[str, str]:
    """Columns only where the range is within a line: GitHub ignores the whole annotation otherwise."""
    at, finding = entry.location, entry.finding
    found = {"file": at.path, "line": str(at.line), "endLine": str(at.end_line)}
    if at.line == at.end_line:
        found |= {"col": str(at.column), "endColumn": str(at.end_column)}
    way_back = " (way back)" if entry.is_way_back else ""
    return found | {"title": f"{finding.code} {finding.name}{way_back}"}


def _message(group: Group) -> str:
    """What happens, for how long, why, and the safer form, which annotations show with its line breaks."""
    finding = group.first.finding
    lines = [printable(part) for part in (finding.message, sentence(finding.impact), finding.why)]
    where = places(group)
    if where:
        lines.append(f"Also at {printable(where)}.")
    if finding.remedy is not None:
        lines.append(printable(finding.remedy.advice))
        lines += [printable(line) for line in group.first.remedy.splitlines()]
    return "\n".join(line for line in lines if line)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(printable(text)).replace(":", "%3A").replace(",", "%2C")
