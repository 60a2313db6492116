"""Counts what migsafe says about the migrations of one folder, each judged with those before it as context."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from migsafe.cache import NO_CACHE
from migsafe.commands.running import judge
from migsafe.config import Settings
from migsafe.model.findings import Severity
from migsafe.model.migration import Direction
from migsafe.model.record import KeywordRecord, Record, derived
from migsafe.model.report import FindingReport, MigrationReport, Report
from migsafe.sources.collect import Request, collect

ALL_WAYS = tuple(Direction)
SEVERITIES = tuple(Severity)


class Noted(Record):
    """A finding with the migration that it is about."""

    migration: MigrationReport
    finding: FindingReport

    @property
    def severity(self) -> Severity:
        return self.finding.finding.severity

    @property
    def code(self) -> str:
        return self.finding.finding.code


class Measured(KeywordRecord):
    """What was found in one folder. `migrations` counts each direction of a file by itself."""

    folder: str
    migrations: tuple[MigrationReport, ...]
    statements: int
    unanalysed: int
    found: tuple[Noted, ...]

    @derived
    def by_kind(self) -> Counter[tuple[str, Severity]]:
        return Counter((noted.code, noted.severity) for noted in self.found)

    def share(self, severities: Iterable[Severity], ways: Iterable[Direction] = ALL_WAYS) -> tuple[int, int]:
        """How many migrations of these directions have a finding of such a severity, and of how many."""
        wanted, directions = frozenset(severities), frozenset(ways)
        among = {m.migration.key for m in self.migrations if m.migration.direction in directions}
        hit = {noted.migration.migration.key for noted in self.found if noted.severity in wanted}
        return len(among & hit), len(among)


def measure(folder: Path, settings: Settings) -> Measured:
    """Judge every migration below a folder by the settings. Raises SetupError when there is none.

    The focus is everything but not one deploy, so that each migration meets the tables of those before it as tables
    with rows in them: just as if it had been the only one in focus on the day when it was new.
    """
    report = judge(collect(Request(root=folder), settings, NO_CACHE), settings)
    return Measured(
        folder=folder.name,
        migrations=report.in_focus,
        statements=len(report.statements),
        unanalysed=report.unanalysed,
        found=tuple(_noted(report)),
    )


def _noted(report: Report) -> Iterator[Noted]:
    by_path = {entry.migration.path: entry for entry in report.in_focus}
    for finding in report.findings:
        if not finding.counts:
            continue
        ref = finding.finding.ref
        migration = report.migration(ref) if ref is not None else by_path.get(finding.location.path)
        if migration is not None:
            yield Noted(migration, finding)


def together(folder: str, parts: Iterable[Measured]) -> Measured:
    """Several folders as one."""
    every = tuple(parts)
    return Measured(
        folder=folder,
        migrations=tuple(m for part in every for m in part.migrations),
        statements=sum(part.statements for part in every),
        unanalysed=sum(part.unanalysed for part in every),
        found=tuple(noted for part in every for noted in part.found),
    )
