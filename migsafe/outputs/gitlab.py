"""GitLab's Code Quality report: an array of issues, each with a fingerprint of its own.

Format: GitLab docs, "Code Quality", "Code Quality report format".
"""

from __future__ import annotations

import json

from migsafe.model.findings import Severity
from migsafe.model.report import FindingReport, Report
from migsafe.outputs.json import Object
from migsafe.text.masking import printable

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "info"}


def render(report: Report) -> str:
    """The findings that count. The code stands in the description too, because GitLab does not show `check_name`."""
    issues = [_issue(entry) for entry in report.findings if entry.counts]
    return json.dumps(issues, indent=2) + "\n"


def _issue(entry: FindingReport) -> Object:
    finding = entry.finding
    return {
        "description": f"{finding.code} {finding.name}: {printable(finding.message)}",
        "check_name": finding.code,
        "fingerprint": entry.fingerprint,
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": entry.location.path, "lines": {"begin": entry.location.line}},
    }
