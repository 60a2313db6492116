"""How bad a finding of a report is that was read back."""

from __future__ import annotations

from typing import Final

from migsafe.outputs.report_file import ShownFinding

_ORDER: Final = ("error", "warning", "info")


def level(finding: ShownFinding) -> int:
    """0 for the worst; a severity that is not known counts as such."""
    return _ORDER.index(finding.severity) if finding.severity in _ORDER else 0
