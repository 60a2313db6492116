"""One line for each finding, `path:line:column: CODE message`, as grep, reviewdog and editors read it."""

from __future__ import annotations

from migsafe.model.report import Report
from migsafe.outputs.summary import summary_line
from migsafe.text.masking import printable


def render(report: Report) -> str:
    """Findings that count, in the order of their place, and the summary line."""
    lines = [
        f"{f.location.path}:{f.location.line}:{f.location.column}: "
        f"{f.finding.code} {f.finding.severity}: {f.finding.message}"
        for f in report.findings
        if f.counts
    ]
    return "\n".join(printable(line) for line in [*lines, summary_line(report)]) + "\n"
