"""The result of a run: everything that an output needs, so that each output is a pure function of it."""

from __future__ import annotations

from migsafe.model.effects import Effect, Refusal, StatementRef, Window
from migsafe.model.findings import Finding, Severity
from migsafe.model.locks import LockMode
from migsafe.model.migration import Migration, Statement, Transaction
from migsafe.model.names import Name
from migsafe.model.record import KeywordRecord, Record, derived


class Location(KeywordRecord):
    """A range in a file: lines and columns from 1, columns in code points, ends exclusive, offsets in bytes."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    offset: int
    end_offset: int


class StatementReport(KeywordRecord):
    """A statement of the focus. `sql` is safe to show: literals of data statements and secrets are masked."""

    statement: Statement
    sql: str
    location: Location
    transaction: int | None
    outcome: Effect | Refusal | None  # None: not analysed
    private: frozenset[Name] = frozenset()  # relations that nobody else can be waiting for: just created
    partitions: tuple[tuple[Name, Name], ...] = ()  # locked partitions, each with the table at the top


class MigrationReport(KeywordRecord):
    """A migration of the run; the statements of one that is only context are left out."""

    migration: Migration
    in_focus: bool
    statements: tuple[StatementReport, ...] = ()


class Excerpt(Record):
    """A line of source to show under a finding, masked like statements; `start` to `end` is to be underlined."""

    line: int
    text: str
    start: int
    end: int


class RelatedReport(Record):
    location: Location
    message: str


class FindingReport(KeywordRecord):
    """A finding with its place worked out and its remedy written in the file's own language."""

    finding: Finding
    location: Location
    excerpt: tuple[Excerpt, ...] = ()
    remedy: str = ""
    url: str = ""
    fingerprint: str = ""
    related: tuple[RelatedReport, ...] = ()
    is_way_back: bool = False  # about what takes the migration back
    in_baseline: bool = False  # accepted earlier, by the project's baseline

    @property
    def counts(self) -> bool:
        """Whether it counts for the verdict: suppressed and accepted findings are counted apart."""
        return self.finding.suppressed is None and not self.in_baseline


class StatisticsReport(KeywordRecord):
    """Where sizes and times come from. `captured_at` is that of the oldest snapshot, None for figures by hand alone;
    `calibration` describes the machine that was measured, None for the defaults."""

    captured_at: str | None = None  # ISO 8601, UTC
    age_days: int | None = None  # today; outputs for programs leave it out, so that they do not change from day to day
    sources: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
    tables: int = 0
    growth: float = 1.0
    max_blocking: float = 1.0  # seconds
    calibration: str | None = None
    unseen: tuple[str, ...] = ()


class TargetReport(Record):
    """What the predictions hold for: `version` as text, several joined by commas."""

    dialect: str
    version: str
    statistics: StatisticsReport | None = None


class Report(KeywordRecord):
    tool_version: str
    target: TargetReport
    migrations: tuple[MigrationReport, ...] = ()
    transactions: tuple[Transaction, ...] = ()
    windows: tuple[Window, ...] = ()
    findings: tuple[FindingReport, ...] = ()
    notes: tuple[str, ...] = ()  # what a person should know about the run: kept out, assumed, followed

    def count(self, severity: Severity) -> int:
        return sum(1 for f in self.findings if f.counts and f.finding.severity is severity)

    @property
    def suppressed(self) -> int:
        """All that do not count."""
        return sum(1 for f in self.findings if not f.counts)

    @property
    def in_baseline(self) -> int:
        """Those of `suppressed` that no comment but the baseline accepts."""
        return sum(1 for f in self.findings if f.in_baseline and f.finding.suppressed is None)

    @derived
    def in_focus(self) -> tuple[MigrationReport, ...]:
        return tuple(m for m in self.migrations if m.in_focus)

    @derived
    def statements(self) -> tuple[StatementReport, ...]:
        """All statements of the focus, in order."""
        return tuple(s for m in self.in_focus for s in m.statements)

    @property
    def unanalysed(self) -> int:
        """Statements without a prediction, and pieces of text that belong to no statement."""
        opaque = sum(1 for s in self.statements if s.outcome is None)
        return opaque + sum(len(m.migration.problems) for m in self.in_focus)

    @property
    def verdict(self) -> str:
        """`block` when an error was found, `warn` when only warnings were, else `pass`."""
        if self.count(Severity.ERROR):
            return "block"
        return "warn" if self.count(Severity.WARNING) else "pass"

    def statement(self, ref: StatementRef) -> StatementReport:
        """Raises KeyError when the reference is to no statement of the focus."""
        return self.migration(ref).statements[ref.statement]

    def migration(self, ref: StatementRef) -> MigrationReport:
        """Raises KeyError when the reference is to no migration of the focus."""
        return self._by_key[ref.migration]

    def window(self, ref: StatementRef, relation: Name, mode: LockMode) -> Window | None:
        """The window of a lock of that mode on a relation during which the statement works."""
        held = (w for w in self._windows.get((relation, mode), ()) if w.start == ref or w.outlasts(ref))
        return next(held, None)

    @derived
    def _windows(self) -> dict[tuple[Name, LockMode], list[Window]]:
        found: dict[tuple[Name, LockMode], list[Window]] = {}
        for window in self.windows:
            found.setdefault((window.relation, window.mode), []).append(window)
        return found

    @derived
    def _by_key(self) -> dict[str, MigrationReport]:
        return {entry.migration.key: entry for entry in self.in_focus}
