"""What a remedy for one of Django's operations is written from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from migsafe.model.findings import Remedy, Slot
from migsafe.model.migration import Migration, Program, Statement, WrittenAs
from migsafe.model.operations import Operation
from migsafe.model.record import KeywordRecord, derived
from migsafe.plans.writers.django_back import undone_by
from migsafe.plans.writers.django_entries import run_sql, separate
from migsafe.plans.writers.django_files import Draft
from migsafe.plans.writers.django_sql import SHORT_WAIT, Sql, safe
from migsafe.plans.writers.python_calls import Call, parse_call
from migsafe.plans.writers.sql_statements import Unwritable
from migsafe.plans.writers.subject import Subject

Kind = TypeVar("Kind", bound=Operation)


class Task(KeywordRecord):
    """The remedy of a finding about a statement that Django wrote for an operation of the migration."""

    remedy: Remedy
    migration: Migration
    subject: Subject
    written: WrittenAs

    @derived
    def statements(self) -> tuple[Statement, ...]:
        """All that Django sends for the operation."""
        return tuple(
            each
            for each in self.migration.statements
            if each.rendered and each.span == self.subject.statement.span and each.parent is None
        )

    @derived
    def call(self) -> Call:
        """The operation as it is written. Raises Unwritable when it does not stand in one place."""
        found = parse_call(self.written.text) if self.written.text else None
        if found is None:
            raise Unwritable(self.written.operation)
        return found

    @derived
    def safe(self) -> tuple[Sql, ...]:
        """The operation's statements in their safe form. Raises Unwritable."""
        return undone_by(safe(self.statements), self.written.back)

    @property
    def label(self) -> str:
        return self.migration.id.partition(".")[0]

    @property
    def framework(self) -> tuple[int, ...]:
        return (self.migration.program or Program()).framework

    def operations(self, kind: type[Kind]) -> Iterator[Kind]:
        """Those of the operation's statements."""
        for statement in self.statements:
            yield from (operation for operation in statement.operations if isinstance(operation, kind))

    def proposed(self, kind: type[Kind]) -> Iterator[Kind]:
        """Those of the remedy's steps."""
        for step in self.remedy.steps:
            yield from (operation for operation in step.operations if isinstance(operation, kind))


def stepwise(task: Task, state: str | None = None, slot: Slot = Slot.PRE_DEPLOY) -> tuple[Draft, ...]:
    """The operation's statements in their safe form; Django's state is told of the operation with the last of them
    that is no mere validation. Raises Unwritable."""
    told = state if state is not None else task.written.text
    if not told:
        raise Unwritable(task.written.operation)
    return drafts_of(task.safe, told, slot)


def drafts_of(parts: Sequence[Sql], state: str, slot: Slot = Slot.PRE_DEPLOY) -> tuple[Draft, ...]:
    """Statements as migrations: those that commit by themselves together, each validation alone."""
    groups = list(_groups(parts))
    told = max((n for n, group in enumerate(groups) if not _only_validates(group)), default=len(groups) - 1)
    return tuple(_draft(group, state if number == told else "", slot) for number, group in enumerate(groups))


def _groups(parts: Sequence[Sql]) -> Iterator[tuple[Sql, ...]]:
    """Runs of statements that share a migration: once one is outside of transactions, what follows is, too."""
    group: list[Sql] = []
    for part in parts:
        validates = part.long and not part.outside
        if group and (
            validates or _only_validates(group) or (part.outside and not any(each.outside for each in group))
        ):
            yield tuple(group)
            group = []
        group.append(part)
    if group:
        yield tuple(group)


def _only_validates(group: Sequence[Sql]) -> bool:
    return all(part.long and not part.outside for part in group)


def _draft(group: Sequence[Sql], state: str, slot: Slot) -> Draft:
    atomic = not any(part.outside for part in group)
    entries = tuple(run_sql(part) for part in group if atomic or part.operation != SHORT_WAIT)
    return Draft(
        entries=(separate(entries, (state,)),) if state else entries,
        atomic=atomic,
        word="validate" if _only_validates(group) else "",
        slot=slot,
    )
