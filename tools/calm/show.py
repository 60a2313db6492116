"""The figures as a table, and the samples as a list that a reviewer can read and mark."""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Severity
from migsafe.model.migration import Direction
from tools.calm.measure import SEVERITIES, Measured, Noted

_ERRORS = (Severity.ERROR,)
_SERIOUS = (Severity.ERROR, Severity.WARNING)
_UP = (Direction.UP,)
_DOWN = (Direction.DOWN,)


def figures(measured: Measured) -> Iterator[str]:
    """Findings per 100 migrations by rule and severity, and the share of migrations with any."""
    number = len(measured.migrations)
    extent = f"{number} migrations, {measured.statements} statements, {measured.unanalysed} not analysed"
    yield f"{measured.folder}: {extent}"
    yield f"  ways up   {_shares(measured, _UP)}"
    if any(m.migration.direction is Direction.DOWN for m in measured.migrations):
        yield f"  ways back {_shares(measured, _DOWN)}"
    yield f"  {'per 100 migrations':<44}{'error':>8}{'warning':>9}{'info':>8}"
    names = {noted.code: noted.finding.finding.name for noted in measured.found}
    for code in sorted(names):
        cells = [100 * measured.by_kind[code, severity] / number for severity in SEVERITIES]
        yield f"  {code} {names[code]:<38}{cells[0]:>8.1f}{cells[1]:>9.1f}{cells[2]:>8.1f}"


def _shares(measured: Measured, ways: tuple[Direction, ...]) -> str:
    errors, number = measured.share(_ERRORS, ways)
    serious, _ = measured.share(_SERIOUS, ways)
    if not number:
        return "none"
    return (
        f"with an error {errors} of {number} ({100 * errors / number:.1f} %), "
        f"with an error or a warning {serious} ({100 * serious / number:.1f} %)"
    )


def samples(measured: Measured, most: int) -> Iterator[str]:
    """Up to `most` findings of each rule and severity, the same ones on every run: the smallest fingerprints."""
    for kind in sorted(measured.by_kind):
        code, severity = kind
        chosen = sorted(
            (noted for noted in measured.found if (noted.code, noted.severity) == kind),
            key=lambda noted: (noted.finding.fingerprint, noted.finding.location.path),
        )[:most]
        yield f"\n{code} {severity}: {len(chosen)} of {measured.by_kind[kind]}"
        for noted in chosen:
            yield from _sample(noted)


def _sample(noted: Noted) -> Iterator[str]:
    at = noted.finding.location
    yield f"  {at.path}:{at.line}  {noted.finding.finding.message}"
    ref = noted.finding.finding.ref
    if ref is not None:
        yield f"      {' '.join(noted.migration.statements[ref.statement].sql.split())[:300]}"
