"""Remedies as Django migrations: whole files, under the names that follow the judged one's.

What Django has an operation for is written with it, with the arguments that the user wrote (`django_recipes/`). All
else is SQL: then Django's state is told by the user's own operation, so that the models stay as they are meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from migsafe.model.findings import Remedy, Step, StepTransaction
from migsafe.model.migration import Certainty, Direction, Migration, Statement, WrittenAs
from migsafe.model.operations import Delete, Insert, SetParameter, Update
from migsafe.model.record import Record
from migsafe.plans.writers.django_back import undone_by
from migsafe.plans.writers.django_entries import run_python, run_sql, separate
from migsafe.plans.writers.django_files import Draft, Note, Part, files
from migsafe.plans.writers.django_sql import Sql, reverse, sql_of
from migsafe.plans.writers.django_task import Task
from migsafe.plans.writers.python_code import literal
from migsafe.plans.writers.sql_batches import batch
from migsafe.plans.writers.sql_statements import Unwritable, statement
from migsafe.plans.writers.subject import Subject

_NOWHERE = Migration(id="app.0001_migration", path="app/migrations/0001_migration.py", source="django")


def write(remedy: Remedy, migration: Migration | None = None, about: Subject | None = None) -> str:
    """The steps in order, as files. What no operation does is a comment."""
    at = migration if migration is not None else _NOWHERE
    timeout = _timeout(remedy)
    if timeout is not None:
        return _first_of_all(timeout, at)
    found = _by_recipe(remedy, at, about) if about is not None else None
    if found is not None:
        return files(found, at, whole(about))
    parts, told = _general(remedy, at, about)
    if not any(isinstance(part, Draft) for part in parts):
        return "\n".join(f"# {part.text}" for part in parts if isinstance(part, Note))
    return files(parts, at, whole(about), partly=not told)


def _by_recipe(remedy: Remedy, migration: Migration, about: Subject) -> Sequence[Part] | None:
    written = about.statement.written_as
    if written is None or migration.direction is Direction.DOWN:
        return None
    from migsafe.plans.writers.django_recipes import written as by_recipe

    try:
        return by_recipe(Task(remedy=remedy, migration=migration, subject=about, written=written))
    except Unwritable:
        return None


def whole(about: Subject | None) -> str:
    """The operation in a few words: AddIndex of Order."""
    written = about.statement.written_as if about is not None else None
    if written is None:
        return "the operation"
    subject = ".".join(part for part in (written.model, written.field) if part)
    return f"{written.operation} of {subject}" if subject else written.operation


def _general(remedy: Remedy, migration: Migration, about: Subject | None) -> tuple[tuple[Part, ...], bool]:
    """The steps as SQL, and whether they are all that the operation is meant to do, so that Django's state is told."""
    around = _around(remedy, migration, about)
    parts = tuple(_parts(remedy.steps, around))
    return parts, around is not None


class _Around(Record):
    """What an operation sends before and after the statement that the steps replace, and its source text."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    written: WrittenAs


_MANY: Final = 4  # statements of an operation, more than which nobody wants to write by hand


def _around(remedy: Remedy, migration: Migration, about: Subject | None) -> _Around | None:
    """None when the steps are not all that is to be done in place of the statement, or the rest cannot be shown."""
    written = about.statement.written_as if about is not None else None
    if about is None or written is None or not written.text or migration.direction is Direction.DOWN:
        return None
    if not all(step.operations for step in remedy.steps) or len(about.statement.clauses) != 1:
        return None
    task = Task(remedy=remedy, migration=migration, subject=about, written=written)
    others = [each for each in task.statements if each.index != about.statement.index]
    if len(others) >= _MANY or any(_holds_rows(each) or each.certainty is not Certainty.EXACT for each in others):
        return None
    sent = {each.index: _as_sent(each, written) for each in others}
    return _Around(
        before=tuple(sent[index] for index in sent if index < about.statement.index),
        after=tuple(sent[index] for index in sent if index > about.statement.index),
        written=written,
    )


def _holds_rows(each: Statement) -> bool:
    return any(isinstance(operation, Insert | Update | Delete) for operation in each.operations)


def _parts(steps: Sequence[Step], around: _Around | None) -> Iterator[Part]:
    """The steps as migrations. Django's state is told with the last one."""
    acting = [step for step in steps if _acts(step)]
    for _, of_slot in groupby(steps, key=lambda step: step.slot):
        members = tuple(of_slot)
        several = sum(map(_acts, members)) > 1
        for alone, group in groupby(members, key=lambda step: _commits_alone(step, several)):
            together = tuple(group)
            if alone:
                yield _draft(together, acting, around, atomic=False)
            else:
                yield from (_one(step, acting, around) for step in together)


def _one(step: Step, acting: Sequence[Step], around: _Around | None) -> Part:
    return _draft((step,), acting, around, atomic=True) if _acts(step) else Note(step.note, step.slot)


def _acts(step: Step) -> bool:
    return bool(step.operations) or step.batch is not None


def _draft(steps: Sequence[Step], acting: Sequence[Step], around: _Around | None, *, atomic: bool) -> Draft:
    back = around.written.back if around is not None else ()
    entries = tuple(entry for step in steps for entry in _entries(step, back))
    if around is not None:
        before = around.before if steps[0] is acting[0] else ()
        last = steps[-1] is acting[-1]
        entries = (*before, *entries, *(around.after if last else ()))
        entries = (separate(entries, (around.written.text,)),) if last else entries
    notes = " ".join(step.note for step in steps if step.note)
    functions = tuple(_function(step) for step in steps if step.batch is not None)
    return Draft(entries=entries, atomic=atomic, slot=steps[0].slot, functions=functions, note=notes)


def _as_sent(each: Statement, written: WrittenAs) -> str:
    operation = each.operations[0] if len(each.operations) == 1 else None
    undone = reverse(operation) if operation is not None else None
    (sent,) = undone_by((Sql(sql=each.sql, reverse=undone, operation=operation),), written.back)
    return run_sql(sent)


def _commits_alone(step: Step, several: bool) -> bool:
    if step.transaction is StepTransaction.NONE or step.batch is not None:
        return _acts(step)
    return several and len(step.operations) == 1


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


def _timeout(remedy: Remedy) -> SetParameter | None:
    """The limit, if all that the remedy says is to set one."""
    operations = [operation for step in remedy.steps for operation in step.operations]
    alone = len(operations) == 1 and len(remedy.steps) == 1
    return operations[0] if alone and isinstance(operations[0], SetParameter) else None


def _first_of_all(setting: SetParameter, migration: Migration) -> str:
    """A setting is no migration of its own: it holds for what follows in the same one."""
    entry = run_sql(Sql(sql=statement(setting)))
    file = migration.path.rpartition("/")[2]
    return f"# the first of the operations in {file}:\n{entry},"
