"""One line for each finding, `path:line:column: CODE message`, as grep, reviewdog and editors read it.

Findings of a migration that differ in names at most are one line, which says where the others are.
"""

from __future__ import annotations

from migsafe.model.report import Report
from migsafe.outputs.grouping import Group, grouped, places
from migsafe.outputs.impact import brief
from migsafe.outputs.summary import summary_line
from migsafe.text.masking import printable


def render(report: Report) -> str:
    """Findings that count, in the order of their place, and the summary line."""
    lines = [_line(group) for group in grouped(report.findings)]
    return "\n".join(printable(line) for line in [*lines, summary_line(report)]) + "\n"


def _line(group: Group) -> str:
    at, finding = group.first.location, group.first.finding
    where = places(group)
    also = f" Also at {where}." if where else ""
    about = brief([entry.finding.impact for entry in (group.first, *group.others)])
    time = f" {about}." if about else ""
    about_it = f"{finding.severity} (way back)" if group.first.is_way_back else str(finding.severity)
    return f"{at.path}:{at.line}:{at.column}: {finding.code} {about_it}: {finding.message}{time}{also}"
