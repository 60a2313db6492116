"""Remedies as Django migrations: whole files, under the names that follow the judged one's.

What Django has an operation for is written with it, with the arguments that the user wrote (`django_recipes/`). All
else is SQL: then Django's state is told by the user's own operation, so that the models stay as they are meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from migsafe.model.findings import Remedy
from migsafe.model.migration import Direction, Migration, WrittenAs
from migsafe.model.operations import SetParameter
from migsafe.plans.writers.django_entries import run_sql
from migsafe.plans.writers.django_files import Draft, InPlace, Note, Occasion, Part, files
from migsafe.plans.writers.django_general import around, parts
from migsafe.plans.writers.django_names import topic
from migsafe.plans.writers.django_order import in_order
from migsafe.plans.writers.django_sql import Sql
from migsafe.plans.writers.django_task import Task
from migsafe.plans.writers.sql_statements import Unwritable, statement
from migsafe.plans.writers.subject import Subject

_NOWHERE = Migration(id="app.0001_migration", path="app/migrations/0001_migration.py", source="django")


def write(remedy: Remedy, migration: Migration | None = None, about: Subject | None = None) -> str:
    """The steps in order, as files. What no operation does is a comment."""
    at = migration if migration is not None else _NOWHERE
    timeout = _timeout(remedy)
    if timeout is not None:
        return _first_of_all(timeout, at, once=remedy.once)
    ordered = in_order(remedy, at, about, _operation(about)) if about is not None else None
    if ordered is not None:
        return ordered
    found = _by_recipe(remedy, at, about) if about is not None else None
    if found is not None:
        later = tuple(_later(at, about))
        files_of_their_own = any(isinstance(part, Draft) and not isinstance(part, InPlace) for part in found)
        again = files_of_their_own and any(each.field is not None for each in later)
        occasion = Occasion(migration=at, operation=_operation(about), topic=topic(about))
        return files(found, occasion.replace(followed=bool(later), again=again))
    frame = around(remedy, at, about)
    general = tuple(parts(remedy.steps, frame))
    if not any(isinstance(part, Draft) for part in general):
        return "\n".join(f"# {part.text}" for part in general if isinstance(part, Note))
    partly = not frame.state
    subject = topic(about, partly=partly, back=at.direction is Direction.DOWN)
    return files(general, Occasion(migration=at, operation=_operation(about), topic=subject, partly=partly))


def _later(migration: Migration, about: Subject | None) -> Iterator[WrittenAs]:
    """Later operations of the migration about the same field, or about the model as a whole."""
    written = about.statement.written_as if about is not None else None
    if about is None or written is None or written.model is None:
        return
    behind = (each.written_as for each in migration.statements if each.span.start > about.statement.span.start)
    for each in behind:
        if each is None or each.model is None or each.model.lower() != written.model.lower():
            continue
        if each.field is None or written.field is None or each.field == written.field:
            yield each


def _by_recipe(remedy: Remedy, migration: Migration, about: Subject) -> Sequence[Part] | None:
    written = about.statement.written_as
    if written is None or migration.direction is Direction.DOWN:
        return None
    from migsafe.plans.writers.django_recipes import written as by_recipe

    try:
        return by_recipe(Task(remedy=remedy, migration=migration, subject=about, written=written))
    except Unwritable:
        return None


def _operation(about: Subject | None) -> str:
    """The operation in a few words: AddIndex of Order."""
    written = about.statement.written_as if about is not None else None
    if written is None:
        return "the operation"
    subject = ".".join(part for part in (written.model, written.field) if part)
    return f"{written.operation} of {subject}" if subject else written.operation


def _timeout(remedy: Remedy) -> SetParameter | None:
    """The limit, if all that the remedy says is to set one."""
    operations = [operation for step in remedy.steps for operation in step.operations]
    alone = len(operations) == 1 and len(remedy.steps) == 1
    return operations[0] if alone and isinstance(operations[0], SetParameter) else None


def _first_of_all(setting: SetParameter, migration: Migration, *, once: bool) -> str:
    """A setting is no migration of its own: it holds for what follows in the same one, or for whatever the command or
    the connection does. The driver reads PGOPTIONS when the settings have no `options` (libpq, 34.15)."""
    entry = run_sql(Sql(sql=statement(setting)))
    file = migration.path.rpartition("/")[2]
    alone = f"the first of the operations in {file}:\n{entry},"
    if not once:
        return f"# {alone}"
    value = (setting.value or "").strip("'")
    return _ONCE.format(option=f"-c {setting.name}={value}", value=value, alone=alone)


_ONCE: Final = """\
# for the command that migrates, and session-lock-timeout = "{value}" in the settings of migsafe:
#     PGOPTIONS='{option}' python manage.py migrate
# or for all connections, in DATABASES["default"] of the project's settings:
"OPTIONS": {{"options": "{option}"}},
# or for this migration only, {alone}"""
