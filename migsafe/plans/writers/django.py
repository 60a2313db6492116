"""Remedies as Django migrations: whole files, under the names that follow the judged one's.

What Django has an operation for is written with it, with the arguments that the user wrote (`django_recipes/`). All
else is SQL: then Django's state is told by the user's own operation, so that the models stay as they are meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from migsafe.model.findings import Remedy, Step, StepTransaction
from migsafe.model.migration import Direction, Migration, Statement
from migsafe.model.operations import SetParameter
from migsafe.plans.writers.django_entries import run_python, run_sql, separate
from migsafe.plans.writers.django_files import Draft, Note, Part, files
from migsafe.plans.writers.django_sql import Sql, sql_of
from migsafe.plans.writers.django_task import Task
from migsafe.plans.writers.python_code import literal
from migsafe.plans.writers.sql_batches import batch
from migsafe.plans.writers.sql_statements import Unwritable, statement

_NOWHERE = Migration(id="app.0001_migration", path="app/migrations/0001_migration.py", source="django")


def write(remedy: Remedy, migration: Migration | None = None, about: Statement | None = None) -> str:
    """The steps in order, as files. What no operation does is a comment. `about` is the statement of the finding."""
    at = migration if migration is not None else _NOWHERE
    timeout = _timeout(remedy)
    if timeout is not None:
        return _first_of_all(timeout, at)
    parts = _parts(remedy, at, about)
    if not any(isinstance(part, Draft) for part in parts):
        return "\n".join(f"# {part.text}" for part in parts if isinstance(part, Note))
    return files(parts, at, _what(about))


def _what(about: Statement | None) -> str:
    """The operation in a few words: AddIndex on Order."""
    written = about.written_as if about is not None else None
    if written is None:
        return "the operation"
    subject = ".".join(part for part in (written.model, written.field) if part)
    return f"{written.operation} of {subject}" if subject else written.operation


def _parts(remedy: Remedy, migration: Migration, about: Statement | None) -> Sequence[Part]:
    written = about.written_as if about is not None else None
    if written is None or about is None or migration.direction is Direction.DOWN:
        return tuple(_general(remedy.steps, ""))
    from migsafe.plans.writers.django_recipes import written as by_recipe

    try:
        found = by_recipe(Task(remedy=remedy, migration=migration, statement=about, written=written))
    except Unwritable:
        found = None
    return found if found is not None else tuple(_general(remedy.steps, written.text))


def _general(steps: Sequence[Step], state: str) -> Iterator[Part]:
    """The steps as SQL; `state` is what Django's state is told with the last of them that acts before the cleanup."""
    acting = [step for step in steps if step.operations]
    told = acting[-1] if acting and state else None
    for slot, of_slot in groupby(steps, key=lambda step: step.slot):
        members = tuple(of_slot)
        several = sum(_acts(step) for step in members) > 1
        for alone, group in groupby(members, key=lambda step: _commits_alone(step, several)):
            together = tuple(group)
            if not any(map(_acts, together)):
                yield from (Note(step.note, slot) for step in together)
            elif alone:
                yield _draft(together, state if told in together else "", atomic=False)
            else:
                yield from (_draft((step,), state if told is step else "", atomic=True) for step in together)


def _acts(step: Step) -> bool:
    return bool(step.operations) or step.batch is not None


def _commits_alone(step: Step, several: bool) -> bool:
    if step.transaction is StepTransaction.NONE or step.batch is not None:
        return _acts(step)
    return several and len(step.operations) == 1


def _draft(steps: Sequence[Step], state: str, *, atomic: bool) -> Draft:
    entries = tuple(entry for step in steps for entry in _entries(step))
    if state and any(not entry.startswith("#") for entry in entries):
        entries = (separate([entry for entry in entries if not entry.startswith("#")], (state,)),)
    notes = " ".join(step.note for step in steps if step.note)
    functions = tuple(_function(step) for step in steps if step.batch is not None)
    return Draft(entries=entries, atomic=atomic, slot=steps[0].slot, functions=functions, note=notes)


def _entries(step: Step) -> Iterator[str]:
    if step.batch is not None:
        yield run_python("in_batches")
    try:
        yield from (run_sql(sql_of(operation)) for operation in step.operations)
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
