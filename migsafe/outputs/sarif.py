"""SARIF 2.1.0, for GitHub code scanning and other viewers: every rule with its page, every finding with a stable
fingerprint, suppressed ones marked as such.

Specification: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from migsafe.model.findings import Severity
from migsafe.model.report import FindingReport, Location, Report
from migsafe.outputs.impact import sentence
from migsafe.outputs.json import Json, Object
from migsafe.rules.base import RuleInfo
from migsafe.rules.registry import rules
from migsafe.text.masking import printable
from migsafe.version import RULE_PAGE

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_HOME: Final = "https://pypi.org/project/migsafe-lint/"
_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_FINGERPRINT: Final = "migsafe/v1"
_MOST_RESULTS: Final = 25_000
"""GitHub refuses a run with more (docs, "SARIF support for code scanning", limits)."""


def render(report: Report) -> str:
    """The report as one run. Paths are relative to `%SRCROOT%`, the project."""
    infos = sorted((rule.info for rule in rules()), key=lambda info: info.code)
    numbers = {info.code: number for number, info in enumerate(infos)}
    shown = sorted(report.findings, key=lambda entry: list(Severity).index(entry.finding.severity))[:_MOST_RESULTS]
    run: Object = {
        "tool": {"driver": _driver(infos, report)},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The project's root folder."}}},
        "results": [_result(entry, numbers) for entry in shown],
    }
    document: Object = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2) + "\n"


def _driver(infos: Sequence[RuleInfo], report: Report) -> Object:
    return {
        "name": "migsafe",
        "informationUri": _HOME,
        "semanticVersion": report.tool_version,
        "rules": [_rule(info) for info in infos],
    }


def _rule(info: RuleInfo) -> Object:
    return {
        "id": info.code,
        "name": "".join(part.capitalize() for part in info.name.split("-")),
        "shortDescription": {"text": info.summary},
        "fullDescription": {"text": info.summary},
        "help": {"text": info.page, "markdown": info.page},
        "helpUri": RULE_PAGE.format(code=info.code),
        "defaultConfiguration": {"level": "warning", "enabled": info.default},
    }


def _result(entry: FindingReport, numbers: dict[str, int]) -> Object:
    finding = entry.finding
    result: Object = {
        "ruleId": finding.code,
        "ruleIndex": numbers[finding.code],
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(entry)},
        "locations": [_location(entry.location)],
        "partialFingerprints": {_FINGERPRINT: entry.fingerprint},
    }
    if entry.related:
        result["relatedLocations"] = [
            {**_location(related.location), "id": number, "message": {"text": printable(related.message)}}
            for number, related in enumerate(entry.related)
        ]
    if not entry.counts:
        result["suppressions"] = [_suppression(entry)]
    return result


def _message(entry: FindingReport) -> str:
    """The message with the time, the reason and the advice; remedies are too long for a list of alerts."""
    finding = entry.finding
    advice = finding.remedy.advice if finding.remedy is not None else ""
    parts = (finding.message, sentence(finding.impact), finding.why, advice)
    return " ".join(printable(part) for part in parts if part)


def _suppression(entry: FindingReport) -> Object:
    """`inSource` for a comment; a baseline is kept outside of the file."""
    reason = entry.finding.suppressed
    if reason is None:
        return {"kind": "external", "justification": "in the baseline"}
    return {"kind": "inSource", "justification": printable(reason)}


def _location(at: Location) -> Object:
    region: dict[str, Json] = {
        "startLine": at.line,
        "startColumn": at.column,
        "endLine": at.end_line,
        "endColumn": at.end_column,
    }
    artifact: Object = {"uri": quote(at.path, safe="/"), "uriBaseId": "%SRCROOT%"}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}
