"""Remedies that no recipe of Django's writes: their steps as SQL, told to Django's state where they are all there is to
an operation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from migsafe.model.findings import Remedy, Step
from migsafe.model.migration import Certainty, Direction, Migration, Statement, WrittenAs
from migsafe.model.operations import Delete, Insert, Update
from migsafe.model.record import KeywordRecord
from migsafe.plans.writers.commits import acts, commits_alone
from migsafe.plans.writers.django_back import undone_by
from migsafe.plans.writers.django_entries import run_python, run_sql, separate
from migsafe.plans.writers.django_files import Draft, Note, Part
from migsafe.plans.writers.django_sql import Sql, reverse, sql_of
from migsafe.plans.writers.django_task import Task
from migsafe.plans.writers.python_code import literal
from migsafe.plans.writers.sql_batches import batch
from migsafe.plans.writers.sql_statements import Unwritable
from migsafe.plans.writers.subject import Subject

_MANY: Final = 4  # statements of an operation, more than which nobody wants to write by hand


class Around(KeywordRecord):
    """What an operation sends before and after the statement that a remedy's steps replace, the source text for
    Django's state, and what undoes it all. Without `state` the steps are a part of what is to be done."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    state: str = ""
    back: tuple[str, ...] = ()


def around(remedy: Remedy, migration: Migration, about: Subject | None) -> Around:
    """What has to stand around the steps of a remedy."""
    written = about.statement.written_as if about is not None else None
    if about is None or written is None:
        return Around()
    task = Task(remedy=remedy, migration=migration, subject=about, written=written)
    others = [each for each in task.statements if each.index != about.statement.index]
    if migration.direction is Direction.DOWN or not _is_all(task, others):
        return Around(back=written.back)
    sent = {each.index: _as_sent(each, written) for each in others}
    return Around(
        before=tuple(sent[index] for index in sent if index < about.statement.index),
        after=tuple(sent[index] for index in sent if index > about.statement.index),
        state=written.text,
        back=written.back,
    )


def _is_all(task: Task, others: Sequence[Statement]) -> bool:
    """Whether the steps stand for the statement, and the operation's other statements can be shown. What a function
    does besides nobody knows."""
    if not task.written.text or task.written.by_hand or not all(step.operations for step in task.remedy.steps):
        return False
    if len(task.subject.statement.clauses) != 1 or len(others) >= _MANY:
        return False
    return not any(_holds_rows(each) or each.certainty is not Certainty.EXACT for each in others)


def _holds_rows(each: Statement) -> bool:
    return any(isinstance(operation, Insert | Update | Delete) for operation in each.operations)


def _as_sent(each: Statement, written: WrittenAs) -> str:
    operation = each.operations[0] if len(each.operations) == 1 else None
    undone = reverse(operation) if operation is not None else None
    (sent,) = undone_by((Sql(sql=each.sql, reverse=undone, operation=operation),), written.back)
    return run_sql(sent)


def parts(steps: Sequence[Step], frame: Around) -> Iterator[Part]:
    """The steps as migrations. Django's state is told with the last one."""
    acting = [step for step in steps if acts(step)]
    for _, of_slot in groupby(steps, key=lambda step: step.slot):
        members = tuple(of_slot)
        several = sum(map(acts, members)) > 1
        for alone, group in groupby(members, key=lambda step: commits_alone(step, several)):
            together = tuple(group)
            if alone:
                yield _draft(together, acting, frame, atomic=False)
            else:
                yield from (_one(step, acting, frame) for step in together)


def _one(step: Step, acting: Sequence[Step], frame: Around) -> Part:
    return _draft((step,), acting, frame, atomic=True) if acts(step) else Note(step.note, step.slot)


def _draft(steps: Sequence[Step], acting: Sequence[Step], frame: Around, *, atomic: bool) -> Draft:
    entries = tuple(entry for step in steps for entry in _entries(step, frame.back))
    last = steps[-1] is acting[-1]
    before = frame.before if steps[0] is acting[0] else ()
    entries = (*before, *entries, *(frame.after if last else ()))
    if last and frame.state:
        entries = (separate(entries, (frame.state,)),)
    notes = " ".join(step.note for step in steps if step.note)
    functions = tuple(_function(step) for step in steps if step.batch is not None)
    return Draft(entries=entries, atomic=atomic, slot=steps[0].slot, functions=functions, note=notes)


def _entries(step: Step, back: Sequence[str]) -> Iterator[str]:
    if step.batch is not None:
        yield run_python("in_batches")
    try:
        yield from map(run_sql, undone_by([sql_of(operation) for operation in step.operations], back))
    except Unwritable:
        yield "# the operation of this migration, as it is"


def _function(step: Step) -> str:
    assert step.batch is not None
    sql = literal(batch(step.batch))
    return (
        "def in_batches(apps, schema_editor):\n"
        "    with schema_editor.connection.cursor() as cursor:\n"
        "        rows = 1\n"
        "        while rows:  # each committed, because the migration is not atomic\n"
        f"            cursor.execute({sql})\n"
        "            rows = cursor.rowcount\n"
    )
