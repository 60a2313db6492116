"""One call, two ways: a framework undoes an operation by the same operation turned round, and nobody wrote that.

A type that is changed rewrites the table there and back, an index that is dropped is built again. What a finding about
the way up says, and what it proposes, is about the call itself, so that a second finding about the same call would
only be more to read. That a way back takes away what its way up has brought is what going back means. And a migration
that is safe to deploy is not stopped by what undoing it would cost one day: that is told as information.

What a person wrote, the SQL or the code of a way back, is judged like everything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from migsafe.effects.windows import Executed
from migsafe.model.findings import Finding, Place, Severity
from migsafe.model.migration import Statement

_BY_BADNESS = list(Severity)
_TAKES_AWAY = ("MS111", "MS401", "MS402", "MS501", "MS502")  # what the way up has made, within the budget
_CERTAIN = ("MS001", "MS002", "MS003", "MS007", "MS302", "MS801", "MS802", "MS803")  # whoever goes back meets them
_OF_WHOLE_FILES = ("MS306",)
_SAME_HARM: Mapping[str, tuple[str, ...]] = {
    "MS101": ("MS102",),  # an index that is dropped under a lock is built under one on the way back
    "MS102": ("MS101", "MS203"),
    "MS805": ("MS401", "MS402"),  # it comes back empty: the way up lost it
}
Told = Mapping[tuple[str, Place | str], int]


def told_by(findings: Iterable[Finding]) -> Told:
    """What has been said about ways up: how bad each rule finds each call at most."""
    found: dict[tuple[str, Place | str], int] = {}
    for finding in findings:
        key = (finding.code, finding.place)
        found[key] = min(found.get(key, len(_BY_BADNESS)), _BY_BADNESS.index(finding.severity))
        if finding.code in _OF_WHOLE_FILES:
            found[finding.code, finding.place.path] = 0
    return found


def told_once(told: Told, back: Sequence[Finding], run: Iterable[Executed]) -> tuple[Finding, ...]:
    """Those of the findings about ways back, which `run` are the statements of, that say something more."""
    turned_round = {executed.ref for executed in run if _is_turned_round(executed.statement)}
    if not turned_round:
        return tuple(back)
    kept = (finding for finding in back if finding.ref not in turned_round or _is_news(finding, told))
    return tuple(_as_information(finding) if finding.ref in turned_round else finding for finding in kept)


def _is_turned_round(statement: Statement) -> bool:
    written = statement.written_as
    return written is not None and not written.by_hand


def _is_news(finding: Finding, told: Told) -> bool:
    if finding.code in _TAKES_AWAY and finding.severity is Severity.INFO:
        return False
    if (finding.code, finding.place.path) in told:
        return False
    badness = _BY_BADNESS.index(_as_information(finding).severity)
    return all(told.get((code, finding.place), len(_BY_BADNESS)) > badness for code in _codes(finding))


def _codes(finding: Finding) -> Iterator[str]:
    yield finding.code
    yield from _SAME_HARM.get(finding.code, ())


def _as_information(finding: Finding) -> Finding:
    return finding if finding.code in _CERTAIN else finding.replace(severity=Severity.INFO)
