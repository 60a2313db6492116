"""One finding for one harm: work under an earlier lock is told where the work itself has a finding.

`CREATE INDEX` behind `ADD COLUMN` in one transaction blocks writers by its own lock, and readers by the earlier one.
Where the remedy for the index takes the work out of the transaction, it mends both, and a second finding on the same
statement would only be more to read. So the first one says the second one's sentence too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from migsafe.model.effects import StatementRef
from migsafe.model.findings import Finding, Impact, Prolonged, Severity, Slot, StepTransaction

_BY_BADNESS = list(Severity)
_Hosts = dict[StatementRef, list[int]]


def joined(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings, those that are told elsewhere left out. Suppressed ones stand for themselves and tell nothing."""
    if not any(finding.prolongs and finding.suppressed is None for finding in findings):
        return tuple(findings)
    result: list[Finding | None] = list(findings)
    hosts = _hosts(findings)
    for number, finding in enumerate(findings):
        if finding.prolongs and finding.suppressed is None:
            places = [_place(part, finding, findings, hosts) for part in finding.prolongs]
            if None not in places:
                result[number] = None
                _tell(finding, [place for place in places if place is not None], result)
    return tuple(finding for finding in result if finding is not None)


def _hosts(findings: Sequence[Finding]) -> _Hosts:
    hosts: _Hosts = {}
    for number, finding in enumerate(findings):
        if finding.ref is not None and finding.suppressed is None and not finding.prolongs and _moves_out(finding):
            hosts.setdefault(finding.ref, []).append(number)
    return hosts


def _moves_out(finding: Finding) -> bool:
    """Whether the remedy takes the work out of the transaction: it has several, or one step runs outside of any."""
    steps = finding.remedy.steps if finding.remedy is not None else ()
    outside = any(s.transaction is StepTransaction.NONE or s.slot is Slot.BACKGROUND for s in steps)
    return outside or sum(bool(s.operations) for s in steps) > 1


def _place(part: Prolonged, finding: Finding, findings: Sequence[Finding], hosts: _Hosts) -> int | None:
    """The number of the finding that reports this work at no lower level."""
    for number in hosts.get(part.ref, ()):
        host = findings[number]
        if _BY_BADNESS.index(host.severity) <= _BY_BADNESS.index(finding.severity) and _reports(host, part):
            return number
    return None


def _reports(host: Finding, part: Prolonged) -> bool:
    return set(part.work) <= set(host.reports)


def _tell(finding: Finding, places: Iterable[int], result: list[Finding | None]) -> None:
    for part, number in zip(finding.prolongs, places, strict=True):
        host = result[number]
        assert host is not None
        more = finding if len(finding.prolongs) == 1 else None
        result[number] = host.replace(
            message=f"{host.message} {part.message}",
            related=(*host.related, *part.related),
            **dict(_worse(host, more)) if more is not None else {},
        )


def _worse(host: Finding, finding: Finding) -> Iterator[tuple[str, object]]:
    """The lock and the time of the longer list of those who wait, where the lock is on one table."""
    if host.relation is not None and host.relation == finding.relation:
        yield "held", finding.held
    if host.impact is not None and finding.impact is not None:
        yield "impact", _both(host.impact, finding.impact)


def _both(host: Impact, finding: Impact) -> Impact:
    return finding.replace(disk=host.disk, log=host.log, lag=host.lag)
