"""The pipeline: migrations in, judged statements, windows and findings out.

Everything here is pure. Each history is replayed on a shadow schema of its own; a migration of the focus has its
effects computed statement by statement, each before the schema advances over it, and is judged when it is done.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from migsafe.effects.postgresql import ServerSettings, predict
from migsafe.effects.waiting import created, locked_partitions, private
from migsafe.effects.weight import light_clauses
from migsafe.effects.windows import Executed, windows
from migsafe.effects.worst import Outcome, worst
from migsafe.model.effects import Effect, Window
from migsafe.model.findings import Finding
from migsafe.model.migration import Direction, History, Migration, Statement, Transaction
from migsafe.model.names import Name
from migsafe.model.operations import Opaque
from migsafe.model.record import KeywordRecord
from migsafe.rules.base import (
    MigrationSituation,
    Rule,
    StatementSituation,
    TransactionSituation,
)
from migsafe.rules.both_ways import told_by, told_once
from migsafe.rules.judge import Judge
from migsafe.rules.lock_limits import LOCK, Timeout, session_of
from migsafe.rules.ms007_internal_error import finding as internal_error
from migsafe.rules.target import Target
from migsafe.schema.difference import Difference, after_both
from migsafe.schema.origin import Origin
from migsafe.schema.replay import advance, guarded
from migsafe.schema.schema import Schema
from migsafe.sources.transactions import ControlNote, assign

if TYPE_CHECKING:  # with the model of time, which is loaded only where sizes are known
    from migsafe.effects.capacity import Capacity


class Judged(KeywordRecord):
    """What the pipeline found: statements of the focus in the order of their execution, and all that follows."""

    run: tuple[Executed, ...] = ()
    transactions: tuple[Transaction, ...] = ()
    windows: tuple[Window, ...] = ()
    findings: tuple[Finding, ...] = ()


class Pipeline:
    """The stages with the choices that a run has made."""

    def __init__(self, rules: Sequence[Rule], target: Target, versions: Sequence[int]) -> None:
        self._rules = rules
        self._target = target
        self._versions = versions

    def check(self, history: History, base: Schema) -> Judged:
        """Judge the focus of one history. `base` is the schema before its first migration that is not replayed yet; it
        is advanced."""
        return together(tuple(_replay(self, history, base)))

    def predict(self, statement: Statement, schema: Schema) -> Outcome | None:
        """The outcome on the worst of the target versions; None for what is not analysed."""
        if statement.syntax_error is not None or any(isinstance(op, Opaque) for op in statement.operations):
            return None
        settings = ServerSettings()
        outcome = worst([(v, predict(statement, schema, v, settings)) for v in self._versions])
        return self._timed(outcome, statement, schema) if isinstance(outcome, Effect) else outcome

    def _timed(self, effect: Effect, statement: Statement, schema: Schema) -> Effect:
        """With times, when somebody has told sizes; the model of time is loaded only then."""
        if not self._target.knows_sizes:
            return effect
        from migsafe.effects.duration import timed

        target = self._target
        return timed(effect, statement, schema, target.statistics, target.constants, target.growth)

    def capacity(self, outcome: Outcome | None, statement: Statement, schema: Schema) -> Capacity | None:
        """The disk and the log that a statement takes, where sizes are known and it takes any."""
        if not self._target.knows_sizes or not isinstance(outcome, Effect) or not outcome.work:
            return None
        from migsafe.effects.capacity import capacity

        return capacity(outcome, statement, schema, self._target.statistics, self._target.constants)

    def judge(self) -> Judge:
        return Judge(self._rules, self._target)

    @property
    def target(self) -> Target:
        return self._target


def _replay(pipeline: Pipeline, history: History, schema: Schema) -> Iterator[Judged]:
    """The way up as one course, then each way back of the focus by itself.

    A way back is judged on an overlay right after its way up, because it meets the schema which that one leaves.
    """
    start = history.replayed
    course = _Course(pipeline, history, history.migrations[start:])
    back: list[Judged] = []
    habit = has_ways_back(history)
    for position, migration in enumerate(history.migrations[start:], start):
        left = _left_by_way_back(history, position, schema, habit=habit)
        course.migration(
            position - start, migration, schema, lacks_way_back=bool(left) and not _undone(history, position)
        )
        down = history.downs[position] if history.downs else None
        if down is not None and down.key in history.focus:
            back.append(_way_back(pipeline, history, position, schema.overlay(), left))
    up = course.judged(schema)
    yield up
    said = told_by(up.findings)
    for each in back:
        yield each.replace(findings=told_once(said, each.findings, each.run))


def _left_by_way_back(history: History, position: int, schema: Schema, *, habit: bool) -> tuple[Difference, ...]:
    """What a migration of the focus leaves after its way back, or without one in a project that has ways back."""
    up = history.migrations[position]
    down = history.downs[position] if history.downs else None
    asked = up.key in history.focus or (down is not None and down.key in history.focus)
    if not asked or (down is None and not habit):
        return ()
    try:
        return after_both(schema, up.statements, down.statements if down is not None else (), up.key)
    except Exception:  # noqa: BLE001  # a mistake of ours that the course itself meets again, and reports
        return ()


def _undone(history: History, position: int) -> bool:
    down = history.downs[position] if history.downs else None
    return down is not None and (bool(down.statements) or down.raises is not None)


def has_ways_back(history: History) -> bool:
    """Whether ways back are this project's habit: at least every second migration has one."""
    return 2 * sum(down is not None for down in history.downs) >= len(history.migrations)


def _way_back(
    pipeline: Pipeline, history: History, position: int, schema: Schema, left: tuple[Difference, ...]
) -> Judged:
    down = history.downs[position]
    assert down is not None
    course = _Course(pipeline, history, (down,), undoes=history.migrations[position], left=left)
    course.migration(0, down, schema)
    return course.judged(schema)


class _Course:
    """A sequence of migrations as the runner executes it, with what was found on the way."""

    def __init__(
        self,
        pipeline: Pipeline,
        history: History,
        members: tuple[Migration, ...],
        *,
        undoes: Migration | None = None,
        left: tuple[Difference, ...] = (),
    ) -> None:
        self._undoes = undoes
        self._left = left
        self._lacking: set[str] = set()  # keys of migrations whose way back is missed
        self._pipeline = pipeline
        self._history = history
        self._members = members
        self._assigned = assign(members)
        self._judge = pipeline.judge()
        self._positions: dict[str, int] = {}  # of the migrations in focus
        self._run: list[Executed] = []
        self._open: list[Executed] = []
        self._findings: list[Finding] = []
        self._lock_limit = Timeout(LOCK, False)
        self._installed: dict[str, set[Name]] = {}  # the tables that the first migrations of an app have created
        self._unseen: set[Name] = set()  # relations that the open transaction has created: nobody else can see them

    def migration(self, position: int, migration: Migration, schema: Schema, *, lacks_way_back: bool = False) -> None:
        in_focus = migration.key in self._history.focus
        if lacks_way_back:
            self._lacking.add(migration.key)
        in_deploy = in_focus and migration.key not in self._history.earlier
        origin = Origin(migration.key, in_deploy, self._history.one_deploy)
        schema.start_migration(origin)
        installed = self._installed.setdefault(migration.installs, set()) if migration.installs and in_focus else set()
        schema.renew(installed)
        if in_focus:
            self._positions[migration.key] = position
        before: int | None = None
        unread = _Unread(migration)
        for statement, state in guarded(migration.statements, schema):
            if unread.is_passed_at(statement):
                state.doubt_everything()
            number = self._assigned.of.get((position, statement.index))
            if number is None or number != before:
                schema.next_transaction()
                state.next_transaction()  # a side's own schema began with what was open
                self._unseen.clear()
            before = number
            if in_focus:
                self._statement(position, migration, statement, state)
            self._advance(migration, statement, state, origin)
            if in_focus and number is not None:
                self._unseen.update(created(statement, migration, state, self._unseen))
            if migration.installs:
                installed.update(created(statement, migration, state, installed))
        schema.unread |= bool(migration.problems)

    def _advance(self, migration: Migration, statement: Statement, schema: Schema, origin: Origin) -> None:
        try:
            advance(schema, statement, origin)
        except Exception as mistake:  # as in `_outcome`: a mistake of ours
            if migration.key not in self._history.focus:  # nothing of it is shown, so there is no place to say it
                raise
            self._findings.append(internal_error("following what it changes", mistake, migration, statement))

    def _new_limit(self, migration: Migration) -> Timeout:
        """The lock_timeout of a session that begins: that of the role, the deploy tool or the migration tool."""
        return session_of(migration, LOCK, self._pipeline.target.session_lock_timeout)

    def _lock_limit_at(self, migration: Migration, number: int | None) -> Timeout:
        """The lock_timeout before a statement. A migration begins with a new session, or in an open transaction."""
        last = self._run[-1] if self._run else None
        begins = last is None or (last.migration is not migration and (number is None or number != last.transaction))
        if begins:
            self._lock_limit = self._new_limit(migration)
        self._lock_limit.enter(number)
        return self._lock_limit

    def _capacity(
        self, outcome: Outcome | None, migration: Migration, statement: Statement, schema: Schema
    ) -> Capacity | None:
        try:
            return self._pipeline.capacity(outcome, statement, schema)
        except Exception as mistake:  # noqa: BLE001  # likewise
            self._findings.append(internal_error("measuring what it takes", mistake, migration, statement))
            return None

    def _outcome(self, migration: Migration, statement: Statement, schema: Schema) -> Outcome | None:
        try:
            return self._pipeline.predict(statement, schema)
        except Exception as mistake:  # noqa: BLE001  # a mistake of ours: said at its place, and the run goes on
            self._findings.append(internal_error("predicting its effects", mistake, migration, statement))
            return None

    def _statement(self, position: int, migration: Migration, statement: Statement, schema: Schema) -> None:
        outcome = self._outcome(migration, statement, schema)
        number = self._assigned.of.get((position, statement.index))
        limit = self._lock_limit_at(migration, number)
        limit.take(statement)
        executed = Executed(
            migration=migration,
            statement=statement,
            outcome=outcome,
            transaction=number,
            private=private(outcome, schema, self._unseen),
            light=light_clauses(statement.operations, schema, repeated=statement.repeated),
            lock_limit=limit.limit,
            capacity=self._capacity(outcome, migration, statement, schema),
            partitions=tuple(locked_partitions(outcome, schema)),
        )
        situation = StatementSituation(
            executed=executed,
            schema=schema,
            target=self._pipeline.target,
            transaction=self._assigned.transactions[number] if number is not None else None,
            earlier=self._earlier(number),
            undoes=self._undoes,
        )
        self._findings.extend(self._judge.statement(situation))
        self._open.append(executed)
        self._run.append(executed)

    def _earlier(self, number: int | None) -> list[Executed]:
        """The statements of the same transaction that have run already; grows as the transaction goes on."""
        if number is None or not self._open or self._open[-1].transaction != number:
            self._open = []
        return self._open

    def judged(self, schema: Schema) -> Judged:
        """The result; called once, when all migrations have been seen. `schema` is what they leave."""
        all_windows: list[Window] = []
        for situation in self._transactions(schema):
            all_windows += situation.windows
            self._findings.extend(self._judge.transaction(situation))
        self._findings.extend(self._about_migrations(all_windows, schema))
        return Judged(
            run=tuple(self._run),
            transactions=self._assigned.transactions,
            windows=tuple(all_windows),
            findings=tuple(self._findings),
        )

    def _transactions(self, schema: Schema) -> Iterator[TransactionSituation]:
        """Each transaction, and each statement by itself; of statements that contain others only those inside."""
        parents = {run[0].migration.key: _parents(run[0].migration) for run in self._by_migration().values()}
        leaves = (e for e in self._run if e.statement.index not in parents[e.migration.key])
        for number, members in groupby(enumerate(leaves), key=lambda entry: _group(*entry)):
            run = tuple(executed for _, executed in members)
            transaction = self._assigned.transactions[number] if number >= 0 else None
            yield TransactionSituation(
                run=run,
                windows=windows(run),
                schema=schema,
                target=self._pipeline.target,
                transaction=transaction,
            )

    def _about_migrations(self, all_windows: Sequence[Window], schema: Schema) -> Iterator[Finding]:
        held: dict[str, list[Window]] = {}
        for window in all_windows:
            held.setdefault(window.start.migration, []).append(window)
        ran = self._by_migration()
        notes: dict[int, list[ControlNote]] = {}
        for note in self._assigned.notes:
            notes.setdefault(note.migration, []).append(note)
        for number, (key, position) in enumerate(self._positions.items(), start=1):
            situation = MigrationSituation(
                migration=self._members[position],
                run=tuple(ran.get(key, ())),
                windows=tuple(held.get(key, ())),
                schema=schema,
                target=self._pipeline.target,
                transactions=self._assigned.transactions,
                later=len(self._positions) - number,
                undoes=self._undoes,
                left=self._left,
                lacks_way_back=key in self._lacking,
                control=tuple(notes.get(position, ())),
            )
            yield from self._judge.migration(situation)

    def _by_migration(self) -> dict[str, list[Executed]]:
        grouped: dict[str, list[Executed]] = {}
        for executed in self._run:
            grouped.setdefault(executed.migration.key, []).append(executed)
        return grouped


def _group(number: int, executed: Executed) -> int:
    """The transaction's number; a negative one of its own for a statement that commits by itself."""
    return executed.transaction if executed.transaction is not None else -1 - number


class _Unread:
    """The parts of a migration that nobody could read. What runs behind one meets a schema in doubt."""

    def __init__(self, migration: Migration) -> None:
        self._places = [problem.span.start for problem in migration.problems]
        self._backwards = migration.source == "django" and migration.direction is Direction.DOWN

    def is_passed_at(self, statement: Statement) -> bool:
        """Whether one has run since this was asked last."""
        start = statement.span.start
        left = [at for at in self._places if (at <= start if self._backwards else at >= start)]
        passed = len(left) < len(self._places)
        self._places = left
        return passed


def _parents(migration: Migration) -> frozenset[int]:
    return frozenset(s.parent for s in migration.statements if s.parent is not None)


def together(parts: Sequence[Judged]) -> Judged:
    """Several results as one, their transactions numbered through."""
    if len(parts) == 1:
        return parts[0]
    run: list[Executed] = []
    transactions: list[Transaction] = []
    held: list[Window] = []
    found: list[Finding] = []
    for part in parts:
        shift = len(transactions)
        run.extend(e.replace(transaction=_shifted(e.transaction, shift)) for e in part.run)
        transactions.extend(t.replace(id=t.id + shift) for t in part.transactions)
        held.extend(w.replace(transaction=_shifted(w.transaction, shift)) for w in part.windows)
        found.extend(part.findings)
    return Judged(run=tuple(run), transactions=tuple(transactions), windows=tuple(held), findings=tuple(found))


def _shifted(transaction: int | None, by: int) -> int | None:
    return None if transaction is None else transaction + by
